"""Which 64-bit hashes lie within a few bits of each other, exactly, without comparing all with all.

Hashes that differ in at most 6 bits agree in two of their eight bytes at least, so it is enough to compare those that share
some two bytes: 28 tables of 65,536 places (the pigeonhole principle; Manku, Jain, Das Sarma 2007, "Detecting near-duplicates
for web crawling"). `within` groups equal hashes first, so that many equal ones cost no more than one.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Index: TypeAlias = NDArray[np.int64]
Hashes: TypeAlias = NDArray[np.uint64]

RADIUS = 6  # bits, at most
TABLES = tuple(combinations(range(8), 2))  # pairs of bytes
BATCH = 1 << 18  # comparisons at a time: they stay in a core's cache
THREADS = 2  # numpy works outside the interpreter's lock


def within(hashes: Hashes, radius: int) -> Index:
    """int64[m, 2]: every pair i < j whose hashes differ in at most `radius` (up to RADIUS) bits, sorted."""
    different, group = np.unique(hashes, return_inverse=True)
    members = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=len(different))
    with ThreadPoolExecutor(THREADS) as pool:
        near = np.concatenate([*pool.map(lambda table: _near_in(different, table, radius), TABLES), np.empty((0, 2), np.int64)])
    near = np.concatenate([distinct(near, len(different)), np.repeat(np.arange(len(different)), 2).reshape(-1, 2)[sizes > 1]])
    pairs = _spread(near, np.cumsum(sizes) - sizes, sizes, members)
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return distinct(pairs, len(hashes))


class Nearest:
    """Hashes to look up others in."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes

    @cached_property
    def _tables(self) -> list[tuple[Index, NDArray[np.int64], Hashes]]:
        return [(starts, order, self._hashes[order]) for starts, order in (_table(self._hashes, table) for table in TABLES)]

    def within(self, probes: Hashes, radius: int) -> Index:
        """int64[m, 2]: every (probe, hash) that differ in at most `radius` (up to RADIUS) bits, sorted."""
        found = [np.empty((0, 2), np.int64)]
        for table, (starts, order, hashes) in zip(TABLES, self._tables, strict=True):
            keys = _keys(probes, table)
            for i, j in _compared(probes, hashes, starts[keys], starts[keys + 1], radius):
                found.append(np.stack([i, order[j]], axis=1))
        return distinct(np.concatenate(found), len(self._hashes))


def _near_in(hashes: Hashes, table: tuple[int, int], radius: int) -> Index:
    """The pairs i < j that one table finds among different hashes."""
    starts, order = _table(hashes, table)
    ordered = hashes[order]
    ends = starts[_keys(ordered, table) + 1]
    found = [np.stack([order[i], order[j]], axis=1) for i, j in _compared(ordered, ordered, np.arange(1, len(ordered) + 1), ends, radius)]
    return np.sort(np.concatenate([np.empty((0, 2), np.int64), *found]), axis=1)


def _compared(probes: Hashes, hashes: Hashes, starts: Index, ends: Index, radius: int) -> Iterator[tuple[Index, Index]]:
    """(probe, place) within the radius, among the places from start to end of each probe."""
    for left, places in ranges(starts, ends):
        near = np.bitwise_count(probes[left] ^ hashes[places]) <= radius
        if near.any():
            yield left[near], places[near]


def ranges(starts: Index, ends: Index, size: int = BATCH) -> Iterator[tuple[Index, Index]]:
    """(i, each number from starts[i] up to ends[i]), about `size` numbers at a time."""
    counts = ends - starts
    upto = np.cumsum(counts)
    first = 0
    while first < len(starts):
        before = upto[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(upto, before + size, side="right")))
        count = counts[first:last]
        offsets = starts[first:last] - (upto[first:last] - count - before)
        left = np.repeat(np.arange(first, last), count)
        yield left, np.arange(len(left)) + np.repeat(offsets, count)
        first = last


def _keys(hashes: Hashes, table: tuple[int, int]) -> Index:
    """The two bytes of a table, as a number."""
    high, low = (np.uint64(8 * byte) for byte in table)
    keys: Index = (((hashes >> high) & np.uint64(255)) << np.uint64(8) | ((hashes >> low) & np.uint64(255))).astype(np.int64)
    return keys


def _table(hashes: Hashes, table: tuple[int, int]) -> tuple[Index, Index]:
    """Where each key starts (and the end), and the hashes' indices in the order of their keys."""
    keys = _keys(hashes, table).astype(np.uint16)
    starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=1 << 16))])
    return starts, np.argsort(keys, kind="stable")  # of 16 bits: a radix sort


def distinct(pairs: Index, size: int) -> Index:
    """The pairs sorted, each once. By sorting: of four million different numbers NumPy's `unique`, which hashes, takes 80 times as long."""
    codes = np.sort(pairs[:, 0] * size + pairs[:, 1])
    return np.stack(np.divmod(codes[np.diff(codes, prepend=-1) > 0], max(size, 1)), axis=1)


def _spread(near: Index, starts: Index, sizes: Index, members: Index) -> Index:
    """Pairs of members for pairs of groups: everyone of the one with everyone of the other."""
    counts = sizes[near[:, 0]] * sizes[near[:, 1]]
    which = np.repeat(np.arange(len(near)), counts)
    within_pair = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    one, other = near[which, 0], near[which, 1]
    i, j = np.divmod(within_pair, sizes[other])
    return np.stack([members[starts[one] + i], members[starts[other] + j]], axis=1)
