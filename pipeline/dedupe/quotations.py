"""Texts that stand inside longer ones: runs of words that both hold for candidates, exact containment to decide.

Broder, "On the resemblance and containment of documents", 1997; Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for
document fingerprinting", 2003: of every WINDOW runs in a row the smallest hash is kept, so two texts that have RUN + WINDOW - 1 = 11
words in a row in common have a hash in common. A text of 22 words with one word put in, the least that CONTAINED allows, keeps 11.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pipeline.dedupe.hamming import THREADS, Index, ranges
from pipeline.dedupe.words import JACCARD, Hashes, batches, is_comparable, owned_runs, shared_among

RUN, WINDOW = 8, 4  # words; runs in a row
CONTAINED = 0.9  # of the shorter text's shingles: one word in thirty may be exchanged
LONGER = 1.25  # times as many words at least; a text that is hardly longer is near, or differs
SHARED = 0.3  # of the shorter text's hashes, where CONTAINED leaves half: what shares a footer alone stays out
LOOKED_UP = 1 << 22  # shared hashes at a time: 100 MB


def prints(texts: Sequence[str]) -> list[Hashes]:
    """The winnowed hashes of each normalised text in reading order: uint64, about 0.4 for each word."""
    with ThreadPoolExecutor(THREADS) as pool:
        return [one for some in pool.map(_prints, batches(texts)) for one in some]


def _prints(texts: Sequence[str]) -> list[Hashes]:
    owners, hashes = owned_runs(texts, RUN)
    count = max(len(hashes) - WINDOW + 1, 0)
    least = hashes[:count]
    for offset in range(1, WINDOW):
        least = np.minimum(least, hashes[offset : offset + count])
    inside = owners[:count] == owners[len(owners) - count :]
    owners, least = owners[:count][inside], least[inside]
    changes = np.r_[True, (least[1:] != least[:-1]) | (owners[1:] != owners[:-1])][: len(least)]  # neighbours mostly keep the same
    return np.split(least[changes], np.searchsorted(owners[changes], np.arange(1, len(texts))))


def quotations(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """(i, j, 1 - containment) for all normalised texts i, of NEAR_WORDS or more, that stand inside text j, sorted."""
    long = np.array([i for i, text in enumerate(texts) if is_comparable(text)], dtype=np.int64)
    sizes = np.array([texts[i].count(" ") + 1 for i in long], dtype=np.int64)
    pairs = candidates(prints([texts[i] for i in long]), sizes, np.ones(len(long), dtype=bool))
    return list(quoted_among(long[pairs], lambda wanted: {i: texts[i] for i in wanted}))


def quoted_among(pairs: Index, read: Callable[[list[int]], dict[int, str]]) -> Iterator[tuple[int, int, float]]:
    """(i, j, 1 - containment) of those pairs where CONTAINED of i's shingles stand in j, and which are not near as they are."""
    for i, j, shared, size, other in shared_among(pairs, read):
        if shared >= CONTAINED * size and shared < JACCARD * (size + other - shared):
            yield i, j, 1 - shared / size


def candidates(found: Sequence[Hashes], sizes: Index, new: NDArray[np.bool_]) -> Index:
    """int64[m, 2]: (i, j) where j is LONGER times as long as i (`sizes`: words) and has SHARED of i's prints, one at least `new`."""
    counts = np.array([len(one) for one in found], dtype=np.int64)
    members, starts, ends = _holders(np.concatenate([np.empty(0, np.uint64), *found]), np.repeat(np.arange(len(found)), counts), sizes, new)
    left = np.flatnonzero(starts < ends)
    left = left[np.argsort(members[left], kind="stable")]
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for some in _chunks(left, members[left], (ends - starts)[left]):
        here, places = next(ranges(starts[some], ends[some], len(some) * len(members)))
        codes, shared = np.unique(members[some[here]] * len(found) + members[places], return_counts=True)
        i, j = np.divmod(codes, len(found))
        enough = (shared >= SHARED * counts[i]) & (new[i] | new[j])
        pairs.append(np.stack([i[enough], j[enough]], axis=1))
    return np.concatenate(pairs)


def _holders(values: Hashes, owners: Index, sizes: Index, new: NDArray[np.bool_]) -> tuple[Index, Index, Index]:
    """Whose the prints are that several texts have, one of them new: those of a value together, by length. With each, from where to
    where stand the holders of the same that are longer."""
    order = np.argsort(values)
    group = np.cumsum(np.r_[False, values[order][1:] != values[order][:-1]][: len(values)])
    owners = owners[order]
    shared = (np.bincount(group) > 1) & (np.bincount(group, new[owners]) > 0)
    owners, group = owners[shared[group]], group[shared[group]]
    span = 2 * int(sizes.max(initial=0)) + 2
    order = np.argsort(group * span + sizes[owners])
    members, keys = owners[order], (group * span + sizes[owners])[order]
    least = keys + np.ceil((LONGER - 1) * sizes[members]).astype(np.int64)
    return members, np.searchsorted(keys, least), np.searchsorted(keys, (group + 1) * span)


def _chunks(prints: Index, owners: Index, counts: Index) -> Iterator[Index]:
    """The prints, those of a text together, so that about LOOKED_UP are looked up at a time."""
    firsts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]][: len(owners)])
    before = np.cumsum(counts) - counts
    cuts = firsts[1:][np.diff(before[firsts] // LOOKED_UP) > 0]
    return (some for some in np.split(prints, cuts) if len(some))
