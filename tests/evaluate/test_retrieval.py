import numpy as np
import pytest

from pipeline.evaluate.retrieval import METRICS, Asked, chance
from pipeline.train.ranking import figures_of, question_of
from pipeline.train.spaces import AffineMap, AffineSpace, raw_space


def test_chance_is_what_random_orders_reach_on_average(synthetic):
    pairs = synthetic().posts(5, texts=2, images=3)
    question, random = question_of(pairs), np.random.default_rng(0)
    rounds = [figures_of(random.random((10, 15)).astype(np.float32), question) for _ in range(3000)]
    expected = chance(question)
    assert set(expected) == set(METRICS)
    for metric, values in expected.items():
        np.testing.assert_allclose(values, np.mean([found[metric] for found in rounds], axis=0), atol=0.04)
        assert values.mean() == pytest.approx(np.mean([found[metric].mean() for found in rounds]), abs=0.01)


def test_chance_where_everything_is_right(synthetic):
    only = synthetic().posts(1, texts=1, images=3)
    assert {metric: values.tolist() for metric, values in chance(question_of(only)).items()} == {metric: [1.0] for metric in METRICS}


def test_both_directions_ask_the_same_similarities(synthetic):
    pairs = synthetic().posts(12)
    forward, back = Asked.both(pairs, seed=0)
    random = np.random.default_rng(0)
    text, image = (AffineMap(np.zeros(64, np.float32), random.normal(size=(64, 64)).astype(np.float32)) for _ in range(2))
    space = AffineSpace("any", text, image)
    similarity = space.similarity(pairs.texts.vectors, pairs.images.vectors)
    np.testing.assert_array_equal(forward.figures(space)["map@r"], figures_of(similarity, question_of(pairs))["map@r"])
    np.testing.assert_array_equal(back.figures(space)["map@r"], figures_of(similarity.T.copy(), question_of(pairs.swapped()))["map@r"])


def test_an_interval_holds_its_figure(synthetic):
    asked, _ = Asked.both(synthetic(gap=0.0).posts(30), seed=0)
    for value, low, high in asked.summary(asked.figures(raw_space(64))).values():
        assert low <= value <= high
