"""The raw encoder, topics alone and CCA under the other ways to split: what cutting ties let through, what time costs, and how much
a split of single pairs flatters what only remembers.

Each is fitted anew on a way's training pairs, CCA under the settings that selection chose for it on the main split; it stands for
whatever learns from pairs, since it is as good as the adapter and takes no time. Ways differ in how many pictures are ranked
and in how many belong to a passage, so mAP@R cannot be compared between them; `one_of_100` can.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.results import Score
from pipeline.evaluate.retrieval import admissible, chance
from pipeline.evaluate.statistics import Draws, Values, interval
from pipeline.store import Home
from pipeline.train.closed_form import cca
from pipeline.train.data import TrainingData, VariantData, load_variants
from pipeline.train.memory import topic_only
from pipeline.train.pairs import Index, PairSet, Vectors
from pipeline.train.ranking import Figures, Question, figures_of, positive_ranks, question_of
from pipeline.train.recipe import Recipe
from pipeline.train.spaces import Space, raw_space
from pipeline.train.whiten import moments_of

OTHERS = 99  # pictures beside the true one


@dataclass(frozen=True)
class _Asked:
    """One figure of one space for every query of one fold, with the queries' groups and how many pictures were ranked."""

    values: Values
    groups: Index
    gallery: int


def other_ways(
    home: Home, person: str, encoder_id: str, recipe: Recipe, main: TrainingData, settings: Mapping[str, float]
) -> Iterator[Score]:
    """Figures, text to image, over all queries of a way (folds together) with intervals over groups; `split` is the
    way, and of the grid the cell. Of the main split, `test`, only what can be compared. A way without training or test pairs
    gives none, one where a passage has fewer than 99 wrong pictures no `one_of_100`."""
    here = VariantData(name="test", fold=0, train=main.train, test=main.test)
    found: dict[tuple[str, str, str], list[_Asked]] = defaultdict(list)
    for data in (here, *load_variants(home, person, encoder_id, recipe)):
        for space, metric, asked in _asked(data, settings):
            found[data.name, space, metric].append(asked)
    for (way, space, metric), folds in found.items():
        if (way, metric) != (here.name, "map@r"):
            yield _row(way, space, metric, folds, recipe.seed)


def _asked(data: VariantData, settings: Mapping[str, float]) -> Iterator[tuple[str, str, _Asked]]:
    """(space, metric, what it came to) of one fold."""
    question, test = question_of(data.test), data.test
    figures = {"chance": chance(question) | {"one_of_100": _level(question)}}
    for space in _fitted(data.train, settings):
        figures[space.name] = _figures(space.similarity(test.texts.vectors, test.images.vectors), question)
    for name, values in figures.items():
        for metric in ("map@r", "one_of_100"):
            if len(values[metric]):
                yield name, metric, _Asked(values[metric], test.texts.groups, len(test.images) if metric == "map@r" else OTHERS + 1)


def _fitted(train: PairSet, settings: Mapping[str, float]) -> Iterable[Space]:
    moments = moments_of(train)
    return raw_space(len(moments.text_mean)), topic_only(train), cca(moments, **settings)


def _figures(similarity: Vectors, question: Question) -> Figures:
    return {"map@r": figures_of(similarity, question)["map@r"], "one_of_100": one_of_100(similarity, question)}


def one_of_100(similarity: Vectors, question: Question) -> NDArray[np.float64]:
    """How often the true picture comes first among it and 99 wrong ones drawn at random, exactly, float64[n_q]; 0.01 by chance.

    A positive with b of its query's n wrong pictures before it comes first in a share C(n - b, 99) / C(n, 99) of all draws; a
    query's positives are averaged. Empty where some query has fewer than 99 wrong pictures.

        >>> question = ...                    # one text, its picture, 100 pictures of other groups
        >>> one_of_100(scores_with_one_wrong_picture_before, question)      # left out in 1 draw of 100: C(99, 99) / C(100, 99)
        array([0.01])
    """
    rank, order = positive_ranks(similarity, question)
    wrong = (admissible(question) - question.positives)[question.query]
    if (wrong < OTHERS).any():
        return np.empty(0)
    drawn = np.arange(OTHERS)
    first = np.array([np.prod(np.maximum(n - before - drawn, 0) / (n - drawn)) for n, before in zip(wrong, rank - order, strict=True)])
    by_query = np.repeat(np.arange(len(question.query_groups)), question.positives)  # `positive_ranks` keeps queries in order
    shares: NDArray[np.float64] = np.bincount(by_query, first) / question.positives
    return shares


def _level(question: Question) -> NDArray[np.float64]:
    """The chance level of `one_of_100`, empty where that is."""
    enough = (admissible(question) - question.positives >= OTHERS).all()
    return np.full(len(question.query_groups) if enough else 0, 1 / (OTHERS + 1))


def _row(way: str, space: str, metric: str, folds: Iterable[_Asked], seed: int) -> Score:
    values, groups = (np.concatenate([getattr(fold, side) for fold in folds]) for side in ("values", "groups"))
    low, high = interval(Draws.over(groups, seed).means(values))
    return Score(
        space=space, split=way, metric=metric, direction="text_to_image", value=float(values.mean()), low=low, high=high,
        n=len(values), gallery=max(fold.gallery for fold in folds),
    )  # fmt: skip
