import numpy as np
import pytest

from pipeline.evaluate.gap import Placed, centre_distance, gap_figures, relative_gap, separability
from pipeline.train.spaces import raw_space


def slow_rmg(texts, images, pairs):
    def half(a, b):
        return (1 - a @ b) / 2

    across = np.mean([half(texts[t], images[i]) for t, i in zip(pairs.text_index, pairs.image_index, strict=True)])
    within = [np.mean([half(side[a], side[b]) for a in range(len(side)) for b in range(len(side)) if a != b]) for side in (texts, images)]
    return across / (across + sum(within) / 2)


def test_the_relative_gap_equals_its_definition(synthetic):
    pairs = synthetic().posts(8, texts=2, images=2)
    placed = Placed.of(raw_space(64), pairs, 0)
    value, low, high = relative_gap(placed)
    assert value == pytest.approx(slow_rmg(placed.texts, placed.images, pairs))
    assert low < high


def test_the_centre_distance_equals_its_definition(synthetic):
    pairs = synthetic(gap=0.8).posts(20)
    value, low, high = centre_distance(Placed.of(raw_space(64), pairs, 0))
    assert value == pytest.approx(np.linalg.norm(pairs.texts.vectors.mean(0) - pairs.images.vectors.mean(0)), rel=1e-5)
    assert low <= value <= high + 0.05


def test_a_gap_separates_and_none_does_not(synthetic):
    assert separability(Placed.of(raw_space(64), synthetic(gap=1.0).posts(40), 0), 0)[0] > 0.99
    noise = synthetic(gap=0.0, noise=2.0).posts(40)
    value, low, high = separability(Placed.of(raw_space(64), noise, 0), 0)
    assert 0.4 < value < 0.62
    assert low <= value <= high


def test_every_figure_is_finite_for_a_single_pair(synthetic):
    figures = gap_figures(Placed.of(raw_space(64), synthetic().posts(1, texts=1, images=1), 0), 0)
    assert all(np.isfinite(figure).all() for figure in figures.values())
