"""Whether two pictures show the same, block by block: each block with detail looks for its counterpart in the other.

The places where blocks find theirs say how the one must be stretched and moved; then what correlates is counted. Brightness and
contrast of a block do not matter to a correlation, and a mark or a bar only to the blocks under it.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

SIDE = 96  # pixels a side; half of it first, where most that only looked alike is told apart
BLOCK, FINE_BLOCK = 8, 12  # pixels a side of a block of the half picture, and of the whole one
SEARCH, FINE_SEARCH = 2, 1  # pixels that a counterpart may lie aside
FLAT = 6.0  # grey levels of standard deviation: below that a block has no detail
LEAST = 5  # blocks with detail, for the rest to mean anything
HOPELESS = 0.68  # at half size, before anything is moved; the worst copy has 0.69
ROUNDS = 2
STIFF = 0.05  # how much evidence a stretch needs: few blocks move, but do not stretch


@dataclass(frozen=True)
class Matches:
    """For each block (float32[n, blocks, blocks]) the best correlation, whether there is detail, and where the counterpart lies."""

    correlation: Floats
    detail: NDArray[np.bool_]
    down: Floats
    across: Floats

    @property
    def mean(self) -> Floats:
        """float32[n]: the mean correlation of blocks with detail; 0 where these are fewer than LEAST."""
        counts = self.detail.sum((1, 2))
        means: Floats = np.where(counts >= LEAST, (self.correlation * self.detail).sum((1, 2)) / np.maximum(counts, 1), 0)
        return means


def likeness(one: Floats, other: Floats) -> Floats:
    """float32[n] from float32[n, SIDE, SIDE]: 1 for the same picture, 0 for what differs at first sight."""
    found = np.zeros(len(one), np.float32)
    left = np.flatnonzero(matches(half(one), half(other), BLOCK, SEARCH).mean >= HOPELESS)
    if len(left):
        moved = _moved_over(one[left], other[left])
        found[left] = matches(one[left], moved, FINE_BLOCK, FINE_SEARCH).mean
    return found


def _moved_over(one: Floats, other: Floats) -> Floats:
    """`other`, stretched and moved along each axis to lie over `one`."""
    down, across = np.zeros((2, len(one)), np.float32), np.zeros((2, len(one)), np.float32)
    for _ in range(ROUNDS):
        found = matches(half(one), half(_moved(other, down, across)), BLOCK, SEARCH)
        down, across = down + 2 * _drift(found, found.down, 1), across + 2 * _drift(found, found.across, 2)
    return _moved(other, down, across)


def matches(one: Floats, other: Floats, block: int, search: int) -> Matches:
    """The counterparts of the blocks of `one` among the places in `other` within `search` pixels."""
    mean = _blocks(one, block)
    variance = np.maximum(_blocks(one * one, block) - mean**2, 0)
    there = np.maximum(_blocks(other * other, block) - _blocks(other, block) ** 2, 0)
    best, down, across = np.full(mean.shape, -1, np.float32), np.zeros_like(mean), np.zeros_like(mean)
    room = np.pad(other, ((0, 0), (search, search), (search, search)), mode="edge")
    for y, x in np.ndindex(2 * search + 1, 2 * search + 1):
        moved = room[:, y : y + one.shape[1], x : x + one.shape[2]]
        level = _blocks(moved, block)
        spread = np.maximum(_blocks(moved * moved, block) - level**2, 0)
        noise = FLAT**2 / 4
        found = (_blocks(one * moved, block) - mean * level) / np.sqrt((variance + noise) * (spread + noise))
        better = found > best
        best[better], down[better], across[better] = found[better], y - search, x - search
    return Matches(best, np.maximum(variance, there) > FLAT**2, down, across)


def half(pictures: Floats) -> Floats:
    """float32[n, side / 2, side / 2]: means of two by two pixels."""
    return _blocks(pictures, 2)


def _blocks(pictures: Floats, block: int) -> Floats:
    count = pictures.shape[-1] // block
    means: Floats = pictures.reshape(-1, count, block, count, block).mean((2, 4))
    return means


def _drift(found: Matches, offsets: Floats, axis: int) -> Floats:
    """float32[2, n]: (move, stretch) of the line through the offsets over their places in [-1, 1], by weighted least squares."""
    count = offsets.shape[1]
    shape = (1, count, 1) if axis == 1 else (1, 1, count)
    places = np.broadcast_to(((np.arange(count) + 0.5) / count * 2 - 1).reshape(shape), offsets.shape)
    weights = found.detail * np.maximum(found.correlation, 0) ** 4 + 1e-6
    total = weights.sum((1, 2))
    place, offset = ((weights * values).sum((1, 2)) / total for values in (places, offsets))
    aside = places - place[:, None, None]
    stretch = (weights * aside * (offsets - offset[:, None, None])).sum((1, 2)) / ((weights * aside**2).sum((1, 2)) + STIFF * total)
    line: Floats = np.stack([offset - stretch * place, stretch]).astype(np.float32)
    return line


def _moved(pictures: Floats, down: Floats, across: Floats) -> Floats:
    moved: Floats = (_resampling(down) @ pictures @ _resampling(across).transpose(0, 2, 1)).astype(np.float32)
    return moved


def _resampling(line: Floats) -> Floats:
    """float32[n, SIDE, SIDE]: takes each pixel from where the line says, by linear interpolation."""
    pixels = np.arange(SIDE, dtype=np.float32)
    from_centre = (pixels + 0.5) / SIDE * 2 - 1
    places = np.clip(pixels + line[0][:, None] + line[1][:, None] * from_centre, 0, SIDE - 1)
    weights: Floats = np.maximum(0, 1 - np.abs(places[:, :, None] - pixels)).astype(np.float32)
    return weights
