"""Items of different splits that an encoder sees as one: nearer to each other than any of them is to anything else.

An encoder that knows little has all its vectors close together, so no fixed cosine will do. Two items are one where they are as good
as identical, the distance between them is a small part of what separates each from its nearest among a sample, and no two items of
different groups within one split come as near: these are held to be different, and where the encoder takes them for one, it is no
witness.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.pair.leak_sides import Find, Side
from pipeline.pair.leak_texts import same_words

Vectors: TypeAlias = Mapping[str, NDArray[np.float32]]  # content -> unit vector
Embedded: TypeAlias = Mapping[str, Vectors]  # "text", "image" -> vectors

COSINE = 0.98
PART = 0.2  # of the distance to the nearest of the sample
MARGIN = 0.25  # of the least such part within one split: of as many pairs across splits one would come nearer by chance half the time
SAMPLE = 512
TABLES = 24  # of as many random planes as it takes to have one item in a cell: at a cosine of 0.98 and 100,000 items, missed once in 10,000
CROWD = 64  # items in one cell of a table; more are compared with their neighbours in order only


def one_to_the_encoder(sides: Sequence[Side], embedded: Embedded) -> Iterator[Find]:
    """Passages, and pictures, of different splits that lie together. Nothing where there are no vectors yet."""
    for modality in ("text", "image"):
        vectors = embedded.get(modality, {})
        held = {side.sha256: side for side in sides if _is(side, modality) and side.sha256 in vectors}
        if len(held) > 2:
            yield from _together(list(held.values()), np.stack([vectors[name] for name in held]))


def _is(side: Side, modality: str) -> bool:
    return same_words(side) is not None if modality == "text" else side.text is None


def _together(sides: Sequence[Side], vectors: NDArray[np.float32]) -> Iterator[Find]:
    groups = np.array([side.group_id or side.artefact_id for side in sides])
    splits = np.array([side.split for side in sides])
    pairs = _candidates(vectors, groups)
    cosines = np.einsum("nd,nd->n", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
    pairs, cosines = pairs[cosines >= COSINE], cosines[cosines >= COSINE]
    rows = np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(sides)))
    apart = np.ones(len(sides))
    apart[rows] = _nearest_of_sample(vectors, rows)
    parts = np.maximum(1 - cosines, 0) / np.maximum(np.minimum(apart[pairs[:, 0]], apart[pairs[:, 1]]), 1e-6)
    across = splits[pairs[:, 0]] != splits[pairs[:, 1]]
    least = min(PART, MARGIN * parts[~across].min(initial=np.inf))
    for i, j in pairs[across & (parts < least)]:
        yield sides[i], sides[j]


def _nearest_of_sample(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """1 - cosine to the nearest of a sample: neither itself nor what is as good as identical to it."""
    chosen = np.random.default_rng(0).permutation(len(vectors))[:SAMPLE]
    cosines = vectors[rows] @ vectors[chosen].T
    others = np.where((rows[:, None] == chosen[None, :]) | (cosines >= COSINE), -1.0, cosines)
    nearest: NDArray[np.float32] = 1 - others.max(1, initial=-1)
    return nearest


def _candidates(vectors: NDArray[np.float32], groups: NDArray[np.str_]) -> NDArray[np.int64]:
    """int64[m, 2]: items i < j of different groups that lie on the same sides of random planes."""
    rng, found = np.random.default_rng(0), [np.empty((0, 2), np.int64)]
    centred = vectors - vectors.mean(0)
    weights = 1 << np.arange(max(8, round(np.log2(len(vectors)))))
    for _ in range(TABLES):
        cells = (centred @ rng.standard_normal((vectors.shape[1], len(weights))).astype(np.float32) > 0) @ weights
        order = np.argsort(cells, kind="stable")
        for step in range(1, CROWD):
            one, other = order[:-step], order[step:]
            same = cells[one] == cells[other]
            if not same.any():
                break
            kept = same & (groups[one] != groups[other])
            found.append(np.sort(np.stack([one[kept], other[kept]], 1), 1))
    return np.unique(np.concatenate(found), axis=0)
