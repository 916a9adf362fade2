"""Light and texture: the two style factors that lie over the whole picture, as brightness maps.

Both are large on purpose: they must survive JPEG and shrinking to 64 pixels. Sizes and places vary with the picture, so that
two pictures of one style still differ where a perceptual hash looks.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
TEXTURE_DEPTH = 0.3  # how far a texture darkens and brightens


@lru_cache(maxsize=8)
def _axes(size: int) -> tuple[Floats, Floats]:
    """x and y over the picture, from 0 to 1; x is a row, y a column."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) / size).astype(np.float32)
    return axis[None, :], axis[:, None]


def _map(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float32)


def _even(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    return _map(1.12 + np.float32(rng.uniform(-0.04, 0.04)) + 0 * (x + y))


def _side(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    across = x if rng.random() < 0.5 else 1 - x
    return _map(0.3 + np.float32(rng.uniform(0.95, 1.15)) * across + np.float32(rng.uniform(-0.12, 0.12)) * (y - 0.5))


def _spot(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    cx, cy = rng.uniform(0.4, 0.6, 2).astype(np.float32)
    reach = np.float32(rng.uniform(0.07, 0.1))
    return _map(np.float32(0.22) + 1.15 * np.exp(-((x - cx) ** 2) / reach / 2) * np.exp(-((y - cy) ** 2) / reach / 2))


def _night(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    tilt = rng.uniform(-0.08, 0.08, 2).astype(np.float32)
    return _map(np.float32(rng.uniform(0.3, 0.38)) + tilt[0] * (x - 0.5) + tilt[1] * (y - 0.5))


def _glow(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    return _map(np.float32(0.25) + np.float32(rng.uniform(1.0, 1.2)) * y ** np.float32(rng.uniform(1.4, 2.0)) + 0 * x)


def _plain(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    return _map(0 * (x + y))


def _stripes(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    angle, count = rng.uniform(0, np.pi), 2 * np.pi * rng.uniform(5, 7)
    phase = (x * np.cos(angle) + y * np.sin(angle)) * count + rng.uniform(0, 2 * np.pi)
    return _map(np.where(np.sin(phase) > 0, 1.0, -1.0))


def _dots(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    count = 2 * np.pi * rng.uniform(5, 6.5)
    hills = np.cos(x * count + rng.uniform(0, 6)) + np.cos(y * count + rng.uniform(0, 6))
    return _map(np.where(hills > 0.75, 1.6, -0.35))


def _checks(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    count = np.pi * rng.uniform(6, 8)
    return _map(np.sign(np.sin(x * count + rng.uniform(0, 6)) * np.sin(y * count + rng.uniform(0, 6))))


def _grain(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    cells = int(rng.integers(22, 30))
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    rows = (y[:, 0] * cells).astype(int)
    return _map(0.95 * coarse[rows][:, (x[0] * cells).astype(int)])


def _waves(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    bend = rng.uniform(1.6, 2.2) * np.sin(x * 2 * np.pi * rng.uniform(2.0, 2.8) + rng.uniform(0, 6))
    return _map(np.sin(y * 2 * np.pi * rng.uniform(5, 6.5) + bend + rng.uniform(0, 6)) * 1.2)


Map = Callable[[Floats, Floats, np.random.Generator], Floats]
LIGHTS: tuple[Map, ...] = (_even, _side, _spot, _night, _glow)
TEXTURES: tuple[Map, ...] = (_plain, _stripes, _dots, _checks, _grain, _waves)


def brightness(light: int, texture: int, size: int, rng: np.random.Generator) -> Floats:
    """The factor by which each pixel is lit: float32[size, size], 1 being neutral."""
    x, y = _axes(size)
    lit = LIGHTS[light](x, y, rng)
    return _map(lit * (1 + TEXTURE_DEPTH * TEXTURES[texture](x, y, rng)))
