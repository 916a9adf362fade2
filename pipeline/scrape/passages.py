"""Running text to paragraph-sized passages. Words stay as they are, white space is normalised."""

import re
from collections.abc import Iterable

LONGEST = 120  # words; longer paragraphs are split at sentences, longer lists at their items
MOST_LETTERS = 4000  # of a passage: six times a long one; what has more is no prose, and cut anywhere
# A sentence ends at . ! ? or an ellipsis, with its closing quotes and brackets, before white space and a new beginning.
# Possessive, and begun only where a run of stops begins: a megabyte of dots would cost the square of its length.
SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++(?=[\"'“‘«(\[]*+[A-Z0-9À-Þ—])")


def tidy(text: str) -> str:
    """A text with single spaces, and line breaks only where lines end; empty lines are gone."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def tidy_verse(text: str) -> str:
    """A preformatted text: its spaces and empty lines kept, empty edges dropped."""
    return "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n")).strip("\n")


def split(text: str, longest: int = LONGEST) -> list[str]:
    """The text in pieces of at most about `longest` words, of like size, cut at lines, else at sentences.

    A sentence longer than twice that is cut between words. The words of the pieces are the words of the text, but for words of
    thousands of letters, which are cut too.
    """
    return [piece[start : start + MOST_LETTERS] for piece in _pieces(text, longest) for start in range(0, len(piece), MOST_LETTERS)]


def _pieces(text: str, longest: int) -> list[str]:
    count = len(text.split())
    if count <= longest:
        return [text] if text.strip() else []
    units = [piece for unit in _units(text) for piece in _bounded(unit, longest)]
    target = count / -(-count // longest)
    pieces: list[list[str]] = [[]]
    size = 0
    for unit in units:
        words = len(unit.split())
        if pieces[-1] and size + words / 2 > target:
            pieces.append([])
            size = 0
        pieces[-1].append(unit)
        size += words
    return [joined for piece in pieces if (joined := "".join(piece).strip())]


def _units(text: str) -> Iterable[str]:
    """Lines where there are several, else sentences; each with the white space behind it."""
    for line in text.splitlines(keepends=True):
        start = 0
        for end in SENTENCE_END.finditer(line):
            yield line[start : end.end()]
            start = end.end()
        yield line[start:]


def _bounded(unit: str, longest: int) -> list[str]:
    words = re.findall(r"\S+\s*", unit)
    if len(words) <= 2 * longest:
        return [unit]
    return ["".join(words[i : i + longest]) for i in range(0, len(words), longest)]
