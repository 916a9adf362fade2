"""Composition: where a picture's objects and props stand."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Place(NamedTuple):
    """A square: its centre and side as shares of the picture, and whether its content is mirrored."""

    x: float
    y: float
    side: float
    flip: bool


Spots = list[tuple[float, float, float]]  # centre and side


def _alone(rng: np.random.Generator) -> Spots:
    return [(0.5 + rng.uniform(-0.05, 0.05), 0.5 + rng.uniform(-0.05, 0.05), rng.uniform(0.58, 0.74))]


def _row(rng: np.random.Generator) -> Spots:
    count, y = int(rng.integers(3, 5)), rng.uniform(0.35, 0.65)
    return [((i + 0.5) / count, y, 0.86 / count) for i in range(count)]


def _grid(rng: np.random.Generator) -> Spots:
    shift = rng.uniform(-0.03, 0.03, 2)
    steps = (0.19, 0.5, 0.81)
    return [(x + shift[0], y + shift[1], rng.uniform(0.2, 0.25)) for y in steps for x in steps]


def _ring(rng: np.random.Generator) -> Spots:
    count, radius, turn = int(rng.integers(6, 8)), rng.uniform(0.32, 0.37), rng.uniform(0, 2 * np.pi)
    angles = turn + 2 * np.pi * np.arange(count) / count
    return [(0.5 + radius * np.cos(a), 0.5 + radius * np.sin(a), 0.21) for a in angles]


def _diagonal(rng: np.random.Generator) -> Spots:
    rising, bend = rng.random() < 0.5, rng.uniform(-0.05, 0.05)
    steps = np.linspace(0.14, 0.86, 4)
    return [(x, (1 - x if rising else x) + bend, 0.26) for x in steps]


def _corner(rng: np.random.Generator) -> Spots:
    right, low = rng.integers(0, 2, 2)
    spots = [(0.16, 0.16, 0.3), (0.42, 0.15, 0.26), (0.15, 0.42, 0.26), (0.37, 0.37, 0.24)]
    shift = rng.uniform(-0.03, 0.03, 2)
    return [((1 - x if right else x) + shift[0], (1 - y if low else y) + shift[1], s) for x, y, s in spots]


LAYOUTS: tuple[Callable[[np.random.Generator], Spots], ...] = (_alone, _row, _grid, _ring, _diagonal, _corner)


def layout(composition: int, rng: np.random.Generator) -> list[Place]:
    """Places for a picture's objects in the composition of that level, with some play."""
    flip = bool(rng.random() < 0.5)
    return [Place(x + rng.uniform(-0.015, 0.015), y + rng.uniform(-0.015, 0.015), side, flip) for x, y, side in LAYOUTS[composition](rng)]


def cells(count: int, rng: np.random.Generator) -> list[Place]:
    """Places for `count` props (16 at most) in different cells of a 4 by 4 grid."""
    chosen = rng.choice(16, size=count, replace=False)
    side = 0.17
    return [Place((c % 4 + 0.5) / 4 + rng.uniform(-0.02, 0.02), (c // 4 + 0.5) / 4 + rng.uniform(-0.02, 0.02), side, False) for c in chosen]
