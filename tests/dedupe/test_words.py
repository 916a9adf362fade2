import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedupe.words import JACCARD, NEAR_WORDS, near_texts, normalised, runs


def slow_jaccard(a, b):
    one, other = ({tuple(text.split()[i : i + 3]) for i in range(len(text.split()) - 2)} for text in (a, b))
    return len(one & other) / len(one | other)


def slow_near(texts):
    long = [i for i, text in enumerate(texts) if len(text.split()) >= NEAR_WORDS]
    return {(i, j) for i in long for j in long if i < j and slow_jaccard(texts[i], texts[j]) >= JACCARD}


def edited_copies(seed):
    rng = np.random.default_rng(seed)
    vocabulary = [f"word{i}" for i in range(400)]
    texts = []
    for _ in range(30):
        words = list(rng.choice(vocabulary, 60))
        copy = list(words)
        for _ in range(int(rng.integers(0, 14))):
            copy[int(rng.integers(60))] = str(rng.choice(vocabulary))
        texts += [" ".join(words), " ".join(copy)]
    return texts


@pytest.mark.parametrize("seed", range(5))
def test_finds_what_exact_jaccard_over_all_pairs_finds(seed):
    texts = edited_copies(seed)
    assert {(i, j) for i, j, _ in near_texts(texts)} == slow_near(texts)


def test_distance_is_one_less_the_exact_jaccard_index():
    texts = edited_copies(1)
    found = near_texts(texts)
    assert found
    assert all(distance == pytest.approx(1 - slow_jaccard(texts[i], texts[j])) for i, j, distance in found)


def test_short_texts_are_near_nothing():
    assert near_texts(["dear friends of the studio", "dear friends of the studio"]) == []
    assert near_texts(["a shoe and a kite and a house by the sea", "a shoe and a kite and a house by the hill"]) == []


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


def test_normalised_texts_read_the_same_whatever_their_typography():
    assert normalised("“Don’t,” SAID  the ﬁsh—twice.") == "don t said the fish twice"


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.integers(1, 5))
def test_equal_runs_have_equal_hashes_and_others_do_not(words, length):
    hashes = runs(" ".join(words), length).tolist()
    slow = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    assert len(hashes) == len(slow)
    assert [[a == b for b in hashes] for a in hashes] == [[a == b for b in slow] for a in slow]
