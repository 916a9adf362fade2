import numpy as np
import pytest

from pipeline.evaluate.truth import FILES, truth_version, with_recurring_moods
from pipeline.train import Recipe, load_pairs
from pipeline.train.ranking import question_of


def told(filled, synthetic, mood_of):
    """The test pairs of a filled warehouse and the same with recurring moods; `mood_of` gives a mood for a post's number."""
    here = filled(world=synthetic(levels=4), train=4, validation=2, test=4).write()
    pairs = load_pairs(here.home, "ada", "fixed", Recipe()).test
    posts = sorted({row["url"] for row in here.rows["passages"]})
    facts = {"moods": {post: mood for number, post in enumerate(posts) if (mood := mood_of(number)) is not None}}
    return pairs, with_recurring_moods(here.home, "ada", pairs, facts)


def test_where_each_post_has_its_own_mood_nothing_is_added(filled, synthetic):
    pairs, more = told(filled, synthetic, lambda number: [number, 0, 0, 0])
    np.testing.assert_array_equal(more.text_index, pairs.text_index)
    np.testing.assert_array_equal(more.image_index, pairs.image_index)


def test_where_a_mood_comes_back_its_other_pictures_are_right_too(filled, synthetic):
    pairs, more = told(filled, synthetic, lambda number: [1, 2, 0, 0])
    assert set(question_of(more).positives.tolist()) == {len(pairs.images)}
    np.testing.assert_array_equal(more.texts.groups, pairs.texts.groups)


def test_a_post_that_is_not_in_the_truth_shares_no_mood(filled, synthetic):
    pairs, more = told(filled, synthetic, lambda number: None)
    assert len(more) == len(pairs)


@pytest.mark.parametrize("changed", FILES)
def test_the_version_of_a_truth_follows_every_file(tmp_path, changed):
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    before = truth_version(tmp_path)
    assert truth_version(tmp_path) == before
    (tmp_path / changed).write_bytes(b"other")
    assert truth_version(tmp_path) != before
