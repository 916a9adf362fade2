import numpy as np
import pytest

from pipeline.evaluate.statistics import Draws, difference_interval, interval, permutation_p, ratio_interval


def test_means_of_draws_equal_those_of_the_copied_items():
    random = np.random.default_rng(0)
    groups, values = np.repeat([7, 3, 9], [2, 5, 1]), random.random(8)
    draws = Draws.over(groups, seed=1, draws=50)
    copies = [
        np.concatenate([np.repeat(values[groups == g][None], int(n), 0).ravel() for g, n in zip([3, 7, 9], row, strict=True)])
        for row in draws.counts
    ]
    np.testing.assert_allclose(draws.means(values), [copy.mean() for copy in copies])


def test_the_same_seed_draws_the_same_groups_and_another_others():
    groups = np.arange(20)
    assert (Draws.over(groups, 1).counts == Draws.over(groups, 1).counts).all()
    assert (Draws.over(groups, 1).counts != Draws.over(groups, 2).counts).any()
    assert (Draws.over(groups, 1).counts.sum(axis=1) == 20).all()


def test_items_of_one_group_widen_the_interval_as_one_witness_should():
    random = np.random.default_rng(0)
    by_group = np.repeat(random.random(20), 50)
    low, high = interval(Draws.over(np.repeat(np.arange(20), 50), 0).means(by_group))
    naive_low, naive_high = interval(Draws.over(np.arange(1000), 0).means(by_group))
    assert high - low > 4 * (naive_high - naive_low)


def test_paired_draws_see_that_one_is_always_twice_the_other():
    random = np.random.default_rng(0)
    values = random.random(40)
    draws = Draws.over(np.repeat(np.arange(10), 4), 0)
    assert ratio_interval(draws, 2 * values, values) == pytest.approx((2, 2, 2))
    assert difference_interval(draws, values + 0.25, values) == pytest.approx((0.25, 0.25, 0.25))


def test_a_space_that_finds_nothing_gives_no_nan():
    draws = Draws.over(np.arange(5), 0)
    ratio, low, high = ratio_interval(draws, np.ones(5), np.zeros(5))
    assert ratio == np.inf
    assert low == high == np.finfo(float).max


def test_the_permutation_counts_the_model_itself():
    assert permutation_p(0.5, [0.1] * 19) == pytest.approx(1 / 20)
    assert permutation_p(0.5, [0.5, 0.9, 0.1]) == pytest.approx(3 / 4)
