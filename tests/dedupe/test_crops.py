import io

import numpy as np
import pytest
from PIL import Image

from pipeline.dedupe.alignment import SIDE
from pipeline.dedupe.crops import CROPS, INTERVALS, PROBES, cell_means, crop_hashes, warps_of, whole_hashes
from pipeline.dedupe.views import views
from pipeline.scrape.picture import phash


def greys(draw, encode, *seeds):
    return np.stack([views(encode(draw(seed)))[0].grey for seed in seeds])


def test_the_first_crop_is_the_whole(draw, encode):
    pictures = greys(draw, encode, 1, 2, 3)
    assert crop_hashes(pictures)[:, 0].tolist() == whole_hashes(pictures).tolist()


def test_a_mirrored_probe_is_the_hash_of_the_mirrored_view(draw, encode):
    pictures = greys(draw, encode, 4)
    assert crop_hashes(pictures)[0, len(CROPS)] == whole_hashes(pictures[:, :, ::-1])[0]


@pytest.mark.parametrize("seed", range(8))
def test_the_whole_has_the_hash_that_was_worked_out_when_it_was_fetched(draw, encode, seed):
    content = encode(draw(seed, 300))
    with Image.open(io.BytesIO(content)) as picture:
        fetched = phash(picture)
    assert (int(whole_hashes(views(content)[0].grey[None])[0]) ^ fetched).bit_count() <= 4


@pytest.mark.parametrize("number", [3, 40, len(CROPS) + 3, len(CROPS) + 77])
def test_a_crop_of_a_picture_has_the_hash_of_that_probe(draw, number):
    picture = draw(5, 640)
    (top, bottom), (left, right) = CROPS[number % len(CROPS)]
    part = picture.crop(tuple(round(640 * share) for share in (left, top, right, bottom)))
    small = np.asarray(part.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))[None]
    whole = np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))[None]
    if number >= len(CROPS):
        small = small[:, :, ::-1]
    assert int(crop_hashes(whole)[0, number] ^ whole_hashes(small)[0]).bit_count() <= 4


def test_a_warp_takes_the_corners_of_a_crop_to_its_interval():
    mirrored, warps = warps_of(np.arange(PROBES))
    for probe in range(PROBES):
        (top, bottom), (left, right) = CROPS[probe % len(CROPS)]
        if mirrored[probe]:
            left, right = 1 - right, 1 - left
        stretch_x, shift_x, stretch_y, shift_y = warps[probe]
        corners = [-stretch_x + shift_x, stretch_x + shift_x, -stretch_y + shift_y, stretch_y + shift_y]
        assert np.allclose(corners, [2 * left - 1, 2 * right - 1, 2 * top - 1, 2 * bottom - 1], atol=1e-6)


def test_cells_are_means_over_equal_parts_of_the_interval():
    line = np.random.default_rng(0).uniform(0, 255, SIDE)
    for low, high in INTERVALS:
        places = low + (np.arange(32_000) + 0.5) / 32_000 * (high - low)
        slow = line[(places * SIDE).astype(int)].reshape(32, -1).mean(1)
        assert np.allclose(cell_means(low, high, 32) @ line, slow, atol=0.5)
