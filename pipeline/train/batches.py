"""Batches of texts with images that belong to them, drawn from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.train.pairs import Index, PairSet, Vectors


@dataclass(frozen=True)
class Batch:
    """Rows of texts and of images, every link among them with its weight, and which cells are admissible negatives."""

    texts: Index
    images: Index
    rows: Index
    columns: Index
    weights: Vectors
    negatives: NDArray[np.bool_]


class Sampler:
    """Deals texts without replacement, epoch by epoch, each with one of its images drawn by weight.

    Memory grows with the links, not with texts times images.
    """

    def __init__(self, pairs: PairSet, size: int, seed: int) -> None:
        order = np.lexsort((pairs.image_index, pairs.text_index))
        self._image = pairs.image_index[order]
        self._weight = pairs.weights[order]
        self._bounds = np.searchsorted(pairs.text_index[order], np.arange(len(pairs.texts) + 1))
        self._reach = np.concatenate([[0.0], np.cumsum(self._weight, dtype=np.float64)])
        self._pairs = pairs
        self._size = min(size, len(pairs.texts))
        self._random = np.random.default_rng(seed)
        self._column = np.full(len(pairs.images), -1, np.int64)

    def __iter__(self) -> Iterator[Batch]:
        """Batches without end, all of the same number of texts."""
        while True:
            shuffled = self._random.permutation(len(self._pairs.texts))
            for start in range(0, len(shuffled) - self._size + 1, self._size):
                yield self._batch(np.sort(shuffled[start : start + self._size]))

    def _batch(self, texts: Index) -> Batch:
        low, high = self._reach[self._bounds[texts]], self._reach[self._bounds[texts + 1]]
        drawn = np.searchsorted(self._reach, low + self._random.random(len(texts)) * (high - low), side="right") - 1
        drawn = np.clip(drawn, self._bounds[texts], self._bounds[texts + 1] - 1)  # rounding may step over the end
        images = np.unique(self._image[drawn])
        rows, columns, weights = self._links(texts, images)
        negatives = self._pairs.texts.groups[texts][:, None] != self._pairs.images.groups[images][None, :]
        negatives[rows, columns] = False
        return Batch(texts, images, rows, columns, weights, negatives)

    def _links(self, texts: Index, images: Index) -> tuple[Index, Index, Vectors]:
        """Every link between these texts and images: rows, columns, weights."""
        counts = self._bounds[texts + 1] - self._bounds[texts]
        rows = np.repeat(np.arange(len(texts)), counts)
        link = np.repeat(self._bounds[texts] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        self._column[images] = np.arange(len(images))
        columns = self._column[self._image[link]]
        self._column[images] = -1
        there = columns >= 0
        return rows[there], columns[there], self._weight[link][there]
