"""What is left of finding pictures by literal captions, as the adapter is turned up from nothing to its full strength."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evaluate.results import Captions, Kept, Score
from pipeline.evaluate.statistics import Draws, interval
from pipeline.train.pairs import Index, PairSet, Vectors
from pipeline.train.ranking import figures_of, question_of
from pipeline.train.select import Exam
from pipeline.train.spaces import AffineMap, AffineSpace, unit

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Dial:
    """The adapter at a strength a: x -> unit((1 - a) x + a (x - mean) matrix), on both sides.

    The stored maps are, of all that give the same cosines, those that move the data least (`adapters.nearest_turn`) and keep
    its mean square, so mixing a vector with its image under the map is meant: at 0 the encoder, at 1 the adapter.
    """

    adapter: AffineSpace
    strength: float
    name: str = "dial"

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """Cosines float32[n_texts, n_images]."""
        cosines: Vectors = self._map(self.adapter.text, texts) @ self._map(self.adapter.image, images).T
        return cosines

    def _map(self, side: AffineMap, vectors: Vectors) -> Vectors:
        return unit((1 - self.strength) * vectors + self.strength * ((vectors - side.mean) @ side.matrix))


def kept_curve(adapter: AffineSpace, captions: PairSet, has_mood_word: Index | None, test: PairSet, seed: int) -> list[Kept]:
    """Recall of literal captions at each strength, with the test mAP@R there; twice where mood words are known."""
    sets: list[tuple[Captions, PairSet]] = [("all", captions)]
    if has_mood_word is not None and (has_mood_word == 0).any():
        sets.append(("without_mood_words", captions.select(has_mood_word[captions.text_index] == 0)))
    exam = Exam.of(test)
    points = []
    for strength in STRENGTHS:
        dial = Dial(adapter, strength)
        association = exam.score(dial)
        points += [_point(dial, name, pairs, association, seed) for name, pairs in sets]
    return points


def ends(kept: Sequence[Kept]) -> tuple[Kept, Kept] | None:
    """All captions with the raw encoder and at full strength; None where that was not measured."""
    curve = sorted((point for point in kept if point.captions == "all"), key=lambda point: point.strength)
    return (curve[0], curve[-1]) if len(curve) > 1 else None


def costs_nothing(before: Kept, after: Kept) -> bool:
    """Whether as many captions are found as before, as far as the interval can tell."""
    return after.recall_at_10_high >= before.recall_at_10


def kept_scores(kept: Sequence[Kept]) -> Iterator[Score]:
    """The curve as rows of `evaluations`: space `adapter@<strength>`, split `captions`; of captions without mood words the metric
    says so."""
    for point in kept:
        suffix = "" if point.captions == "all" else f":{point.captions}"
        for metric, value, span in (
            ("recall@1", point.recall_at_1, (None, None)),
            ("recall@10", point.recall_at_10, (point.recall_at_10_low, point.recall_at_10_high)),
        ):
            yield Score(
                space=f"adapter@{point.strength:g}", split="captions", metric=metric + suffix, direction="text_to_image",
                value=value, low=span[0], high=span[1], n=point.n, gallery=point.gallery,
            )  # fmt: skip


def _point(dial: Dial, name: Captions, pairs: PairSet, association: float, seed: int) -> Kept:
    figures = figures_of(dial.similarity(pairs.texts.vectors, pairs.images.vectors), question_of(pairs))
    low, high = interval(Draws.over(pairs.texts.groups, seed).means(figures["recall@10"]))
    return Kept(
        strength=dial.strength,
        captions=name,
        recall_at_1=float(figures["recall@1"].mean()),
        recall_at_10=float(np.mean(figures["recall@10"])),
        recall_at_10_low=low,
        recall_at_10_high=high,
        association=association,
        n=len(pairs.texts),
        gallery=len(pairs.images),
    )
