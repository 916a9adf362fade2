"""`openclip:` through the same code, with a small model of random weights saved in a folder; and the guard before it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pipeline.embed import tiny
from pipeline.embed.encoder import load_encoder
from pipeline.embed.torchvision_guard import open_clip
from pipeline.errors import EncoderError
from pipeline.simulate.drawing import jpeg
from pipeline.simulate.pictures import make_picture

CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "patch_size": 16, "layers": 1, "width": 32, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
PREPROCESS = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "resize_mode": "squash"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model as the hub has it: config and weights."""
    module = open_clip().model
    torch.manual_seed(0)
    model = module.CLIP(32, module.CLIPVisionCfg(**CONFIG["vision_cfg"]), module.CLIPTextCfg(**CONFIG["text_cfg"]))
    save_file(model.state_dict(), tmp_path / "open_clip_model.safetensors")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": CONFIG, "preprocess_cfg": PREPROCESS}))
    return tmp_path


def test_a_model_in_a_folder_embeds_texts_and_pictures(folder: Path) -> None:
    encoder = load_encoder(f"openclip:small/{folder}")
    vectors = [encoder.embed_texts(["a boat", "a cup", "word " * 500]), encoder.embed_images([jpeg(make_picture((0, 0, 0, 0), "x", 1))])]
    assert encoder.dim == 32
    for rows in vectors:
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert encoder.encoder_id == load_encoder(f"openclip:small/{folder}").encoder_id
    assert encoder.encoder_id.startswith("openclip-small-cut-")


def test_other_weights_and_other_preprocessing_are_other_encoders(folder: Path) -> None:
    first = load_encoder(f"openclip:small/{folder}").encoder_id
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": CONFIG, "preprocess_cfg": {**PREPROCESS, "resize_mode": "shortest"}})
    )
    second = load_encoder(f"openclip:small/{folder}").encoder_id
    state = {name: weight * 1.01 for name, weight in _weights(folder).items()}
    save_file(state, folder / "open_clip_model.safetensors")
    assert len({first, second, load_encoder(f"openclip:small/{folder}").encoder_id}) == 3


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "open_clip_model.safetensors"))


def test_a_missing_file_is_named_with_its_place(folder: Path) -> None:
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"open_clip_model\.safetensors missing; put"):
        load_encoder(f"openclip:small/{folder}")
    with pytest.raises(EncoderError, match=r"weights\.safetensors missing; put"):
        load_encoder(f"openclip:ViT-B-32/{folder}/weights.safetensors")


@pytest.mark.parametrize("name", ["weights.pt", "open_clip_pytorch_model.bin"])
def test_pickles_are_never_loaded(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"cos\nsystem\n")
    with pytest.raises(EncoderError, match="never loaded"):
        load_encoder(f"openclip:ViT-B-32/{folder / name}")


def test_weights_that_do_not_fit_are_refused(folder: Path) -> None:
    with pytest.raises(EncoderError, match="could not build"):
        load_encoder(f"openclip:ViT-B-32/{folder}/open_clip_model.safetensors")


def test_a_download_that_fails_says_which_file_and_where_to_put_it(tmp_path: Path) -> None:
    code = (
        "from pipeline.embed.encoder import load_encoder\nfrom pipeline.errors import EncoderError\n"
        "try:\n    load_encoder('openclip:ViT-B-32/laion2b_s34b_b79k')\nexcept EncoderError as error:\n    print(error)\n"
    )
    nowhere = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd())}
    said = subprocess.run([sys.executable, "-c", code], env=nowhere, capture_output=True, text=True).stdout
    assert "open_clip_model.safetensors" in said
    assert "openclip:ViT-B-32/path/to/" in said


@pytest.mark.parametrize("spec", ["", "clip", "openclip:", "voyage:", "tiny:large"])
def test_an_unknown_spec_says_what_would_do(spec: str) -> None:
    with pytest.raises(EncoderError, match="needed: tiny"):
        load_encoder(spec)


def test_an_unknown_tag_names_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="laion2b_s34b_b79k"):
        load_encoder("openclip:ViT-B-32/nonsense")


def test_cutting_a_batch_to_its_longest_text_gives_the_same_vectors() -> None:
    model = tiny.build().eval()
    ids = torch.zeros(3, tiny.CONTEXT, dtype=torch.long)
    ids[:, :5], ids[:, 5] = torch.arange(1, 6), model.vocab_size - 1
    with torch.inference_mode():
        torch.testing.assert_close(tiny.encode_ids(model, ids[:, :6]), model.encode_text(ids), rtol=1e-4, atol=1e-5)
