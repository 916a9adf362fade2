import numpy as np
import pytest

from pipeline.embed.cache import (
    SHARD,
    embed_images_cached,
    embed_missing,
    embed_texts_cached,
    faulty_vectors,
    forget_shard,
    load_vectors,
    shard_path,
)
from pipeline.errors import EncoderError, StoreError
from pipeline.identifiers import sha256_of


class Counting:
    """Vectors that follow from the content, and a list of what was asked."""

    dim = 4

    def __init__(self, encoder_id="counting", broken=b"none"):
        self.encoder_id, self.broken, self.asked = encoder_id, broken, []

    def embed_texts(self, texts):
        return self.embed_images([text.encode() for text in texts])

    def embed_images(self, images):
        self.asked += images
        return np.array([[np.nan if image == self.broken else len(image), 1, 2, 3] for image in images], np.float32)


def test_vectors_come_back_in_the_order_asked(home):
    vectors = embed_texts_cached(home, Counting(), ["a", "bbb", "cc", "bbb"])
    assert vectors[:, 0].tolist() == [1, 3, 2, 3]
    assert vectors.dtype == np.float32


def test_nothing_is_embedded_twice(home):
    encoder = Counting()
    embed_images_cached(home, encoder, [b"one", b"two", b"one"])
    embed_images_cached(home, encoder, [b"two", b"three"])
    assert sorted(encoder.asked) == [b"one", b"three", b"two"]


def test_a_text_and_a_picture_of_the_same_bytes_are_two_contents(home):
    encoder = Counting()
    embed_texts_cached(home, encoder, ["same"])
    embed_images_cached(home, encoder, [b"same"])
    assert len(encoder.asked) == 2


def test_another_encoder_has_vectors_of_its_own(home):
    embed_texts_cached(home, Counting(), ["a"])
    with pytest.raises(StoreError, match="no vector of other"):
        load_vectors(home, "other", "text", [sha256_of("a")])


def test_shards_hold_a_thousand_items_each(home):
    embed_texts_cached(home, Counting(), [f"text {i}" for i in range(SHARD + 5)])
    assert sorted(row["n"] for row in home.warehouse.rows("select n from shards")) == [5, SHARD]
    assert len(list((home.vectors / "counting").iterdir())) == 2


def test_vectors_that_are_not_finite_are_refused(home):
    with pytest.raises(EncoderError, match=f"not finite.*{sha256_of(b'bad')}"):
        embed_images_cached(home, Counting(broken=b"bad"), [b"good", b"bad"])
    assert home.warehouse.rows("select * from embeddings") == []


def test_vectors_of_the_wrong_size_are_refused(home):
    encoder = Counting()
    encoder.dim = 5
    with pytest.raises(EncoderError, match="needed"):
        embed_texts_cached(home, encoder, ["a"])


def damage(home):
    row = home.warehouse.rows("select * from shards")[0]
    path = shard_path(home, row["encoder_id"], row["shard"])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return row


def test_a_damaged_shard_is_noticed_and_can_be_made_anew(home):
    encoder = Counting()
    expected = embed_texts_cached(home, encoder, ["a", "bb"])
    row = damage(home)
    with pytest.raises(StoreError, match="damaged"):
        embed_texts_cached(home, encoder, ["a", "bb"])
    forget_shard(home, row["encoder_id"], row["shard"])
    np.testing.assert_array_equal(embed_texts_cached(home, encoder, ["a", "bb"]), expected)


def test_an_id_that_is_no_folder_name_stays_inside(home):
    path = shard_path(home, "../../voyage:x/y", "abc")
    assert path.parent.parent == home.vectors
    assert path != shard_path(home, "../../voyage:x.y", "abc")


def test_a_person_is_embedded_once_and_resumed_after_a_kill(filled):
    here = filled(train=6, validation=2, test=2).write()
    asked = len(here.encoder.asked)
    summary = embed_missing(here.home, "ada", here.encoder)
    assert (summary.texts, summary.images, summary.texts_before, summary.images_before) == (0, 0, 20, 30)
    assert len(here.encoder.asked) == asked == 50


def test_contents_without_a_vector_are_faulty(filled):
    here = filled(train=6, validation=2, test=2).write()
    assert faulty_vectors(here.home, "ada", "fixed") == []
    shard = here.home.warehouse.rows("select * from shards where modality = 'image'")[0]
    forget_shard(here.home, "fixed", shard["shard"])
    assert len(faulty_vectors(here.home, "ada", "fixed")) == 30


@pytest.mark.parametrize(("embed", "contents"), [(embed_texts_cached, ["a", "bbb"]), (embed_images_cached, [b"a", b"bbb"])])
def test_a_lost_shard_is_made_again_for_who_asks_for_its_contents(home, embed, contents):
    before = embed(home, Counting(), contents)
    for shard in home.vectors.glob("*/*.parquet"):
        shard.unlink()
    assert np.array_equal(embed(home, Counting(), contents), before)
