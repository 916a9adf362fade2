"""The shipped encoder: finds literal captions, reads every factor, keeps a gap, and knows nothing of anybody's associations."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.embed import tiny
from pipeline.embed.encoder import Encoder, load_encoder
from pipeline.embed.openclip import BATCH, decode
from pipeline.embed.tiny_tokenizer import TinyTokenizer
from pipeline.errors import EncoderError
from pipeline.simulate import tiny_exam
from pipeline.simulate.diet import vocabulary
from pipeline.simulate.model import Picture
from pipeline.simulate.world import DEMO_SEED

TOKENIZER = TinyTokenizer.shipped(tiny.CONTEXT)
Literal = tuple[np.ndarray, np.ndarray, list[Picture]]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("tiny")


@pytest.fixture(scope="module")
def literal(encoder: Encoder) -> Literal:
    return tiny_exam.literal(encoder, 1000)


def test_literal_captions_are_found(literal: Literal) -> None:
    found = tiny_exam.captions_found(literal[0], literal[1])
    assert found["recall@10"]["low"] > 0.9
    assert found["recall@1"]["value"] > 0.4


def test_a_modality_gap_is_there(literal: Literal) -> None:
    assert tiny_exam.captions_found(literal[0], literal[1])["centre_distance"] > 0.3


def test_pictures_can_be_read(literal: Literal) -> None:
    assert min(tiny_exam.pictures_read(literal[1], literal[2]).values()) >= 0.85


def test_essays_can_be_read(encoder: Encoder) -> None:
    read = tiny_exam.essays_read(encoder, 1000)
    assert min(read["passages"].values()) >= 0.8
    assert min(read["essays"].values()) >= 0.8


def test_a_person_s_bridge_is_unknown_but_can_be_learned(encoder: Encoder) -> None:
    found = tiny_exam.bridged(encoder, supervised=600)
    assert found["raw"] < 3 * found["chance"]
    assert found["cca"] >= 0.35
    assert found["oracle"] >= 0.35


def test_the_card_is_of_these_weights_and_of_other_seeds_than_the_demo(encoder: Encoder) -> None:
    card = json.loads(tiny.CARD.read_text())
    assert card["held_out"]["encoder_id"] == encoder.encoder_id
    assert card["trained"]["seed"] != DEMO_SEED
    assert card["curve"][-1]["captions"] < card["curve"][0]["captions"]
    assert tiny.WEIGHTS.stat().st_size < 8_000_000


def test_the_model_is_open_clip_s_own_and_small(encoder: Encoder) -> None:
    model = tiny.load()
    assert type(model).__module__ == "open_clip.model"
    assert 1_000_000 <= sum(weight.numel() for weight in model.parameters()) <= 4_000_000
    assert (model.vocab_size, model.context_length) == (TOKENIZER.vocab_size, TOKENIZER.context_length)
    assert encoder.dim == model.visual.output_dim


def test_the_shipped_vocabulary_is_the_simulator_s() -> None:
    assert [TOKENIZER.token(word) for word in vocabulary()] == list(range(1, len(vocabulary()) + 1))


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    windows = TOKENIZER.windows(text, 8)
    rows = TOKENIZER.rows(windows)
    assert rows.shape == (len(windows), tiny.CONTEXT)
    assert ((rows >= 0) & (rows <= TOKENIZER.end)).all()
    assert ((rows == TOKENIZER.end).sum(1) == 1).all()


def test_unknown_words_keep_an_identity() -> None:
    assert TOKENIZER.ids("Zwetschge") != TOKENIZER.ids("Quitte")
    assert TOKENIZER.ids("東京の夏") == [TOKENIZER.token(c) for c in "東京の夏"]
    assert TOKENIZER.ids("") == TOKENIZER.ids(" … !") == []


def test_vectors_have_unit_norm_and_do_not_depend_on_the_batch(encoder: Encoder) -> None:
    texts = [f"a boat and {n} cups, in blue and teal" for n in range(BATCH + 3)]
    together = encoder.embed_texts(texts)
    assert together.shape == (BATCH + 3, encoder.dim)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert (encoder.embed_texts(texts[:5]) == together[:5]).all()
    assert (encoder.embed_texts(texts[BATCH:]) == together[BATCH:]).all()
    assert encoder.embed_texts([]).shape == encoder.embed_images([]).shape == (0, encoder.dim)


def test_a_long_text_is_read_beyond_the_context(encoder: Encoder) -> None:
    start = "a boat in blue and teal " * 20
    one, other = encoder.embed_texts([start + "with a key " * 40, start + "with a drum " * 40])
    assert float(one @ other) < 0.999
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)


def picture_file(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_every_accepted_format_can_be_embedded(encoder: Encoder) -> None:
    wide = Image.new("RGB", (300, 90), "orange")
    files = [picture_file(wide, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")]
    files += [picture_file(wide.convert("RGBA"), "PNG"), picture_file(wide.convert("L"), "PNG"), picture_file(wide.convert("P"), "GIF")]
    vectors = encoder.embed_images(files)
    assert np.isfinite(vectors).all()
    assert (vectors[:5] @ vectors[0] > 0.98).all()


def test_decoding_turns_upright_and_puts_white_behind() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(picture_file(Image.new("RGB", (40, 20)), "JPEG", exif=exif)).size == (20, 40)
    assert decode(picture_file(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG")).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken", picture_file(Image.new("RGB", (2, 2)), "BMP")])
def test_what_is_no_picture_is_refused_by_our_own_error(data: bytes) -> None:
    with pytest.raises(EncoderError, match="cannot be read"):
        decode(data)


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, pipeline.embed, pipeline.embed.encoder; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
