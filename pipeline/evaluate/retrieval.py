"""Retrieval figures of a space with their intervals, and the level of chance.

Queries are a split's passages (or images), the gallery all images (or passages) of that split; see `train.ranking` for what
counts as right, what is left out of a ranking, and how ties are broken (against us).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np

from pipeline.evaluate.results import Direction, Score
from pipeline.evaluate.statistics import Draws, interval
from pipeline.train.pairs import Index, PairSet
from pipeline.train.ranking import RECALLS, Figures, Question, figures_of, question_of
from pipeline.train.spaces import Space

METRICS = ("map@r", *(f"recall@{k}" for k in RECALLS))


@dataclass(frozen=True)
class Asked:
    """One direction of one split: its question, and the draws of groups that every interval over it shares."""

    direction: Direction
    pairs: PairSet  # images asked for texts stand swapped
    question: Question
    draws: Draws

    @classmethod
    def both(cls, pairs: PairSet, seed: int) -> "tuple[Asked, Asked]":
        """From text to image, and back."""
        back = pairs.swapped()
        return (
            cls("text_to_image", pairs, question_of(pairs), Draws.over(pairs.texts.groups, seed)),
            cls("image_to_text", back, question_of(back), Draws.over(back.texts.groups, seed)),
        )

    def figures(self, space: Space) -> Figures:
        """Every metric for every query, float64[n_queries] each."""
        if self.direction == "text_to_image":
            return figures_of(space.similarity(self.pairs.texts.vectors, self.pairs.images.vectors), self.question)
        return figures_of(space.similarity(self.pairs.images.vectors, self.pairs.texts.vectors).T, self.question)

    def summary(self, figures: Figures) -> dict[str, tuple[float, float, float]]:
        """metric -> (mean, low, high)."""
        return {metric: (float(values.mean()), *interval(self.draws.means(values))) for metric, values in figures.items()}


def chance(question: Question) -> Figures:
    """What a random order is expected to reach, exactly, for every query.

    With R positives among N admissible items: recall@k = 1 - C(N-R, k)/C(N, k), and
    mAP@R = 1/R sum_{k<=R} 1/k R/N (1 + (k-1)(R-1)/(N-1)).
    """
    found: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for positives, ranked in zip(question.positives.tolist(), admissible(question).tolist(), strict=True):
        found["map@r"].append(_chance_map(positives, ranked))
        for k in RECALLS:
            found[f"recall@{k}"].append(1 - comb(ranked - positives, k) / comb(ranked, k) if k <= ranked else 1.0)
    return {metric: np.array(values) for metric, values in found.items()}


def admissible(question: Question) -> Index:
    """How many items are ranked for each query, int64[n_q]: all but those of its own group that are not its positives."""
    same = question.query_groups[:, None] == question.gallery_groups[None, :]
    own = np.bincount(question.query, same[question.query, question.positive], len(same)).astype(np.int64)
    ranked: Index = same.shape[1] - (same.sum(axis=1) - own)
    return ranked


def _chance_map(positives: int, admissible: int) -> float:
    k = np.arange(1, positives + 1)
    others = (k - 1) * (positives - 1) / max(admissible - 1, 1)
    return float(((1 + others) / k).sum() / admissible)


def retrieval_scores(name: str, asked: Asked, figures: Figures) -> Iterator[Score]:
    """The figures of one space in one direction on test, each with its interval."""
    for metric, (value, low, high) in asked.summary(figures).items():
        yield Score(
            space=name, split="test", metric=metric, direction=asked.direction, value=value, low=low, high=high,
            n=len(asked.pairs.texts), gallery=len(asked.pairs.images),
        )  # fmt: skip
