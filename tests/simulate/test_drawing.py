"""Pictures: deterministic, robust in style, and apart from each other by perceptual hash."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.simulate.drawing import SIZE, jpeg, pixels
from pipeline.simulate.model import Picture, World
from pipeline.simulate.pictures import make_picture


def phash(data: bytes) -> np.ndarray:
    """64 bits: the low frequencies of a 32 by 32 grey copy, above or below their median."""
    grey = np.asarray(Image.open(io.BytesIO(data)).convert("L").resize((32, 32), Image.Resampling.LANCZOS), float)
    basis = np.cos(np.pi * np.arange(32)[:, None] * (2 * np.arange(32)[None] + 1) / 64)
    low = (basis @ grey @ basis.T)[:8, :8].ravel()
    return low > np.median(low)


@pytest.fixture
def picture() -> Picture:
    return make_picture((1, 2, 3, 4), "a test", 7)


def test_a_picture_is_drawn_the_same_every_time(picture: Picture) -> None:
    assert jpeg(picture) == jpeg(picture)
    assert jpeg(picture) == jpeg(replace(picture, picture_id="0" * 32))
    assert jpeg(picture) != jpeg(replace(picture, seed=picture.seed + 1))
    assert Image.open(io.BytesIO(jpeg(picture))).size == (SIZE, SIZE)


@pytest.mark.parametrize("alteration", ["reencode", "resize", "crop"])
def test_an_altered_picture_has_other_bytes_and_nearly_the_same_hash(picture: Picture, alteration: str) -> None:
    altered = jpeg(replace(picture, alteration=alteration))
    assert altered != jpeg(picture)
    assert (phash(altered) != phash(jpeg(picture))).sum() <= 10


def test_no_two_originals_are_near_duplicates(demo: World) -> None:
    posts = demo.publications["demoletters"].posts
    hashes = np.array([phash(jpeg(inline.picture)) for post in posts[:170] for inline in post.pictures]).astype(int)
    distances = (hashes[:, None] != hashes[None]).sum(2) if len(hashes) < 50 else 64 - hashes @ hashes.T - (1 - hashes) @ (1 - hashes).T
    assert distances[np.triu_indices(len(hashes), 1)].min() >= 6


@pytest.mark.parametrize("factor", range(4))
def test_each_factor_changes_the_picture_even_when_small(factor: int, picture: Picture) -> None:
    style = list(picture.style)
    style[factor] = (style[factor] + 1) % 5
    one, two = (
        np.asarray(Image.fromarray(pixels(p)).resize((64, 64)), float)
        for p in (picture, replace(picture, style=(style[0], style[1], style[2], style[3])))
    )
    assert np.abs(one - two).mean() > 8
