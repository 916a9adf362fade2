from dataclasses import replace

import numpy as np
import pytest
import torch

from pipeline.errors import NotEnoughData
from pipeline.train.adapters import start_of
from pipeline.train.folder import weights_of
from pipeline.train.loop import deterministic, fit
from pipeline.train.recipe import Grid, Recipe, Settings

RECIPE = Recipe(grid=Grid(batch=32))
SETTINGS = Settings(start="closed_form", centre=True, shrinkage=0.1, power=1.0, share=1.0, pull=0.1, temperature=0.1, steps=20)


def test_the_same_inputs_give_the_same_weights(synthetic):
    pairs = synthetic().posts(20)
    assert weights_of(fit(pairs, RECIPE, SETTINGS)) == weights_of(fit(pairs, RECIPE, SETTINGS))


def test_no_steps_leave_the_start(synthetic):
    pairs = synthetic().posts(20)
    seen, start = [], start_of(pairs, RECIPE, SETTINGS)
    space = fit(pairs, RECIPE, replace(SETTINGS, steps=0), lambda step, loss, _: seen.append((step, loss)))
    np.testing.assert_allclose(space.text.matrix, start.space(start.text, start.image).text.matrix, atol=1e-6)
    assert [step for step, _ in seen] == [0]


def test_the_curve_looks_at_the_same_pairs_every_time(synthetic):
    pairs, still = synthetic().posts(40), Recipe(grid=Grid(batch=16, every=1, learning_rate=1e-9))
    seen = []
    fit(pairs, still, SETTINGS, lambda step, loss, _: seen.append((step, loss)))
    assert [step for step, _ in seen] == list(range(21))
    assert {round(loss, 4) for _, loss in seen} == {round(seen[0][1], 4)}  # nothing moves, so no loss does


def test_another_seed_gives_other_weights(synthetic):
    pairs = synthetic().posts(20)
    assert weights_of(fit(pairs, RECIPE, SETTINGS)) != weights_of(fit(pairs, Recipe(seed=1, grid=RECIPE.grid), SETTINGS))


def test_the_random_numbers_of_others_stay_as_they_were(synthetic):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    fit(synthetic().posts(6), RECIPE, SETTINGS)
    assert torch.equal(torch.rand(1), expected)


def test_threads_and_strictness_come_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError), deterministic():
            assert torch.get_num_threads() == 1
            raise KeyError
        assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (2, False)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_groups_are_too_little(synthetic, count):
    pairs = synthetic().posts(2)
    with pytest.raises(NotEnoughData, match="two groups"):
        fit(pairs.within(np.arange(count)), RECIPE, SETTINGS)


def test_folding_and_turning_change_no_cosine(synthetic):
    pairs = synthetic().posts(20)
    start = start_of(pairs, RECIPE, SETTINGS)
    texts, images = pairs.texts.vectors, pairs.images.vectors
    turned, straight = (start.space(start.text, start.image, turned=flag) for flag in (True, False))
    np.testing.assert_allclose(turned.similarity(texts, images), straight.similarity(texts, images), atol=1e-4)


def test_the_turn_moves_the_data_less_than_any_other(synthetic):
    pairs = synthetic().posts(20)
    start = start_of(pairs, RECIPE, SETTINGS)
    space = start.space(start.text, start.image)

    def moved(turn):
        sides = ((space.text, pairs.texts.vectors, pairs.text_index), (space.image, pairs.images.vectors, pairs.image_index))
        return sum(np.sum(((v[i] - m.mean) @ m.matrix @ turn - (v[i] - m.mean)) ** 2) for m, v, i in sides)

    random = np.random.default_rng(0)
    others = [np.linalg.qr(np.eye(64) + 0.1 * random.normal(size=(64, 64)))[0] for _ in range(20)]
    assert all(moved(np.eye(64)) <= moved(other) for other in others)
