"""Intervals that resample groups, because items of one post are no independent witnesses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.train.pairs import Index

DRAWS = 2000
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Cluster bootstrap: `counts` float64[draws, groups] says how often each group was drawn, `code` int64[n] each item's group.

    Spaces that share a `Draws` are compared in pairs: every draw sees the same groups.
    """

    code: Index
    counts: Values

    @classmethod
    def over(cls, groups: Index, seed: int, draws: int = DRAWS) -> "Draws":
        """Draws as many groups as there are, with replacement, `draws` times."""
        distinct, code = np.unique(groups, return_inverse=True)
        random = np.random.default_rng([seed, 0xB007])
        counts = random.multinomial(len(distinct), np.full(len(distinct), 1 / len(distinct)), size=draws)
        return cls(code.astype(np.int64), counts.astype(np.float64))

    def sums(self, values: Values) -> Values:
        """float64[draws, ...]: the sum over drawn items of `values` float64[n, ...]."""
        by_group = np.zeros((self.counts.shape[1], *values.shape[1:]))
        np.add.at(by_group, self.code, values)
        return np.tensordot(self.counts, by_group, axes=1)

    def means(self, values: Values) -> Values:
        """float64[draws]: the mean over drawn items of `values` float64[n]."""
        return self.sums(values) / self.sums(np.ones(len(values)))


def interval(draws: Values) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def ratio_interval(draws: Draws, ours: Values, theirs: Values) -> tuple[float, float, float]:
    """(ratio, low, high) of two means over the same items; a mean of zero below gives infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(np.float64(ours.mean()) / np.float64(theirs.mean()))
        drawn = np.nan_to_num(draws.means(ours) / draws.means(theirs), nan=1.0, posinf=np.finfo(float).max)
    return (ratio, *interval(drawn))


def difference_interval(draws: Draws, ours: Values, theirs: Values) -> tuple[float, float, float]:
    """(difference, low, high) of two means over the same items."""
    return (float(ours.mean() - theirs.mean()), *interval(draws.means(ours - theirs)))


def permutation_p(ours: float, shuffled: Sequence[float]) -> float:
    """(1 + number of shuffled refits that reach ours) / (1 + number of refits) (Phipson and Smyth, 2010)."""
    return (1 + sum(value >= ours for value in shuffled)) / (1 + len(shuffled))
