"""Copies of a picture among all others: candidates by the hashes of its crops, decided by laying the two over each other."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipeline.dedupe.alignment import Floats, differences, finely, whole_first
from pipeline.dedupe.crops import warps_of
from pipeline.dedupe.hamming import RADIUS, Nearest
from pipeline.dedupe.links import Link
from pipeline.dedupe.picture_signatures import VERSION, Views, in_batches, read_hashes, read_views
from pipeline.dedupe.thumbnails import drawn
from pipeline.dedupe.views import Bytes, closely
from pipeline.one_thread import one_thread
from pipeline.store import Home

__all__ = ["VERSION", "Candidate", "candidates", "copies", "decide"]

LEVELS, CLOSE_LEVELS = ((16, 4), (32, 4), (64, 3)), ((96, 2),)  # (pixels a side, steps) of the alignment
PATCH, SMOOTHING = 8, 2  # pixels a side of what is compared closely; how often neighbours are averaged before
# In units of the picture's own contrast, measured on 1,591 pictures of the replica and 1,940 of the demo:
SURE = 0.1  # worst patch of the small views; look-alikes with one small thing changed begin at 0.16
HOPELESS = 1.5  # the same; watermarked copies reach 1.2
SAME = 0.4  # worst patch seen closely; 97 of 100 copies with nothing laid over them reach it at most, look-alikes begin at 0.55
MARK = 0.2  # of something laid over a picture, the weaker of brightening and darkening; look-alikes begin at 0.25
LAID_OVER, COVERED = 1.6, 0.1  # its worst patch, and the share of the patches that it may cover
TURNED = 40.0  # mean difference of colour of 255; recoloured copies reach 30 at most in 97 of 100
GREY = 6.0  # mean colour below which a picture is grey: a grey copy differs from a colourful one by all its colour
BATCH = 64  # pairs at a time: 80 MB when seen closely


@dataclass(frozen=True)
class Candidate:
    """Two pictures of which the whole of `b` looks like a crop of `a`. `views`: which view of either; `probe`: which crop."""

    a: str
    b: str
    views: tuple[int, int]
    probe: int

    @property
    def pair(self) -> tuple[str, str]:
        """The two, in order of their names."""
        return min(self.a, self.b), max(self.a, self.b)


def copies(home: Home, blobs: Mapping[str, str], new: Collection[str]) -> list[Link]:
    """Links between pictures (by sha256; `blobs`: sha256 -> blob) that show the same, for all pairs with at least one of `new`.

    Their signatures must have been stored (`picture_signatures.add_missing`). A pair is decided by its two pictures alone, so
    comparing a few at a time finds what comparing all at once does.
    """
    links: dict[tuple[str, str], Link] = {}
    for turn in candidates(home, sorted(blobs), set(new)):
        left = [candidate for candidate in turn if candidate.pair not in links]
        with one_thread(), tqdm(total=len(left), desc="pictures compared", disable=None) as bar:
            for start in range(0, len(left), BATCH):
                links |= {(link.a, link.b): link for link in decide(home, blobs, left[start : start + BATCH])}
                bar.update(min(BATCH, len(left) - start))
    return sorted(links.values())


def candidates(home: Home, names: Sequence[str], new: Collection[str]) -> list[list[Candidate]]:
    """For each pair of pictures with one of `new`, the crop of one and the whole of the other that lie nearest, within RADIUS bits:
    those of the nearest views first, then, to be tried where those are no copies, those of the next nearest.

    Bars are not always found alike: with the nearest views alone 96 of 100 copies of the replica were found, with all of them 97.
    """
    targets = {True: _wholes(home, names), False: _wholes(home, [name for name in names if name in new])}
    best: dict[tuple[tuple[str, str], tuple[int, int]], tuple[int, Candidate]] = {}
    for batch in in_batches(names):
        for is_new in (True, False):
            crops = read_hashes(home, [name for name in batch if (name in new) == is_new], "crops")
            for bits, candidate in _near(crops, *targets[is_new]):
                views = candidate.views if candidate.a < candidate.b else candidate.views[::-1]
                key = candidate.pair, views
                best[key] = min(best.get(key, (bits, candidate)), (bits, candidate), key=_order)
    turns, tried = defaultdict[int, list[Candidate]](list), Counter[tuple[str, str]]()
    for _, candidate in sorted(best.values(), key=lambda found: (found[1].pair, _order(found))):
        turns[tried[candidate.pair]].append(candidate)
        tried[candidate.pair] += 1
    return [turns[turn] for turn in sorted(turns)]


def _order(found: tuple[int, Candidate]) -> tuple[int, str, int, tuple[int, int]]:
    bits, candidate = found
    return bits, candidate.a, candidate.probe, candidate.views


def _wholes(home: Home, names: Sequence[str]) -> tuple[Views, Nearest]:
    wholes = read_hashes(home, names, "wholes")
    return wholes, Nearest(wholes.hashes.ravel())


def _near(crops: Views, wholes: Views, nearest: Nearest) -> Iterator[tuple[int, Candidate]]:
    """(bits, candidate) for each crop and whole of different pictures within RADIUS bits."""
    probes = crops.hashes.ravel()
    count = crops.hashes.shape[1]
    for crop, whole in nearest.within(probes, RADIUS).tolist():
        view, probe = divmod(crop, count)
        a, b = crops.names[crops.owners[view]], wholes.names[wholes.owners[whole]]
        if a != b:
            bits = int(probes[crop] ^ wholes.hashes[whole, 0]).bit_count()
            yield bits, Candidate(a, b, (int(crops.ranks[view]), int(wholes.ranks[whole])), probe)


def decide(home: Home, blobs: Mapping[str, str], pairs: Sequence[Candidate]) -> list[Link]:
    """The links of those candidates that are copies. Distance is the change of the worst patch, in units of the picture's contrast;
    where something was laid over, the weaker of brightening and darkening."""
    seen = read_views(home, {name for pair in pairs for name in (pair.a, pair.b)})
    mirrored, warps = warps_of(np.array([pair.probe for pair in pairs], dtype=np.int64))
    a, b = ([seen[name][0][view] for name, view in side] for side in _sides(pairs))
    whole, part = _turned(np.stack(a), mirrored).astype(np.float32), np.stack(b).astype(np.float32)
    warps = finely(whole, part, warps, LEVELS)
    small = differences(whole, part, warps, PATCH)
    alike = _of_one_colour(seen, pairs, mirrored)
    doubtful = np.flatnonzero(alike & (small.worst > SURE) & (small.worst < HOPELESS))
    links = [_link(pairs[i], bool(mirrored[i]), float(small.worst[i])) for i in np.flatnonzero(alike & (small.worst <= SURE)).tolist()]
    return links + _seen_closely(home, blobs, [pairs[i] for i in doubtful.tolist()], mirrored[doubtful], warps[doubtful])


def _seen_closely(
    home: Home, blobs: Mapping[str, str], pairs: Sequence[Candidate], mirrored: NDArray[np.bool_], warps: Floats
) -> list[Link]:
    """The links among pairs that the small views leave in doubt, from larger ones that are read anew."""
    large = [drawn(home.blobs, _blobs(blobs, pairs, view), partial(closely, inside=view > 0)) for view in (0, 1)]
    sides = [[(blobs[name], view) for name, view in side] for side in _sides(pairs)]
    readable = [i for i in range(len(pairs)) if all(side[i][0] in large[side[i][1]] for side in sides)]
    if not readable:
        return []
    a, b = (np.stack([large[side[i][1]][side[i][0]] for i in readable]) for side in sides)
    whole, part, warps = whole_first(_turned(a, mirrored[readable]).astype(np.float32), b.astype(np.float32), warps[readable])
    found = differences(whole, part, finely(whole, part, warps, CLOSE_LEVELS), PATCH, SMOOTHING)
    same = found.worst <= SAME
    marked = ~same & (found.weaker <= MARK) & (found.worst <= LAID_OVER) & (found.covered <= COVERED)
    links = [_link(pairs[i], bool(mirrored[i]), float(found.worst[n])) for n, i in enumerate(readable) if same[n]]
    return links + [
        Link.between(pairs[i].a, pairs[i].b, "marked_picture", float(found.weaker[n])) for n, i in enumerate(readable) if marked[n]
    ]


def _sides(pairs: Sequence[Candidate]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(picture, view) of the first and of the second of each pair."""
    return [(pair.a, pair.views[0]) for pair in pairs], [(pair.b, pair.views[1]) for pair in pairs]


def _blobs(blobs: Mapping[str, str], pairs: Sequence[Candidate], view: int) -> set[str]:
    return {blobs[name] for side in _sides(pairs) for name, rank in side if rank == view}


def _turned(pictures: Bytes, mirrored: NDArray[np.bool_]) -> Bytes:
    """The pictures, those that are mirrored turned round."""
    turned: Bytes = np.where(mirrored.reshape(-1, *[1] * (pictures.ndim - 1)), pictures[..., ::-1], pictures)
    return turned


def _of_one_colour(seen: Mapping[str, tuple[Bytes, Bytes]], pairs: Sequence[Candidate], mirrored: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the two are coloured about alike, or one of them is grey."""
    a, b = (np.stack([seen[name][1][view] for name, view in side]) for side in _sides(pairs))
    one, other = _turned(a, mirrored).astype(np.float32) - 128, b.astype(np.float32) - 128
    apart, first, second = (np.hypot(colours[:, 0], colours[:, 1]).mean((1, 2)) for colours in (one - other, one, other))
    alike: NDArray[np.bool_] = (apart <= TURNED) | (np.minimum(first, second) < GREY)
    return alike


def _link(pair: Candidate, mirrored: bool, distance: float) -> Link:
    return Link.between(pair.a, pair.b, "mirrored_picture" if mirrored else "near_picture", distance)
