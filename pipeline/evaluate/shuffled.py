"""The figures of the shuffled control: of the refits' values the mean, with the 2.5th and 97.5th percentile."""

from collections.abc import Sequence

import numpy as np

from pipeline.evaluate.gap import Placed, gap_figures
from pipeline.evaluate.results import Direction, Score
from pipeline.evaluate.retrieval import Asked
from pipeline.evaluate.statistics import interval
from pipeline.train.pairs import PairSet
from pipeline.train.spaces import VectorSpace


def shuffled_scores(refits: Sequence[VectorSpace], asked: Sequence[Asked], test: PairSet, seed: int) -> list[Score]:
    """Retrieval each way and the gap on test: whether shuffled pairs close the gap as well is a question to be answered, too."""
    scores = []
    for one in asked:
        found = [one.figures(space) for space in refits]
        for metric in found[0]:
            means = [float(figures[metric].mean()) for figures in found]
            scores.append(_score(metric, one.direction, means, len(one.pairs.images)))
    gaps = [gap_figures(Placed.of(space, test, seed, draws=1), seed) for space in refits]  # of each refit the value alone
    return scores + [_score(metric, "", [gap[metric][0] for gap in gaps], 0) for metric in gaps[0]]


def _score(metric: str, direction: Direction, values: Sequence[float], gallery: int) -> Score:
    low, high = interval(np.array(values))
    return Score(
        space="shuffled", split="test", metric=metric, direction=direction, value=float(np.mean(values)), low=low, high=high,
        n=len(values), gallery=gallery,
    )  # fmt: skip
