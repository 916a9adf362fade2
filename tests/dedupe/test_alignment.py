import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dedupe.alignment import misfits, shrink
from pipeline.dedupe.thumbnails import thumbnail

MISFIT = 0.27  # between copies (0.19 at most) and look-alikes (from 0.39)


def misfit(encode, one, other):
    a, b = (thumbnail(encode(image))[None] for image in (one, other))
    return float(misfits(a, b)[0])


def cropped(image, left, top, right, bottom):
    width, height = image.size
    return image.crop((round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height)))


@pytest.mark.parametrize("edges", [(0.02, 0.02, 0.02, 0.02), (0.05, 0.05, 0.05, 0.05), (0, 0.06, 0.04, 0), (0.08, 0, 0, 0.03)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_crop_is_the_same_picture_either_way_round(draw, encode, seed, edges):
    whole = draw(seed)
    part = cropped(whole, *edges)
    assert misfit(encode, whole, part) < MISFIT
    assert misfit(encode, part, whole) < MISFIT


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_smaller_copy_of_poorer_quality_is_the_same_picture(draw, encode, seed):
    whole = draw(seed)
    small = Image.open(io.BytesIO(encode(whole.resize((112, 112)), 50)))
    assert misfit(encode, whole, small) < MISFIT


def test_other_pictures_by_the_same_hand_are_not_the_same(draw, encode):
    found = [misfit(encode, draw(i), draw(j)) for i in range(12) for j in range(i)]
    assert min(found) > MISFIT


def test_one_changed_detail_is_not_the_same_picture(draw, encode):
    changed = draw(7)
    ImageDraw.Draw(changed).rectangle((60, 60, 90, 84), fill=(250, 250, 250))
    ImageDraw.Draw(changed).line((60, 60, 90, 84), fill=(0, 0, 0), width=5)
    assert misfit(encode, draw(7), changed) > MISFIT


def test_flat_pictures_have_a_finite_misfit():
    flat = np.full((2, 64, 64), 128, dtype=np.float32)
    assert np.isfinite(misfits(flat, flat)).all()


def test_shrink_takes_means_of_blocks():
    picture = np.random.default_rng(0).uniform(0, 255, (1, 64, 64)).astype(np.float32)
    slow = [[picture[0, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4].mean() for x in range(16)] for y in range(16)]
    assert np.allclose(shrink(picture, 16)[0], slow, atol=1e-3)
