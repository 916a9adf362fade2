"""The same picture on both sides of a split, found by sight: each picture is hashed whole, trimmed, cropped, turned, mirrored and as a
negative, and what falls near another in a table of hashes is laid over it.

Groups are drawn by one hash per picture at a small radius. Here the radius is larger and every likely alteration is tried; candidates
come from bands of bits, so the cost per picture grows with how crowded its bands are, not with their number squared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.dedupe.alignment import COARSE, SIDE, Floats, misfits, shrink
from pipeline.dedupe.thumbnails import thumbnails
from pipeline.pair.leak_sides import Find, Keys, Side
from pipeline.store import Blobs

RADIUS = 14  # bits between a picture and an altered view of another, to be looked at
ALIKE = 0.85  # correlation of coarse thumbnails, to be looked at closely
MISFIT = 0.33  # beyond what counts as a duplicate (0.27), below where look-alikes begin (0.39)
CELL = 16  # pictures that share a band by chance: bands are as wide as that takes, so that each picture is compared with a few hundred
CHUNK = 2048  # pictures decoded at a time: 32 MB
LOW = 8  # cosine coefficients a side
FLAT, BORDER = 6.0, 0.5  # grey levels below which a line is a border; the most of a side that borders may take

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom, of one
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
CROPS: tuple[Box, ...] = (
    (0.05, 0.05, 0.95, 0.95), (0.1, 0.1, 0.9, 0.9), (0, 0, 0.85, 0.85), (0.15, 0, 1, 0.85), (0, 0.15, 0.85, 1), (0.15, 0.15, 1, 1),
    (0, 0, 0.8, 1), (0.2, 0, 1, 1), (0, 0, 1, 0.8), (0, 0.2, 1, 1), (0, 0, 0.92, 1), (0.08, 0, 1, 1), (0, 0, 1, 0.92), (0, 0.08, 1, 1),
    (0, 0, 0.93, 0.93), (0.07, 0, 1, 0.93), (0, 0.07, 0.93, 1), (0.07, 0.07, 1, 1),
)  # fmt: skip
TURNS = ("mirror", "upside_down", "left", "right", "negative")


@dataclass(frozen=True)
class View:
    """A part of a picture, perhaps turned."""

    box: Box = WHOLE
    turn: str = ""

    def of(self, pictures: Floats) -> Floats:
        """The view of thumbnails float32[n, SIDE, SIDE], at the same size."""
        left, top, right, bottom = self.box
        rows, columns = _stretch(top, bottom), _stretch(left, right)
        part: Floats = (rows @ pictures @ columns.T).astype(np.float32)
        return _turned(part, self.turn)


VIEWS = (View(), *(View(box) for box in CROPS), *(View(turn=turn) for turn in TURNS), View(CROPS[0], "mirror"), View(CROPS[1], "mirror"))


@dataclass(frozen=True)
class Item:
    """A picture as it is, or without its borders."""

    place: int
    name: str
    is_trimmed: bool = False


def seen_alike(sides: Iterable[Side], blobs: Blobs) -> Iterator[Find]:
    """Pictures of different splits of which a view of one lies over the other; one find for two contents."""
    pictures = list({side.blob_sha256: side for side in sides if side.phash is not None and side.blob_sha256 is not None}.values())
    items, hashes = _items([picture.blob_sha256 or "" for picture in pictures], blobs)
    if len(items) < 2:
        return
    splits = np.array([pictures[item.place].split for item in items])
    nearest: dict[tuple[int, int], tuple[int, int]] = {}  # (viewed, other) -> (bits, view)
    for view, column in enumerate(hashes.T):
        for one, other, bits in _near(column, hashes[:, 0], splits):
            nearest[one, other] = min((bits, view), nearest.get((one, other), (bits, view)))
    found = {(items[i].place, items[j].place) for i, j in _laid_over({pair: view for pair, (_, view) in nearest.items()}, items, blobs)}
    for i, j in sorted({(min(pair), max(pair)) for pair in found}):
        yield pictures[i], pictures[j]


def _items(names: Sequence[str], blobs: Blobs) -> tuple[list[Item], NDArray[np.uint64]]:
    """Each readable picture, and once more without borders where it has any; and uint64[items, len(VIEWS)], the hashes of their views."""
    items, hashes = list[Item](), [np.empty((0, len(VIEWS)), np.uint64)]
    for start in range(0, len(names), CHUNK):
        small = thumbnails(blobs, names[start : start + CHUNK])
        here = [Item(place, name) for place, name in enumerate(names[start : start + CHUNK], start) if name in small]
        here += [Item(item.place, item.name, True) for item in here if has_borders(small[item.name])]
        if here:
            stack = np.stack([_picture(item, small) for item in here])
            hashes.append(np.stack([hash_of(view.of(stack)) for view in VIEWS], 1))
        items += here
    return items, np.concatenate(hashes)


def _picture(item: Item, small: Mapping[str, Floats]) -> Floats:
    return trimmed(small[item.name]) if item.is_trimmed else small[item.name]


def hash_of(pictures: Floats) -> Keys:
    """uint64[n]: which of the LOW x LOW lowest cosine coefficients lie above their median; float32[n, SIDE, SIDE] in."""
    low = (_WAVES @ pictures @ _WAVES.T).reshape(len(pictures), -1)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def has_borders(picture: Floats) -> bool:
    """Whether lines of one grey stand at an edge, and enough is left without them."""
    left, top, right, bottom = _inside(picture)
    return (left, top, right, bottom) != (0, 0, SIDE, SIDE) and min(right - left, bottom - top) >= (1 - BORDER) * SIDE


def trimmed(picture: Floats) -> Floats:
    """The thumbnail without borders of one grey, stretched to its size again."""
    left, top, right, bottom = (edge / SIDE for edge in _inside(picture))
    inner: Floats = View((left, top, right, bottom)).of(picture[None])[0]
    return inner


def _inside(picture: Floats) -> tuple[int, int, int, int]:
    """The box without borders, in pixels. Twice, since a bar along one side hides one along another."""
    left, top, right, bottom = 0, 0, SIDE, SIDE
    for _ in range(2):
        rows, columns = (_lively(picture[top:bottom, left:right], axis) for axis in (1, 0))
        top, bottom, left, right = top + rows[0], top + rows[1], left + columns[0], left + columns[1]
        rows = _lively(picture[top:bottom, left:right], 1)
        top, bottom = top + rows[0], top + rows[1]
    return left + (left > 0), top + (top > 0), right - (right < SIDE), bottom - (bottom < SIDE)  # the line at the edge is half border


def _lively(part: Floats, axis: int) -> tuple[int, int]:
    lively = np.flatnonzero(part.std(axis) > FLAT)
    return (int(lively[0]), int(lively[-1]) + 1) if len(lively) else (0, part.shape[1 - axis])


def _near(queries: Keys, table: Keys, splits: NDArray[np.str_]) -> Iterator[tuple[int, int, int]]:
    """(query, entry, bits apart) of different splits that share a band and lie within RADIUS bits."""
    width = max(6, round(np.log2(len(table) / CELL)))
    for shift in range(0, 64 - width // 2, width):
        mask = np.uint64((1 << width) - 1)
        keys, asked = (table >> np.uint64(shift)) & mask, (queries >> np.uint64(shift)) & mask
        order = np.argsort(keys, kind="stable")
        low, high = np.searchsorted(keys[order], asked, "left"), np.searchsorted(keys[order], asked, "right")
        for start in range(0, len(queries), CHUNK):
            part = slice(start, start + CHUNK)
            counts = (high - low)[part]
            one = np.repeat(np.arange(len(queries))[part], counts)
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            other = order[np.repeat(low[part], counts) + within]
            bits = np.bitwise_count(queries[one] ^ table[other])
            close = (bits <= RADIUS) & (splits[one] != splits[other])
            yield from zip(one[close].tolist(), other[close].tolist(), bits[close].tolist(), strict=True)


def _laid_over(views: Mapping[tuple[int, int], int], items: Sequence[Item], blobs: Blobs) -> Iterator[tuple[int, int]]:
    """Of candidates (the viewed item, the other) those that fit, by the nearest view or whole; looked at CHUNK at a time."""
    pairs = sorted(views)
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start : start + CHUNK]
        small = thumbnails(blobs, {items[i].name for pair in part for i in pair})
        whole, others = ([_picture(items[pair[side]], small) for pair in part] for side in (0, 1))
        viewed = [VIEWS[views[pair]].of(picture[None])[0] for pair, picture in zip(part, whole, strict=True)]
        alike = [k for k in range(len(part)) if _correlation(viewed[k], others[k]) >= ALIKE]
        if alike:
            by_view, as_whole, other = (np.stack([stack[k] for k in alike]) for stack in (viewed, whole, others))
            fits = np.minimum(misfits(by_view, other), misfits(as_whole, other)) <= MISFIT
            yield from (part[k] for k, fit in zip(alike, fits, strict=True) if fit)


def _correlation(one: Floats, other: Floats) -> float:
    a, b = (_standardised(picture) for picture in (one, other))
    return float((a * b).mean())


def _standardised(thumbnail: Floats) -> Floats:
    small = shrink(thumbnail[None], COARSE)[0]
    standardised: Floats = (small - small.mean()) / (small.std() + 1)
    return standardised


def _stretch(low: float, high: float) -> Floats:
    """float32[SIDE, SIDE]: takes the part [low, high] of a side to the whole, by linear interpolation."""
    places = np.clip((low + (np.arange(SIDE) + 0.5) / SIDE * (high - low)) * SIDE - 0.5, 0, SIDE - 1)
    weights: Floats = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(SIDE))).astype(np.float32)
    return weights


def _turned(pictures: Floats, turn: str) -> Floats:
    if turn == "mirror":
        return pictures[:, :, ::-1]
    if turn == "upside_down":
        return pictures[:, ::-1, ::-1]
    if turn in ("left", "right"):
        return np.rot90(pictures, 1 if turn == "left" else -1, axes=(1, 2))
    return 255 - pictures if turn == "negative" else pictures


_WAVES: Floats = np.cos(np.pi * (2 * np.arange(SIDE)[None, :] + 1) * np.arange(LOW)[:, None] / (2 * SIDE)).astype(np.float32)
