"""The few measures by which an encoder of simulated worlds is judged: rank, probe, gap, and a closed-form bridge."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Estimate(NamedTuple):
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def ranks(texts: Vectors, pictures: Vectors) -> NDArray[np.int64]:
    """For each text, how many pictures come before its own (row i belongs to row i)."""
    scores = texts @ pictures.T
    return np.asarray((scores > np.diag(scores)[:, None]).sum(1), dtype=np.int64)


def interval(hits: NDArray[np.bool_], draws: int = 2000) -> Estimate:
    """The share of hits, with the percentile interval of resampled items."""
    rng = np.random.default_rng(0)
    means = hits[rng.integers(0, len(hits), (draws, len(hits)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(round(float(hits.mean()), 4), round(float(low), 4), round(float(high), 4))


def gap(texts: Vectors, pictures: Vectors) -> float:
    """The distance between the two modalities' centres, on unit vectors (arXiv:2203.02053)."""
    return float(np.linalg.norm(texts.mean(0) - pictures.mean(0)))


def probe(vectors: Vectors, levels: NDArray[np.int64], held_out: NDArray[np.bool_], penalty: float = 1e-3) -> float:
    """Held-out accuracy of a linear probe: ridge regression onto the levels' indicators, the highest wins.

    `levels` int[n]; `held_out` bool[n] marks the items to test on. `penalty` is relative to the mean variance.
    """
    seen = vectors[~held_out].astype(np.float64)
    centre = seen.mean(0)
    seen = seen - centre
    indicators = np.eye(int(levels.max()) + 1)[levels[~held_out]]
    covariance = seen.T @ seen
    ridge = penalty * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights = np.linalg.solve(covariance + ridge, seen.T @ (indicators - indicators.mean(0)))
    said = ((vectors[held_out] - centre) @ weights + indicators.mean(0)).argmax(1)
    return float((said == levels[held_out]).mean())


class Bridge(NamedTuple):
    """A regularised CCA: centres, maps and correlations."""

    text_centre: NDArray[np.float64]
    picture_centre: NDArray[np.float64]
    text_map: NDArray[np.float64]
    picture_map: NDArray[np.float64]

    def scores(self, texts: Vectors, pictures: Vectors) -> NDArray[np.float64]:
        """Cosines in the common space: float[texts, pictures]."""
        left, right = (texts - self.text_centre) @ self.text_map, (pictures - self.picture_centre) @ self.picture_map
        left, right = (side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in (left, right))
        return np.asarray(left @ right.T)


def _whitening(rows: NDArray[np.float64], shrink: float) -> NDArray[np.float64]:
    covariance = rows.T @ rows / len(rows)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors / np.sqrt(np.maximum(values, 0) + shrink * values.mean())) @ vectors.T)


def bridge(texts: Vectors, pictures: Vectors, shrink: float) -> Bridge:
    """The CCA of paired rows, each whitening shrunk by `shrink` times the mean variance; directions count by their correlation."""
    left, right = texts.mean(0, dtype=np.float64), pictures.mean(0, dtype=np.float64)
    x, y = texts - left, pictures - right
    whiten_x, whiten_y = _whitening(x, shrink), _whitening(y, shrink)
    u, strengths, vt = np.linalg.svd(whiten_x @ (x.T @ y / len(x)) @ whiten_y)
    return Bridge(left, right, whiten_x @ u * np.sqrt(strengths), whiten_y @ vt.T * np.sqrt(strengths))


def map_at_r(scores: NDArray[np.float64], query_groups: NDArray[np.int64], item_groups: NDArray[np.int64]) -> float:
    """Mean average precision at R, R being each query's number of positives (arXiv:2003.08505)."""
    total = 0.0
    for row, group in zip(scores, query_groups, strict=True):
        positive = item_groups == group
        count = int(positive.sum())
        hits = positive[np.argsort(-row, kind="stable")[:count]]
        total += float((hits * np.cumsum(hits) / np.arange(1, count + 1)).sum() / count)
    return total / len(scores)
