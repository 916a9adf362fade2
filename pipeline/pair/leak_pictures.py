"""The same picture on both sides of a split, found by sight.

Duplicates are found by bits of a hash, and decided by laying one picture over the other and looking at the worst place. Nothing of
that is used here: cosines of waves lead (`leak_waves`), and the mean of what blocks find decides (`leak_blocks`), so that what the
one misses the other need not miss. What differs in one small thing only counts as the same here: nobody could say that what was
learned on one does not help on the other; a line in the person's CSV of duplicates ties the two.

How alike different pictures are depends on the world: plates by one hand are more so than photographs. So the bar rises to what
pictures of different groups within one split reach, which are held to be different; but never above SURE.
"""

import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image

from pipeline.dedupe.thumbnails import drawn
from pipeline.one_thread import one_thread
from pipeline.pair.leak_blocks import SIDE, Floats, half, likeness
from pipeline.pair.leak_sides import Find, Side
from pipeline.pair.leak_waves import Bytes, View, near
from pipeline.scrape.picture import FORMATS, flattened
from pipeline.store import Blobs

ALIKE = 0.76  # of 570 copies of the replica's pictures the worst has 0.78, of its different pictures the most alike 0.73
SURE, MARGIN = 0.87, 0.05  # in the simulated world copies begin at 0.9, and different pictures end at 0.86
BATCH = 128  # pairs at a time: 40 MB
FLAT, BORDER = 6.0, 0.6  # grey levels below which a line is a border; the most of a side that borders may take


def seen_alike(sides: Iterable[Side], blobs: Blobs) -> Iterator[Find]:
    """Pictures of different splits that look the same; one find for two contents."""
    shown = list({side.blob_sha256: side for side in sides if side.text is None and side.blob_sha256 is not None}.values())
    seen = drawn(blobs, (side.blob_sha256 or "" for side in shown), read)
    shown = [side for side in shown if side.blob_sha256 in seen]
    owners = [side for side in shown for _ in seen[side.blob_sha256 or ""]]
    if not owners:
        return
    pictures = np.concatenate([seen[side.blob_sha256 or ""] for side in shown])
    groups = np.array([f"{side.split} {side.group_id}" for side in owners])
    with one_thread():
        candidates = list(near(half(pictures).astype(np.uint8), groups))
        scores = _scores(candidates, pictures)
    across = np.array([owners[one].split != owners[other].split for one, other, _ in candidates], dtype=bool)
    found = {
        (one, other) for (one, other, _), is_leak in zip(candidates, across & (scores >= bar(scores[~across])), strict=True) if is_leak
    }
    named = {tuple(sorted((owners[i], owners[j]), key=lambda side: (side.split, side.artefact_id))) for i, j in found}
    yield from sorted(((one, other) for one, other in named), key=lambda find: (find[0].artefact_id, find[1].artefact_id))


def bar(different: Floats) -> float:
    """What two pictures must reach to be held the same, given what different ones of one split reach."""
    return float(max(ALIKE, min(SURE, different.max(initial=0) + MARGIN)))


def read(content: bytes) -> Bytes:
    """uint8[1 or 2, SIDE, SIDE]: the picture in grey, and once more without borders where it has any. Raises OSError."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))
        grey = flattened(opened).convert("L")
    boxes = dict.fromkeys([(0, 0, *grey.size), inside(np.asarray(grey, dtype=np.float32))])
    sampling = Image.Resampling.BOX if min(grey.size) >= SIDE else Image.Resampling.BICUBIC
    return np.stack([np.asarray(grey.resize((SIDE, SIDE), sampling, box=box)) for box in boxes])


def inside(picture: Floats) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) without lines of one grey at the edges; the whole where little would be left."""
    height, width = picture.shape
    left, top, right, bottom = 0, 0, width, height
    for _ in range(2):  # a bar along one side hides one along another
        first, last = _lively(picture[top:bottom, left:right], 1)
        top, bottom = top + first, top + last
        first, last = _lively(picture[top:bottom, left:right], 0)
        left, right = left + first, left + last
    is_enough = right - left >= (1 - BORDER) * width and bottom - top >= (1 - BORDER) * height
    return (left, top, right, bottom) if is_enough else (0, 0, width, height)


def _lively(part: Floats, axis: int) -> tuple[int, int]:
    lively = np.flatnonzero(part.std(axis) > FLAT)
    return (int(lively[0]), int(lively[-1]) + 1) if len(lively) else (0, part.shape[1 - axis])


def _scores(candidates: Sequence[tuple[int, int, View]], pictures: Bytes) -> Floats:
    """float32[candidates]: how alike the view of one picture and the whole of the other are."""
    found = [np.empty(0, np.float32)]
    for start in range(0, len(candidates), BATCH):
        part = candidates[start : start + BATCH]
        viewed = np.concatenate([view.of(pictures[one][None].astype(np.float32)) for one, _, view in part])
        found.append(likeness(viewed, pictures[[other for _, other, _ in part]].astype(np.float32)))
    return np.concatenate(found)
