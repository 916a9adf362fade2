"""Which pictures are about the same in their longest waves, when one is cropped or turned.

A view of a picture is a direction: its lowest cosine waves but the mean, each times its frequency, since photographs have nearly all
their strength in the longest. All are compared with all, so that nothing near is missed; of each picture the MOST nearest are
looked at closely.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Bytes: TypeAlias = NDArray[np.uint8]
Names: TypeAlias = NDArray[np.str_]

SIDE = 48  # pixels a side, whatever the aspect ratio
LOW = 8  # waves along each axis
NEAR = 0.78  # cosine; of 830 copies under 13 alterations the worst has 0.76, most 0.95
MOST = 2  # a copy is nearly always the nearest
CHUNK = 512  # pictures at a time: 5 MB of waves
INTERVALS = ((0.0, 1.0), (0.05, 0.95), (0.0, 0.95), (0.05, 1.0), (0.0, 0.9), (0.1, 1.0))  # of an axis
TURNS = ("", "mirror", "upside_down", "left", "right", "negative")


@dataclass(frozen=True)
class View:
    """A part of a picture (`down`, `across`: which of INTERVALS), perhaps turned."""

    down: int = 0
    across: int = 0
    turn: str = ""

    def of(self, pictures: Floats) -> Floats:
        """The view of float32[n, side, side], at the same size."""
        rows, columns = (_stretch(*INTERVALS[part], pictures.shape[-1]) for part in (self.down, self.across))
        part: Floats = (rows @ pictures @ columns.T).astype(np.float32)
        return _turned(part, self.turn)

    def waves_of(self, parts: Floats) -> Floats:
        """float32[n, LOW, LOW]: the waves of the view, from those of all parts (`waves`)."""
        low: Floats = parts[:, self.down, :, self.across]
        if self.turn in ("left", "right"):
            low = low.transpose(0, 2, 1)
        across, down = (_ODD if self.turn in turns else 1 for turns in (("mirror", "upside_down", "right"), ("upside_down", "left")))
        turned: Floats = low * across * np.reshape(down, (-1, 1)) * (-1 if self.turn == "negative" else 1)
        return turned


def _all_views() -> list[View]:
    parts = [(down, across) for down in range(len(INTERVALS)) for across in range(len(INTERVALS))]
    return [View(*part, turn) for turn in ("", "mirror") for part in parts] + [View(turn=turn) for turn in TURNS[2:]]


def waves(pictures: Bytes) -> Floats:
    """float32[n, intervals, LOW, intervals, LOW]: the lowest cosine waves of every part of uint8[n, SIDE, SIDE]."""
    low: Floats = _PART_WAVES @ pictures.astype(np.float32) @ _PART_WAVES.T
    return low.reshape(len(pictures), len(INTERVALS), LOW, len(INTERVALS), LOW)


def directions(low: Floats) -> Floats:
    """float32[n, LOW * LOW - 1]: unit vectors of the waves float32[n, LOW, LOW]; zero for a picture without detail."""
    weighed = (low * _FREQUENCY).reshape(len(low), -1)[:, 1:]
    unit: Floats = weighed / np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1.0)
    return unit


def near(pictures: Bytes, groups: Names) -> Iterator[tuple[int, int, View]]:
    """(viewed, whole, the view that lies nearest) for pictures of different groups, from NEAR on: the MOST nearest of each of the two."""
    wholes = np.concatenate([directions(View().waves_of(waves(part))) for part in _chunks(pictures)])
    for start, part in enumerate(_chunks(pictures)):
        parts, offset = waves(part), start * CHUNK
        best, views = np.full((len(part), len(pictures)), -1, np.float32), np.zeros((len(part), len(pictures)), np.uint8)
        for number, view in enumerate(VIEWS):
            cosines = directions(view.waves_of(parts)) @ wholes.T
            views[cosines > best] = number
            np.maximum(best, cosines, out=best)
        best[groups[offset : offset + CHUNK, None] == groups] = -1
        for one, other in sorted(_foremost(best) | {(one, other) for other, one in _foremost(best.T)}):
            yield offset + one, other, VIEWS[views[one, other]]


def _foremost(cosines: Floats) -> set[tuple[int, int]]:
    """(row, column) of the MOST largest of each row, as far as they reach NEAR."""
    most = min(MOST, cosines.shape[1])
    columns = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
    rows = np.repeat(np.arange(len(cosines)), columns.shape[1])
    close = cosines[rows, columns.ravel()] >= NEAR
    return set(zip(rows[close].tolist(), columns.ravel()[close].tolist(), strict=True))


def _chunks(pictures: Bytes) -> Iterator[Bytes]:
    return (pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK))


@cache
def _stretch(low: float, high: float, side: int) -> Floats:
    """float32[side, side]: takes the part [low, high] of a line to the whole, by linear interpolation."""
    places = np.clip((low + (np.arange(side) + 0.5) / side * (high - low)) * side - 0.5, 0, side - 1)
    weights: Floats = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(side))).astype(np.float32)
    return weights


def _turned(pictures: Floats, turn: str) -> Floats:
    if turn == "mirror":
        return pictures[:, :, ::-1]
    if turn == "upside_down":
        return pictures[:, ::-1, ::-1]
    if turn in ("left", "right"):
        return np.rot90(pictures, 1 if turn == "left" else -1, axes=(1, 2))
    return 255 - pictures if turn == "negative" else pictures


VIEWS = _all_views()
_COSINES = np.cos(np.pi * (2 * np.arange(SIDE)[None, :] + 1) * np.arange(LOW)[:, None] / (2 * SIDE)).astype(np.float32)
_PART_WAVES: Floats = np.stack([_COSINES @ _stretch(*interval, SIDE) for interval in INTERVALS]).reshape(-1, SIDE)
_FREQUENCY: Floats = np.hypot(np.arange(LOW)[:, None], np.arange(LOW)).astype(np.float32)
_ODD: Floats = np.where(np.arange(LOW) % 2, -1, 1).astype(np.float32)  # what reflecting a line does to its waves
