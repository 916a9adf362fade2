"""Contents that an encoder holds to be the same, cell by cell (SemDeDup, arXiv:2303.09540). Off unless the person file asks for it."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.dedupe.hamming import Index
from pipeline.dedupe.links import Link

CELL = 1000  # contents in a cell, about: cells keep the work from growing with the square
NEAREST = 2  # cells that a content is looked for in, so that few pairs fall between two
ROUNDS = 5  # of k-means
ROWS = 4096  # vectors at a time: 16 MB of similarities

Vectors = NDArray[np.float32]


def semantic_links(vectors: Mapping[str, Vectors], threshold: float) -> list[Link]:
    """Links of method `semantic` between contents whose unit vectors have a cosine of `threshold` or more; distance is 1 - cosine.

    Pairs are looked for within cells (k-means; each content in its two nearest), so beyond CELL contents a few may be missed.
    """
    names = sorted(vectors)
    if len(names) < 2:
        return []
    stacked = np.stack([vectors[name] for name in names]).astype(np.float32)
    found = {pair for cell in _cells(stacked) for pair in _near(stacked, cell, threshold)}
    return sorted(Link.between(names[i], names[j], "semantic", max(0.0, 1 - cosine)) for i, j, cosine in found)


def _cells(vectors: Vectors) -> Iterator[Index]:
    """The members of each cell, sorted."""
    count = -(-len(vectors) // CELL)
    centres = vectors[np.linspace(0, len(vectors) - 1, count).astype(int)]
    for _ in range(ROUNDS if count > 1 else 0):
        nearest = _nearest(vectors, centres, 1)[:, 0]
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
    nearest = _nearest(vectors, centres, min(NEAREST, count))
    for cell in range(count):
        yield np.flatnonzero((nearest == cell).any(1))


def _nearest(vectors: Vectors, centres: Vectors, count: int) -> Index:
    """int64[n, count]: the centres nearest to each vector."""
    blocks = [vectors[start : start + ROWS] @ centres.T for start in range(0, len(vectors), ROWS)]
    return np.concatenate([np.argsort(-block, axis=1, kind="stable")[:, :count] for block in blocks])


def _near(vectors: Vectors, cell: Index, threshold: float) -> Iterator[tuple[int, int, float]]:
    """(i, j, cosine) for i < j of a cell, at or above the threshold."""
    own = vectors[cell]
    for start in range(0, len(cell), ROWS):
        cosines = own[start : start + ROWS] @ own.T
        rows, columns = np.nonzero(np.triu(cosines >= threshold, k=start + 1))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            yield int(cell[start + row]), int(cell[column]), round(float(cosines[row, column]), 5)
