"""Choosing: the best closed-form rung, and how the adapter is fitted.

Both by one figure: mAP@R, text to image, over every fold within training and over validation together, each query counted
once. The test split never enters. Training has one thing more to show: that it betters its start beyond doubt.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.train.closed_form import closed_forms
from pipeline.train.memory import knn_caches, topic_only
from pipeline.train.pairs import Index, PairSet, folds_of
from pipeline.train.ranking import Question, figures_of, question_of
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.spaces import AffineSpace, Space

log = logging.getLogger(__name__)

Marks: TypeAlias = NDArray[np.float64]  # mAP@R of every query of one exam
Setting: TypeAlias = tuple[tuple[str, float], ...]
Key = TypeVar("Key")
DOUBT = 2.0  # standard errors within which a gain may be noise
CLOSED_FORMS = ("centred", "standardised", "procrustes", "ridge_identity", "ridge_zero", "cca")  # one of them is the champion


@dataclass(frozen=True)
class Rung:
    """A baseline fitted on all of training under the setting that selection chose, with the mAP@R it was chosen by."""

    space: Space
    settings: Mapping[str, float]
    validation: float


@dataclass(frozen=True)
class Exam:
    """Held-out pairs and the question they ask."""

    pairs: PairSet
    question: Question

    @classmethod
    def of(cls, pairs: PairSet) -> "Exam":
        """The exam that asks for these pairs."""
        return cls(pairs, question_of(pairs))

    def marks(self, space: Space) -> Marks:
        """mAP@R of every query, text to image, float64[n_queries]."""
        return figures_of(space.similarity(self.pairs.texts.vectors, self.pairs.images.vectors), self.question)["map@r"]

    def score(self, space: Space) -> float:
        """mAP@R, text to image."""
        return float(self.marks(space).mean())


def ladder(train: PairSet, validation: PairSet, recipe: Recipe) -> dict[str, Rung]:
    """Every baseline, by name: its setting chosen over the rounds that the adapter's are chosen over, then fitted on `train`.

    The setting with the best pooled mAP@R wins, the first of equals; `recipe` decides the folds.
    """
    marks: dict[tuple[str, Setting], list[Marks]] = defaultdict(list)
    for fold, exam in _rounds(train, validation, recipe):
        for settings, space in _baselines(fold):
            marks[space.name, _setting(settings)].append(exam.marks(space))
    means = _means(marks)
    best = {name: max((key for key in means if key[0] == name), key=lambda key: means[key]) for name, _ in means}
    fitted = ((space.name, settings, space) for settings, space in _baselines(train))
    chosen = ((name, settings, space) for name, settings, space in fitted if best[name] == (name, _setting(settings)))
    return {name: Rung(space, settings, means[best[name]]) for name, settings, space in chosen}


def _setting(settings: Mapping[str, float]) -> Setting:
    return tuple(settings.items())


def _baselines(train: PairSet) -> Iterator[tuple[Mapping[str, float], Space]]:
    yield from closed_forms(train)
    yield from knn_caches(train)
    yield {}, topic_only(train)


def champion_of(rungs: Mapping[str, Rung]) -> str:
    """The closed-form rung with the best pooled mAP@R."""
    return max(CLOSED_FORMS, key=lambda name: rungs[name].validation)


def choose_settings(train: PairSet, validation: PairSet, recipe: Recipe) -> Settings:
    """The setting with the best mAP@R pooled over group k-fold within `train` and `validation`.

    First what the closed form can tell (centring, shrinkage, power, share: no training needed), then start, pull,
    temperature and the number of steps by training each on every fold. Where the best of these does not better the best start
    beyond doubt, there are no steps.
    """
    rounds = _rounds(train, validation, recipe)
    begun = _best_start(rounds, recipe)
    grid = recipe.grid
    marks: dict[Settings, list[Marks]] = defaultdict(list)
    tried = list(product(grid.starts, grid.pulls, grid.temperatures))
    for number, (start, pull, temperature) in enumerate(tried, 1):
        settings = replace(begun, start=start, pull=pull, temperature=temperature)
        for fold, exam in rounds:
            for step, mark in _watched(fold, exam, recipe, settings):
                marks[replace(settings, steps=step)].append(mark)
        log.info("selection: %d of %d settings tried", number, len(tried))
    return _stopped(marks, np.concatenate([exam.question.query_groups for _, exam in rounds]))


def _stopped(marks: Mapping[Settings, Sequence[Marks]], groups: Index) -> Settings:
    """The best that training reaches, or the start it does not better: with the pull and temperature that train that start best."""
    start, trained = (_best({key: found for key, found in marks.items() if bool(key.steps) is moved}) for moved in (False, True))
    if is_gain(np.concatenate(marks[trained]) - np.concatenate(marks[start]), groups):
        return trained
    return replace(_best({key: found for key, found in marks.items() if key.steps and key.start == start.start}), steps=0)


def is_gain(differences: Marks, groups: Index) -> bool:
    """Whether a mean difference over queries is above zero by more than DOUBT standard errors, queries of one group being one witness.

    The variance of the mean is that of clustered data, sum_g (sum_{i in g} (d_i - d))^2 / n^2 (Liang and Zeger, 1986).

        >>> is_gain(np.array([0.1, 0.1, -0.05]), np.array([0, 0, 1]))    # two groups that disagree
        False
    """
    mean = differences.mean()
    _, code = np.unique(groups, return_inverse=True)
    error = np.sqrt(np.sum(np.bincount(code, differences - mean) ** 2)) / len(differences)
    return bool(mean > DOUBT * error)


def _rounds(train: PairSet, validation: PairSet, recipe: Recipe) -> list[tuple[PairSet, Exam]]:
    """(pairs to fit on, exam) for every fold, and for training as a whole with validation."""
    rounds = [(train, Exam.of(validation))]
    for fold in folds_of(train.groups, recipe.grid.folds, recipe.seed):
        rest, held = train.within(np.setdiff1d(train.groups, fold)), train.within(fold)
        if len(held) and len(rest.groups) > 1:
            rounds.append((rest, Exam.of(held)))
    return rounds


def _best_start(rounds: list[tuple[PairSet, Exam]], recipe: Recipe) -> Settings:
    from pipeline.train.adapters import starts_of

    marks: dict[Settings, list[Marks]] = defaultdict(list)
    for fold, exam in rounds:
        for settings, space in starts_of(fold, recipe):
            marks[settings].append(exam.marks(space))
    return _best(marks)


def _watched(fold: PairSet, exam: Exam, recipe: Recipe, settings: Settings) -> list[tuple[int, Marks]]:
    from pipeline.train.loop import fit

    seen: list[tuple[int, Marks]] = []

    def watch(step: int, _loss: float, space: AffineSpace) -> None:
        seen.append((step, exam.marks(space)))

    fit(fold, recipe, settings, watch)
    return seen


def pooled_score(train: PairSet, validation: PairSet, recipe: Recipe, settings: Settings) -> float:
    """mAP@R of adapters with these settings over the rounds of selection: what `Rung.validation` is for a rung."""
    from pipeline.train.loop import fit

    return _mean(exam.marks(fit(fold, recipe, settings)) for fold, exam in _rounds(train, validation, recipe))


def _best(marks: Mapping[Settings, Iterable[Marks]]) -> Settings:
    """The setting with the highest mean over all queries; the first tried wins a tie."""
    means = _means(marks)
    return max(means, key=lambda settings: means[settings])


def _means(marks: Mapping[Key, Iterable[Marks]]) -> dict[Key, float]:
    return {key: _mean(found) for key, found in marks.items()}


def _mean(marks: Iterable[Marks]) -> float:
    return float(np.concatenate(list(marks)).mean())
