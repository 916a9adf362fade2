"""Two ceilings, for simulated people: one that knows the generator, and one that is limited by what the encoder can read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.truth import Truth
from pipeline.train.closed_form import ccas
from pipeline.train.pairs import PairSet, Vectors
from pipeline.train.select import Exam
from pipeline.train.spaces import AffineMap, AffineSpace
from pipeline.train.whiten import moments_of, ridged

LOT = 1e-4  # of a likelihood's logarithm: decides between equals, and hardly anything else
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class Oracle:
    """Knows the person's habit and every picture's true style: `scores` float32[n_texts, n_images] of one split, vectors unread.

    The score is the log likelihood ratio of a text and a picture having one mood: summed over factors,
    log sum_m p(m | words) p(style | m) / p(style). Pictures of one style have one score, so `oracle_of` draws lots between them:
    everybody else's ties, which hardly occur, are broken against them, and it would be no ceiling.
    """

    scores: Vectors
    name: str = "oracle"

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """The scores of the split it was made for; raises ValueError for another number of items."""
        if self.scores.shape != (len(texts), len(images)):
            raise ValueError(f"the oracle knows {self.scores.shape} items, asked about {(len(texts), len(images))}")
        return self.scores


def oracle_of(pairs: PairSet, passages: Sequence[str], facts: Mapping[str, Any], seed: int = 0) -> Oracle | None:
    """The oracle of a split, `passages` being its texts in order and `seed` that of the lots; None where a picture's style is not in
    the truth."""
    styles = {entry["sha256"]: entry["style"] for entry in facts["styles"].values()}
    if not all(name in styles for name in pairs.images.sha256):
        return None
    scores = likelihoods(passages, [styles[name] for name in pairs.images.sha256], facts)
    lots = np.random.default_rng(seed).uniform(0, LOT, scores.shape)
    return Oracle((scores + lots).astype(np.float32))


def likelihoods(passages: Sequence[str], styles: Sequence[Sequence[int]], facts: Mapping[str, Any]) -> NDArray[np.float64]:
    """float64[n_passages, n_styles]: the log likelihood ratio of each text with each style, under a habit and its noise.

    `facts` are of truth.json: `habit` names the words of every level of every factor, `noise` how often a word or a style is of
    another level than the mood's.
    """
    shown, total = np.array(styles), np.zeros((len(passages), len(styles)))
    words = [re.findall(r"[a-z]+", passage.lower()) for passage in passages]
    for factor, level_words in enumerate(facts["habit"]):
        moods, odds = _moods(words, level_words, facts["noise"]["word"]), _styles(len(level_words), facts["noise"]["style"])
        total += np.log(moods @ odds)[:, shown[:, factor]]
    return total


def _moods(texts: Sequence[Sequence[str]], level_words: Sequence[Sequence[str]], noise: float) -> NDArray[np.float64]:
    """p(level | words) of one factor, float64[n_texts, levels]."""
    counts = np.array([[sum(word in level for word in words) for level in map(set, level_words)] for words in texts], float)
    scores = counts * np.log((1 - noise) / (noise / (len(level_words) - 1)))
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = likely / likely.sum(axis=1, keepdims=True)
    return shares


def _styles(levels: int, noise: float) -> NDArray[np.float64]:
    """p(style | level) * levels, float64[levels, levels]."""
    wrong = noise / (levels - 1)
    return levels * (np.full((levels, levels), wrong) + np.eye(levels) * (1 - noise - wrong))


def encoder_oracle(truth: Truth, validation: PairSet) -> AffineSpace:
    """The best linear map on the encoder's vectors when supervised with many pairs: CCA on the pairs, or both sides regressed
    on the true factors, whichever setting is best on the person's validation split."""
    exam = Exam.of(validation)
    best = max(_candidates(truth), key=exam.score)
    return AffineSpace("oracle_encoder", best.text, best.image)


def _candidates(truth: Truth) -> Iterator[AffineSpace]:
    yield from (space for _, space in ccas(moments_of(truth.oracle)))
    codes = np.concatenate([np.eye(levels)[column] for column, levels in zip(truth.factors.T, truth.facts["levels"], strict=True)], axis=1)
    for strength in STRENGTHS:
        text, image = (_read_off(items.vectors, codes, strength) for items in (truth.oracle.texts, truth.oracle.images))
        yield AffineSpace("oracle_encoder", text, image)


def _read_off(vectors: Vectors, codes: NDArray[np.float64], strength: float) -> AffineMap:
    """The ridge regression of factor codes on vectors, as a map."""
    mean = vectors.mean(axis=0).astype(np.float64)
    centred = vectors - mean
    covariance = ridged(centred.T @ centred / len(vectors), strength)
    matrix = np.linalg.solve(covariance, centred.T @ (codes - codes.mean(axis=0)) / len(vectors))
    return AffineMap(mean.astype(np.float32), matrix.astype(np.float32))
