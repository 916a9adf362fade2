"""The modality gap, measured three ways on held-out items. Centre distance and separability are no evidence that anything was
learned: a map fitted on shuffled pairs closes that gap just as well (the demo: 0.08 and 0.51, the adapter 0.05 and 0.52). RMG, which
looks at who is paired with whom, does tell (0.50, the adapter 0.17)."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.evaluate.statistics import Draws, Values, interval
from pipeline.train.pairs import Index, PairSet, folds_of
from pipeline.train.spaces import VectorSpace

FOLDS, STRENGTH = 5, 0.01
Figure = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True)
class Placed:
    """The unit vectors of a split's texts and images in one space, with the draws of groups over all of them."""

    texts: Values
    images: Values
    pairs: PairSet
    draws: Draws

    @classmethod
    def of(cls, space: VectorSpace, pairs: PairSet, seed: int, draws: int = 1000) -> "Placed":
        """The split's items as `space` places them."""
        texts, images = (v.astype(np.float64) for v in (space.map_texts(pairs.texts.vectors), space.map_images(pairs.images.vectors)))
        return cls(texts, images, pairs, Draws.over(np.concatenate([pairs.texts.groups, pairs.images.groups]), seed, draws))

    def side(self, values: Values, *, of_texts: bool) -> Values:
        """`values` of one side, padded with zeros for the other, so that the draws can sum them."""
        zeros = np.zeros((len(self.images) if of_texts else len(self.texts), *values.shape[1:]))
        return np.concatenate([values, zeros] if of_texts else [zeros, values])


def gap_figures(placed: Placed, seed: int) -> dict[str, Figure]:
    """centre_distance, rmg and separability, each with its interval over resampled groups."""
    return {"centre_distance": centre_distance(placed), "rmg": relative_gap(placed), "separability": separability(placed, seed)}


def centre_distance(placed: Placed) -> Figure:
    """|mean of texts - mean of images|, unit vectors (Liang et al., 2022, "Mind the gap").

    Drawing groups anew adds its own noise to a squared length. That surplus is taken off the draws: without it a short
    distance lies below its own interval (the centred space: 0.10 beside 0.12 to 0.19).
    """
    value = float(np.linalg.norm(placed.texts.mean(0) - placed.images.mean(0)))
    centres = []
    for vectors, of_texts in ((placed.texts, True), (placed.images, False)):
        n = placed.draws.sums(placed.side(np.ones(len(vectors)), of_texts=of_texts))
        centres.append(placed.draws.sums(placed.side(vectors, of_texts=of_texts)) / np.maximum(n, 1)[:, None])
    squares = np.sum((centres[0] - centres[1]) ** 2, axis=1)
    return (value, *interval(np.sqrt(np.maximum(squares - squares.mean() + value**2, 0))))


def relative_gap(placed: Placed) -> Figure:
    """RMG = q / (q + (q_T + q_I)/2), each q a mean of (1 - cos)/2 (Schrodi et al., 2025).

    q is over pairs, each item's positives first averaged, from texts and from images alike: an item with many positives counts
    once. q_T and q_I are over items of one modality *of different groups*: two passages of one post are near for what they
    share, as a pair is. 0: pairs coincide; 0.5: a pair is no closer than two random items of one modality; above: further.
    """
    once = np.ones((1, placed.draws.counts.shape[1]))
    (value,), drawn = (_rmg(replace(placed, draws=Draws(placed.draws.code, counts))) for counts in (once, placed.draws.counts))
    return (float(value), *interval(drawn))


def _rmg(placed: Placed) -> Values:
    """The relative gap in every draw, float64[draws]."""
    across = (_across(placed, of_texts=True) + _across(placed, of_texts=False)) / 2
    within = (_within(placed, of_texts=True) + _within(placed, of_texts=False)) / 2
    gaps: Values = across / np.maximum(across + within, 1e-12)
    return gaps


def _across(placed: Placed, *, of_texts: bool) -> Values:
    """Mean over items of one side of the mean of (1 - cos)/2 to their positives, float64[draws]."""
    pairs = placed.pairs
    anchor, n = (pairs.text_index, len(placed.texts)) if of_texts else (pairs.image_index, len(placed.images))
    halves = (1 - np.sum(placed.texts[pairs.text_index] * placed.images[pairs.image_index], axis=1)) / 2
    positives = np.bincount(anchor, minlength=n)
    means: Values = np.bincount(anchor, halves, minlength=n) / np.maximum(positives, 1)
    asked = placed.draws.sums(placed.side((positives > 0).astype(np.float64), of_texts=of_texts))
    drawn: Values = placed.draws.sums(placed.side(means, of_texts=of_texts)) / np.maximum(asked, 1)
    return drawn


def _within(placed: Placed, *, of_texts: bool) -> Values:
    """Mean of (1 - cos)/2 over items of one side and of different groups, float64[draws].

    With S_g the sum of a group's vectors and c_g how often it was drawn, |sum_g c_g S_g|^2 - sum_g c_g^2 |S_g|^2 is the sum of
    cosines over items of different groups: a group drawn twice is still one group.
    """
    vectors, once = placed.texts if of_texts else placed.images, Draws(placed.draws.code, np.eye(placed.draws.counts.shape[1]))
    sums = once.sums(placed.side(vectors, of_texts=of_texts))
    sizes = once.sums(placed.side(np.ones(len(vectors)), of_texts=of_texts))
    counts = placed.draws.counts
    cosines = np.sum((counts @ sums) ** 2, axis=1) - counts**2 @ np.sum(sums**2, axis=1)
    spread: Values = (1 - cosines / np.maximum((counts @ sizes) ** 2 - counts**2 @ sizes**2, 1)) / 2
    return spread


def separability(placed: Placed, seed: int) -> Figure:
    """How well a linear classifier tells texts from images it has not seen: balanced accuracy, 0.5 where it cannot.

    Ridge on -1/+1 with classes weighed alike and a fixed strength (0.01 of the average variance), five folds by whole groups.
    Training accuracy would be 1 without any gap as soon as there are fewer items than dimensions.
    """
    vectors = np.concatenate([placed.texts, placed.images])
    labels = np.repeat([1.0, -1.0], [len(placed.texts), len(placed.images)])
    groups = np.concatenate([placed.pairs.texts.groups, placed.pairs.images.groups])
    right = _held_out(vectors, labels, groups, seed)
    rates = [(right[labels == label].mean(), _rate(placed.draws, right, labels == label)) for label in (1.0, -1.0)]
    return (float(sum(rate for rate, _ in rates) / 2), *interval((rates[0][1] + rates[1][1]) / 2))


def _rate(draws: Draws, right: Values, here: Values) -> Values:
    rates: Values = draws.sums(right * here) / np.maximum(draws.sums(here * 1.0), 1)
    return rates


def _held_out(vectors: Values, labels: Values, groups: Index, seed: int) -> Values:
    """1.0 where the classifier fitted without an item's group gets the item right."""
    right = np.zeros(len(labels))
    for fold in folds_of(groups, min(FOLDS, len(np.unique(groups))), seed):
        held = np.isin(groups, fold)
        if len(set(labels[~held])) == 2:
            right[held] = np.sign(_scores(vectors[~held], labels[~held], vectors[held])) == labels[held]
    return right


def _scores(vectors: Values, labels: Values, asked: Values) -> Values:
    """A ridge classifier's scores float64[n_asked]: above zero where it takes an item for a text."""
    weights = np.where(labels > 0, 0.5 / (labels > 0).sum(), 0.5 / (labels < 0).sum())
    mean = weights @ vectors
    centred = (vectors - mean) * np.sqrt(weights)[:, None]
    covariance = centred.T @ centred
    covariance += STRENGTH * np.trace(covariance) / len(mean) * np.eye(len(mean))
    scores: Values = (asked - mean) @ np.linalg.solve(covariance, centred.T @ (labels * np.sqrt(weights)))
    return scores
