import numpy as np
import pytest

from pipeline.dedupe.quotations import CONTAINED, LONGER, candidates, prints, quotations
from pipeline.dedupe.words import JACCARD, LETTERS, NEAR_WORDS


def triples(text):
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def slow_quotations(texts):
    found = set()
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            long = len(one.split()) >= NEAR_WORDS and len(other.split()) >= LONGER * len(one.split())
            part, whole = triples(one), triples(other)
            if long and len(part & whole) >= CONTAINED * len(part) and len(part & whole) < JACCARD * len(part | whole):
                found.add((i, j))
    return found


def quoting(seed, count=60):
    """Passages of 16 to 80 words, and longer ones that hold them: as they are, with words exchanged, added or left out."""
    rng = np.random.default_rng(seed)
    vocabulary = [f"word{i}" for i in range(3000)]
    texts = []
    for _ in range(count):
        quote = list(rng.choice(vocabulary, int(rng.integers(NEAR_WORDS, 80))))
        held = list(quote)
        for _ in range(int(rng.integers(0, 4))):
            place = int(rng.integers(len(held)))
            held[place : place + int(rng.integers(2))] = list(rng.choice(vocabulary, int(rng.integers(2))))
        before, after = (list(rng.choice(vocabulary, int(rng.integers(0, 60)))) for _ in range(2))
        texts += [" ".join(quote), " ".join([*before, *held, *after])]
    return texts


@pytest.mark.parametrize("seed", range(6))
def test_finds_what_comparing_all_with_all_finds(seed):
    texts = quoting(seed)
    truth = slow_quotations(texts)
    assert len(truth) > 20
    assert {(i, j) for i, j, _ in quotations(texts)} == truth


@pytest.mark.parametrize("place", [1, 11, 21])
def test_the_shortest_text_with_a_word_put_in_is_found_wherever_the_word_stands(place):
    quote = [f"word{i}" for i in range(22)]
    held = [*quote[:place], "however", *quote[place:], *(f"other{i}" for i in range(40))]
    assert [pair[:2] for pair in quotations([" ".join(held), " ".join(quote)])] == [(1, 0)]


def test_distance_is_the_share_of_the_quotation_that_is_missing():
    quote = [f"word{i}" for i in range(40)]
    held = [*quote[:20], "instead", *quote[21:], *(f"other{i}" for i in range(50))]
    assert quotations([" ".join(quote), " ".join(held)]) == [(0, 1, pytest.approx(3 / 38))]


def test_what_is_near_as_it_is_is_no_quotation():
    text = " ".join(f"word{i}" for i in range(40))
    assert quotations([text, text, f"{text} and so on"]) == []


def test_a_shared_phrase_is_no_quotation():
    phrase = "at the end of the day when all is said and done"
    one, other = (" ".join([*(f"{name}{i}" for i in range(count)), phrase]) for name, count in (("one", 20), ("other", 60)))
    assert quotations([one, other]) == []


def test_short_texts_stand_inside_nothing():
    short = "a shoe and a kite and a chair"
    assert quotations([short, f"{short} and a house by the sea where nobody ever came in all those years"]) == []


@pytest.mark.parametrize("seed", range(3))
def test_candidates_of_new_texts_are_those_of_all_that_touch_a_new_one(seed):
    texts = quoting(seed)
    found, sizes = prints(texts), np.array([len(text.split()) for text in texts])
    new = np.random.default_rng(seed).random(len(texts)) < 0.3
    every = candidates(found, sizes, np.ones(len(texts), dtype=bool))
    assert candidates(found, sizes, new).tolist() == every[new[every].any(1)].tolist()
    assert len(every) > 10


def test_texts_hashed_together_have_the_prints_that_each_has_alone():
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{i}" for i in rng.integers(0, 300, size)) for size in (3, LETTERS // 3, 40, 5, LETTERS, 16, 3)]
    assert [each.tolist() for each in prints(texts)] == [prints([text])[0].tolist() for text in texts]
