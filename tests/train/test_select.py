from dataclasses import replace

import numpy as np
import pytest

from pipeline.train.adapters import start_of
from pipeline.train.closed_form import STRENGTHS, closed_forms
from pipeline.train.loop import fit
from pipeline.train.pairs import folds_of
from pipeline.train.recipe import Grid, Recipe
from pipeline.train.select import CLOSED_FORMS, Exam, champion_of, choose_settings, is_gain, ladder, pooled_score

QUICK = Recipe(grid=Grid(pulls=(1.0,), temperatures=(0.1,), shrinkages=(0.1,), shares=(1.0, 0.25), steps=60, every=20))


def parts(world):
    return world.posts(60, seed=1), world.posts(16, seed=2, first_group=1000), world.posts(30, seed=3, first_group=2000)


def test_the_adapter_keeps_up_with_the_best_closed_form_where_moods_combine_anew(synthetic):
    train, validation, test = parts(synthetic(levels=4))
    rungs, exam = ladder(train, validation, QUICK), Exam.of(test)
    adapter = fit(train, QUICK, choose_settings(train, validation, QUICK))
    champion = champion_of(rungs)
    assert champion in CLOSED_FORMS
    assert exam.score(adapter) >= 0.97 * exam.score(rungs[champion].space)
    assert exam.score(rungs["raw"].space) < 0.1


def test_memory_falls_behind_where_moods_combine_anew_and_not_where_few_come_back(synthetic):
    train, validation, test = parts(synthetic(levels=4))
    rungs, exam = ladder(train, validation, QUICK), Exam.of(test)
    assert exam.score(rungs["topic_only"].space) < exam.score(rungs["knn_cache"].space) < 0.8 * exam.score(rungs["cca"].space)
    train, validation, test = parts(synthetic(moods=6, noise=0.05))
    rungs, exam = ladder(train, validation, QUICK), Exam.of(test)
    best = max(exam.score(rungs[name].space) for name in ("topic_only", "knn_cache"))
    assert best >= 0.95 * max(exam.score(rungs[name].space) for name in ("ridge_identity", "ridge_zero", "procrustes", "centred"))


def rounds(train, validation):
    """Pairs to fit on and pairs to ask, round by round, written out."""
    one, other = folds_of(train.groups, 2, QUICK.seed)
    return [(train, validation), (train.within(other), train.within(one)), (train.within(one), train.within(other))]


def pooled(asked):
    """The mean over all queries of every (space, held-out pairs)."""
    return np.concatenate([Exam.of(held).marks(space) for space, held in asked]).mean()


def test_every_rung_is_the_best_of_its_grid_over_folds_and_validation_together(synthetic):
    train, validation, _ = parts(synthetic())
    found = ladder(train, validation, QUICK)["cca"]
    held = [(list(closed_forms(fit_on)), asked) for fit_on, asked in rounds(train, validation)]
    places = [place for place, (_, space) in enumerate(held[0][0]) if space.name == "cca"]
    figures = {place: pooled([(spaces[place][1], asked) for spaces, asked in held]) for place in places}
    best = max(figures, key=lambda place: figures[place])
    assert found.validation == pytest.approx(figures[best])
    assert found.settings == held[0][0][best][0]
    np.testing.assert_array_equal(found.space.text.matrix, held[0][0][best][1].text.matrix)


def test_folds_decide_a_strength_where_validation_cannot_tell(synthetic):
    world = synthetic(levels=4)
    train, validation = world.posts(60, seed=1), world.posts(1, seed=6, first_group=1000)
    exam = Exam.of(validation)
    assert {exam.score(space) for _, space in closed_forms(train) if space.name == "ridge_zero"} == {1.0}  # one post: nothing to confuse
    assert ladder(train, validation, QUICK)["ridge_zero"].settings["strength"] != STRENGTHS[0]


def test_the_adapter_is_measured_over_the_same_rounds_as_the_rungs(synthetic):
    train, validation, _ = parts(synthetic(levels=4))
    settings = choose_settings(train, validation, QUICK)
    found = pooled_score(train, validation, QUICK, settings)
    assert found == pytest.approx(pooled([(fit(fit_on, QUICK, settings), asked) for fit_on, asked in rounds(train, validation)]))


def test_training_that_does_not_better_its_start_is_not_done(synthetic):
    train, validation, _ = parts(synthetic(levels=4))
    wild = Recipe(grid=replace(QUICK.grid, learning_rate=1.0, starts=("closed_form",)))
    settings = choose_settings(train, validation, wild)
    assert settings.steps == 0
    start = start_of(train, wild, settings)
    np.testing.assert_allclose(fit(train, wild, settings).text.matrix, start.space(start.text, start.image).text.matrix, atol=1e-6)


def test_training_that_betters_a_poor_start_is_done(synthetic):
    train, validation, _ = parts(synthetic(levels=4))
    poor = Recipe(grid=replace(QUICK.grid, starts=("identity",)))
    settings = choose_settings(train, validation, poor)
    assert settings.steps > 0
    before, after = (pooled_score(train, validation, poor, replace(settings, steps=steps)) for steps in (0, settings.steps))
    assert after > before + 0.1


def test_a_gain_counts_groups_not_queries():
    gained = np.repeat([0.3, -0.1], [30, 10])
    assert is_gain(gained, np.arange(40))
    assert not is_gain(gained, np.repeat([0, 1, 2, 3], 10) // 3)  # three of one group, one of another: two witnesses that disagree
    assert not is_gain(np.zeros(40), np.arange(40))


def test_folds_hold_every_group_once():
    folds = folds_of(np.array([3, 3, 5, 9, 11, 11, 12]), 2, seed=0)
    assert sorted(np.concatenate(folds).tolist()) == [3, 5, 9, 11, 12]


def test_the_text_side_alone_leaves_images_where_they_were(synthetic):
    train, validation, _ = parts(synthetic(levels=4))
    recipe = Recipe(adapter="text_only", grid=QUICK.grid)
    space = fit(train, recipe, choose_settings(train, validation, recipe))
    np.testing.assert_allclose(space.map_images(validation.images.vectors), validation.images.vectors, atol=1e-6)
    assert Exam.of(validation).score(space) > 0.3
