import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline.dedupe.views import CLOSE, closely, inside_bars, views


def in_bars(picture, across, down, colour):
    return ImageOps.expand(picture, (across, down, across, down), fill=colour)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (24, 24, 28)])
@pytest.mark.parametrize(("across", "down"), [(0, 30), (40, 0), (20, 20), (0, 60)])
@pytest.mark.parametrize("quality", [95, 45])
def test_what_is_inside_bars_is_what_stood_there_before(draw, encode, across, down, colour, quality):
    plain = views(encode(draw(2)))[0].grey.astype(int)
    _, inner = views(encode(in_bars(draw(2), across, down, colour), quality))
    assert np.abs(inner.grey.astype(int) - plain).mean() < 8


def test_a_picture_without_bars_has_one_view(draw, encode):
    assert len(views(encode(draw(1)))) == 1


def test_a_small_thing_on_a_plain_ground_is_no_picture_in_bars():
    grey = np.full((100, 100), 255, dtype=np.float32)
    grey[45:55, 45:55] = 0
    assert inside_bars(grey) == (0, 0, 100, 100)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_plain_picture_is_its_own_inside(shade):
    assert inside_bars(np.full((40, 60), shade, dtype=np.float32)) == (0, 0, 60, 40)


def test_looking_closely_shows_the_same_part(draw, encode):
    content = encode(in_bars(draw(3), 0, 40, (0, 0, 0)))
    for inside in (False, True):
        close = Image.fromarray(closely(content, inside))
        assert close.size == (CLOSE, CLOSE)
        small = np.asarray(close.resize((64, 64), Image.Resampling.BOX), dtype=int)
        assert np.abs(small - views(content)[int(inside)].grey.astype(int)).mean() < 4


def test_colours_tell_red_from_blue(encode):
    red, blue = (views(encode(Image.new("RGB", (80, 80), colour)))[0].colours.astype(int) for colour in ((200, 30, 30), (30, 30, 200)))
    assert red[1].mean() > 160 > red[0].mean()
    assert blue[0].mean() > 160 > blue[1].mean()


def test_transparent_places_are_white():
    stream = io.BytesIO()
    Image.new("RGBA", (80, 40), (0, 0, 0, 0)).save(stream, "PNG")
    assert (views(stream.getvalue())[0].grey == 255).all()
