import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.train.pairs import Items, PairSet
from pipeline.train.ranking import figures_of, question_of


def items(groups):
    names = tuple(f"n{i}" for i in range(len(groups)))
    return Items(vectors=np.zeros((len(groups), 2), np.float32), groups=np.array(groups, np.int64), ids=names, sha256=names)


def pairs_of(text_groups, image_groups, links):
    text_index, image_index = (np.array(side, np.int64) for side in zip(*links, strict=True))
    weights = np.ones(len(links), np.float32)
    return PairSet(texts=items(text_groups), images=items(image_groups), text_index=text_index, image_index=image_index, weights=weights)


def slow_figures(similarity, pairs):
    """One query after another: a ranked list without junk, negatives before positives where similarities tie."""
    found = {"map@r": [], "recall@1": [], "recall@5": [], "recall@10": []}
    links = set(zip(pairs.text_index.tolist(), pairs.image_index.tolist(), strict=True))
    for text, group in enumerate(pairs.texts.groups):
        right = {image for t, image in links if t == text}
        list_ = [i for i in range(len(pairs.images)) if i in right or pairs.images.groups[i] != group]
        list_.sort(key=lambda i: (-similarity[text, i], i in right))
        hits = [i in right for i in list_]
        found["map@r"].append(sum(sum(hits[: k + 1]) / (k + 1) for k in range(len(right)) if hits[k]) / len(right))
        for k in (1, 5, 10):
            found[f"recall@{k}"].append(float(any(hits[:k])))
    return found


@st.composite
def cases(draw):
    texts, images = draw(st.integers(1, 6)), draw(st.integers(1, 14))
    text_groups = draw(st.lists(st.integers(0, 3), min_size=texts, max_size=texts))
    image_groups = draw(st.lists(st.integers(0, 3), min_size=images, max_size=images))
    links = [(text, draw(st.integers(0, images - 1))) for text in range(texts)]
    links += draw(st.lists(st.tuples(st.integers(0, texts - 1), st.integers(0, images - 1)), max_size=8))
    values = draw(st.lists(st.integers(-2, 2), min_size=texts * images, max_size=texts * images))  # few values: many ties
    return pairs_of(text_groups, image_groups, links), np.array(values, np.float32).reshape(texts, images)


@settings(deadline=None)
@given(cases())
def test_figures_equal_those_of_ranked_lists(case):
    pairs, similarity = case
    figures, slow = figures_of(similarity, question_of(pairs)), slow_figures(similarity, pairs)
    assert figures.keys() == slow.keys()
    for metric, values in slow.items():
        np.testing.assert_allclose(figures[metric], values)


def test_the_example_of_the_docstring():
    pairs = pairs_of([0], [0, 0, 1], [(0, 0), (0, 1)])
    assert figures_of(np.float32([[0.9, 0.1, 0.5]]), question_of(pairs))["map@r"].tolist() == [0.5]


def test_other_pictures_of_the_same_group_are_neither_right_nor_wrong():
    pairs = pairs_of([0], [0, 0, 1], [(0, 0)])
    assert figures_of(np.float32([[0.5, 0.9, 0.1]]), question_of(pairs))["map@r"].tolist() == [1.0]


def test_a_space_that_says_nothing_is_given_nothing():
    pairs = pairs_of([0, 1], [0, 1], [(0, 0), (1, 1)])
    assert figures_of(np.zeros((2, 2), np.float32), question_of(pairs))["map@r"].tolist() == [0.0, 0.0]
