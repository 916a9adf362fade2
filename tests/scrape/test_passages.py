from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.passages import LONGEST, split, tidy, tidy_verse

SENTENCE = "The kettle sang on the hob, and nobody listened to it at all. "


@holds_for(st.lists(st.sampled_from(["word", "End.", "“Why?”", "\n", "3.5", "a\nb", "…"]), max_size=600), light=200)
def test_no_word_is_lost_or_added(words: list[str]) -> None:
    text = tidy(" ".join(words))
    assert " ".join(split(text)).split() == text.split()


@holds_for(st.integers(1, 120), st.integers(1, 60), light=60)
def test_pieces_are_bounded_and_alike(words: int, sentences: int) -> None:
    pieces = split(("word " * (words - 1) + "end. ") * sentences)
    sizes = [len(piece.split()) for piece in pieces]
    assert all(size <= 2 * LONGEST for size in sizes)
    assert len(pieces) <= 1 + 2 * words * sentences / LONGEST


def test_long_paragraphs_are_cut_at_sentences() -> None:
    pieces = split(SENTENCE * 30)
    assert len(pieces) > 1
    assert all(piece.startswith("The kettle") and piece.endswith("at all.") for piece in pieces)


def test_long_lists_are_cut_at_lines() -> None:
    pieces = split("\n".join(f"{number} spoons of flour. Then stir" for number in range(60)))
    assert len(pieces) > 1
    assert all(piece.endswith("Then stir") for piece in pieces)


def test_an_endless_sentence_is_cut_between_words() -> None:
    assert max(len(piece.split()) for piece in split("and " * 1000)) <= LONGEST


def test_white_space() -> None:
    assert tidy("  a\xa0 b\t\n\n  c ") == "a b\nc"
    assert tidy_verse("\n  a\n    b  \n\nc\n") == "  a\n    b\n\nc"


def test_a_megabyte_of_stops_is_cut_in_one_pass() -> None:
    assert split("." * 1_000_000 + " So it ends." * 60)[0].startswith("...")  # with backtracking this takes hours
