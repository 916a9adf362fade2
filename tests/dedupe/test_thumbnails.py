import numpy as np
import pytest
from PIL import Image

from pipeline.dedupe.thumbnails import thumbnail, thumbnails


def test_transparent_places_are_white(encode):
    clear = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    assert np.all(thumbnail(encode(clear, file_format="PNG")) == 255)


def test_bytes_that_are_no_picture_raise():
    with pytest.raises(OSError, match="cannot identify"):
        thumbnail(b"<svg/>")


def test_a_blob_that_cannot_be_read_is_left_out(home, draw, encode):
    good, bad = home.blobs.put(encode(draw(1))), home.blobs.put(b"no picture")
    assert set(thumbnails(home.blobs, [good, bad, "0" * 64])) == {good}
