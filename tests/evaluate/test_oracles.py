from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluate.oracles import LOT, oracle_of
from pipeline.train.ranking import figures_of, question_of

HABIT = [[["key", "bell"], ["rope"], ["star"]], [["fish"], ["moon"]]]


def facts(pairs, styles):
    return {
        "habit": HABIT,
        "noise": {"word": 0.1, "style": 0.05},
        "styles": {name: {"sha256": name, "style": style} for name, style in zip(pairs.images.sha256, styles, strict=True)},
    }


def slow_score(words, style):
    """The likelihood ratio, summed over moods one by one."""
    total = 0.0
    for factor, levels in enumerate(HABIT):
        k = len(levels)
        likely = [
            np.prod([0.9 if word in level else 0.1 / (k - 1) for word in words if any(word in other for other in levels)])
            for level in levels
        ]
        shown = [0.95 if level == style[factor] else 0.05 / (k - 1) for level in range(k)]
        total += np.log(sum(p / sum(likely) * q for p, q in zip(likely, shown, strict=True)) * k)
    return total


@pytest.fixture
def pairs(synthetic):
    return synthetic().posts(3, texts=1, images=1)


def test_the_oracle_scores_by_the_likelihood_of_one_mood(pairs):
    passages, styles = ["The key, a bell and the MOON.", "rope rope star", "nothing of the sort"], [[0, 1], [1, 0], [2, 1]]
    oracle = oracle_of(pairs, passages, facts(pairs, styles))
    words = [["key", "bell", "moon"], ["rope", "rope", "star"], []]
    expected = [[slow_score(some, style) for style in styles] for some in words]
    np.testing.assert_allclose(oracle.similarity(pairs.texts.vectors, pairs.images.vectors), expected, atol=2 * LOT)


def test_pictures_that_look_alike_are_told_apart_by_lot_not_against_the_oracle(synthetic):
    pairs = synthetic().posts(200, texts=1, images=1)
    oracle = oracle_of(pairs, ["key moon"] * 200, facts(pairs, [[0, 1]] * 200))
    figures = figures_of(oracle.similarity(pairs.texts.vectors, pairs.images.vectors), question_of(pairs))
    assert 0.01 < figures["recall@10"].mean() < 0.11  # of 200 equals 10 are first: 0.05 by chance, 0 against the oracle


def test_a_picture_without_a_true_style_leaves_no_oracle(pairs):
    known = facts(pairs, [[0, 1]] * 3)
    stranger = replace(pairs, images=replace(pairs.images, sha256=("unknown", *pairs.images.sha256[1:])))
    assert oracle_of(stranger, ["", "", ""], known) is None


def test_the_oracle_answers_only_for_its_own_split(pairs):
    oracle = oracle_of(pairs, ["", "", ""], facts(pairs, [[0, 1]] * 3))
    with pytest.raises(ValueError, match="asked about"):
        oracle.similarity(pairs.texts.vectors[:1], pairs.images.vectors)
