import numpy as np
import pytest

from pipeline.evaluate.gap import Placed, centre_distance, gap_figures, relative_gap, separability
from pipeline.train.closed_form import centred
from pipeline.train.pairs import PairSet
from pipeline.train.spaces import raw_space
from pipeline.train.whiten import moments_of

WEIGHTS = np.ones(1, np.float32)


def slow_rmg(texts, images, pairs):
    def half(a, b):
        return (1 - a @ b) / 2

    links = list(zip(pairs.text_index, pairs.image_index, strict=True))
    by_text = [np.mean([half(texts[t], images[i]) for t, i in links if t == text]) for text in range(len(texts))]
    by_image = [np.mean([half(texts[t], images[i]) for t, i in links if i == image]) for image in range(len(images))]
    across, within = (np.mean(by_text) + np.mean(by_image)) / 2, []
    for side, groups in ((texts, pairs.texts.groups), (images, pairs.images.groups)):
        places = [(a, b) for a in range(len(side)) for b in range(len(side)) if groups[a] != groups[b]]
        within.append(np.mean([half(side[a], side[b]) for a, b in places]))
    return across / (across + sum(within) / 2)


def test_the_relative_gap_equals_its_definition(synthetic):
    pairs = synthetic().posts(8, texts=2, images=3)
    uneven = pairs.select(np.arange(len(pairs)) % 5 != 0)  # some items have more positives than others
    placed = Placed.of(raw_space(64), uneven, 0)
    value, low, high = relative_gap(placed)
    assert value == pytest.approx(slow_rmg(placed.texts, placed.images, uneven))
    assert low < value < high


def test_the_interval_of_the_relative_gap_is_that_of_groups_drawn_one_by_one(synthetic):
    pairs = synthetic().posts(6, texts=2, images=2)
    placed = Placed.of(raw_space(64), pairs, 0, draws=20)
    codes, slow = np.unique(pairs.groups), []
    for counts in placed.draws.counts:
        drawn = [int(group) for group, count in zip(codes, counts, strict=True) for _ in range(int(count))]
        texts, images = (np.concatenate([np.flatnonzero(side.groups == group) for group in drawn]) for side in (pairs.texts, pairs.images))
        slow.append(slow_rmg(placed.texts[texts], placed.images[images], joined(pairs, texts, images)))
    assert relative_gap(placed)[1:] == pytest.approx(tuple(np.quantile(slow, (0.025, 0.975))))


def joined(pairs, texts, images):
    """The pairs among items drawn with replacement, every copy an item of its own."""
    links = set(zip(pairs.text_index.tolist(), pairs.image_index.tolist(), strict=True))
    rows, columns = np.nonzero([[(text, image) in links for image in images] for text in texts])
    return PairSet(texts=pairs.texts.take(texts), images=pairs.images.take(images), text_index=rows, image_index=columns, weights=WEIGHTS)


def test_the_centre_distance_equals_its_definition(synthetic):
    pairs = synthetic(gap=0.8).posts(20)
    value, low, high = centre_distance(Placed.of(raw_space(64), pairs, 0))
    assert value == pytest.approx(np.linalg.norm(pairs.texts.vectors.mean(0) - pairs.images.vectors.mean(0)), rel=1e-5)
    assert low < value < high
    assert high - low < 0.2


def test_the_centre_distance_of_no_gap_lies_within_its_interval_too(synthetic):
    value, low, high = centre_distance(Placed.of(centred(moments_of(pairs := synthetic(gap=0.8).posts(40))), pairs, 0))
    assert value < 0.2
    assert low <= value <= high


def test_a_gap_separates_and_none_does_not(synthetic):
    assert separability(Placed.of(raw_space(64), synthetic(gap=1.0).posts(40), 0), 0)[0] > 0.99
    noise = synthetic(gap=0.0, noise=2.0).posts(40)
    value, low, high = separability(Placed.of(raw_space(64), noise, 0), 0)
    assert 0.4 < value < 0.62
    assert low <= value <= high


def test_every_figure_is_finite_for_a_single_pair(synthetic):
    figures = gap_figures(Placed.of(raw_space(64), synthetic().posts(1, texts=1, images=1), 0), 0)
    assert all(np.isfinite(figure).all() for figure in figures.values())
