"""The modality gap, measured three ways on held-out items. None of them is evidence that anything was learned: a map fitted on
shuffled pairs closes the gap just as well."""

from dataclasses import dataclass

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
    def of(cls, space: VectorSpace, pairs: PairSet, seed: int) -> "Placed":
        """The split's items as `space` places them."""
        texts, images = (v.astype(np.float64) for v in (space.map_texts(pairs.texts.vectors), space.map_images(pairs.images.vectors)))
        return cls(texts, images, pairs, Draws.over(np.concatenate([pairs.texts.groups, pairs.images.groups]), seed, 1000))

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
    """RMG = q / (q + (q_T + q_I)/2): q the mean of (1 - cos)/2 over pairs, q_T and q_I over distinct items of one modality.

    0: pairs coincide; 0.5: a pair is no closer than two random items of one modality; above: further (Schrodi et al., 2025).
    """
    pairs = placed.pairs
    halves = (1 - np.sum(placed.texts[pairs.text_index] * placed.images[pairs.image_index], axis=1)) / 2
    by_text = Draws(placed.draws.code[: len(placed.texts)][pairs.text_index], placed.draws.counts)
    drawn_within = (_spread(placed, True, drawn=True) + _spread(placed, False, drawn=True)) / 2
    within = (float(_spread(placed, True, drawn=False)[0]) + float(_spread(placed, False, drawn=False)[0])) / 2
    across, drawn_across = float(halves.mean()), by_text.means(halves)
    value = across / max(across + within, 1e-12)
    return (value, *interval(drawn_across / np.maximum(drawn_across + drawn_within, 1e-12)))


def _spread(placed: Placed, of_texts: bool, *, drawn: bool) -> Values:
    """Mean of (1 - cos)/2 over distinct items of one side, float64[draws], or float64[1] over all items once.

    From |sum c x|^2 = sum_jk c_j c_k cos_jk: copies of one item in a draw are not two items, so its square is taken off.
    """
    vectors = placed.texts if of_texts else placed.images
    counts = placed.draws.counts if drawn else np.ones((1, placed.draws.counts.shape[1]))
    draws = Draws(placed.draws.code, counts)
    squares = Draws(placed.draws.code, counts**2)
    ones = placed.side(np.ones(len(vectors)), of_texts=of_texts)
    total, own = draws.sums(ones), squares.sums(ones)
    lengths = squares.sums(placed.side(np.sum(vectors**2, axis=1), of_texts=of_texts))
    cosines = np.sum(draws.sums(placed.side(vectors, of_texts=of_texts)) ** 2, axis=1) - lengths
    spread: Values = (1 - cosines / np.maximum(total**2 - own, 1)) / 2
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
