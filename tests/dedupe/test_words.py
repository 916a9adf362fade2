import re
import string
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedupe.words import JACCARD, LETTERS, NEAR_WORDS, candidates, near_texts, normalised, runs, shingles, sketch


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


def altered(words, rng):
    """Words added at the end, cut off the beginning or exchanged."""
    count = int(rng.integers(1, 5))
    if rng.random() < 0.3:
        return words[count:]
    places = rng.integers(0, len(words), count // 2)
    copy = [f"other{i}" if i in places else word for i, word in enumerate(words)]
    return [*copy, *(f"end{i}" for i in range(count))]


def test_the_shortest_texts_are_found_even_where_they_just_agree():
    rng = np.random.default_rng(0)
    texts = []
    for number in range(400):
        words = [f"word{number}x{i}" for i in range(NEAR_WORDS + number % 8)]
        texts += [" ".join(words), " ".join(altered(words, rng))]
    near = {
        (i, i + 1) for i in range(0, 800, 2) if slow_jaccard(texts[i], texts[i + 1]) >= JACCARD and len(texts[i + 1].split()) >= NEAR_WORDS
    }
    found = {(i, j) for i, j, _ in near_texts(texts)}
    assert len(near) > 100
    assert found <= near
    assert len(found) >= 0.99 * len(near)


@pytest.mark.parametrize("seed", range(3))
def test_candidates_of_new_texts_are_those_of_all_that_touch_a_new_one(seed):
    sketches = sketch(edited_copies(seed))
    new = np.random.default_rng(seed).random(len(sketches)) < 0.3
    every = candidates(sketches, np.ones(len(sketches), dtype=bool))
    assert candidates(sketches, new).tolist() == every[new[every].any(1)].tolist()
    assert len(every) > 10


def test_texts_hashed_together_have_the_shingles_and_the_sketch_that_each_has_alone():
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{i}" for i in rng.integers(0, 300, size)) for size in (3, LETTERS // 3, 40, 5, LETTERS, LETTERS // 3, 3)]
    assert [each.tolist() for each in shingles(texts)] == [shingles([text])[0].tolist() for text in texts]
    assert [len(each) for each in shingles(texts)] == [len(set(zip(w, w[1:], w[2:], strict=False))) for w in map(str.split, texts)]
    assert (sketch(texts) == np.concatenate([sketch([text]) for text in texts])).all()


@given(st.text(max_size=80) | st.text(string.printable, max_size=80))
def test_words_are_runs_of_letters_digits_and_underscores(text):
    assert normalised(text) == " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


def test_normalised_texts_read_the_same_whatever_their_typography():
    assert normalised("“Don’t,” SAID  the ﬁsh—twice.") == "don t said the fish twice"


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["a", "b", "ab", "ba", "é"]), max_size=12), st.integers(1, 5))
def test_equal_runs_have_equal_hashes_and_others_do_not(words, length):
    hashes = runs(" ".join(words), length).tolist()
    slow = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    assert len(hashes) == len(slow)
    assert [[a == b for b in hashes] for a in hashes] == [[a == b for b in slow] for a in slow]
