"""The same words on both sides of a split: long runs, runs of letters, many short runs, the same words in another order."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from pipeline.dedupe.words import LEAST_WORDS, normalised, runs
from pipeline.identifiers import id_of
from pipeline.pair.kinds import READ
from pipeline.pair.leak_sides import Find, Keys, Side, same_hashes
from pipeline.pair.ties import PHRASE

RUN = 12  # words in a row that two passages of different splits may not share; groups join those that share 10
LETTERS, WINDOW = 96, 25  # a run of LETTERS + WINDOW - 1 letters is sure to be found, however it is parted into words
SHORT, CROWD = 5, 8  # words; passages: a run that more passages hold is a phrase
SHARED, CONTAINED = 6, 0.25  # short runs in common, and their share of the shorter passage: every seventh word changed leaves 0.3
LABEL_RUN = 10  # words of a caption or an alternative text
DISTINCT = 12  # words; a shorter text may be made of the same words by chance
BASE = np.uint64(0x100000001B3)


@lru_cache(maxsize=1 << 17)
def _normalised(text: str) -> str:
    return normalised(text)


def _words(side: Side) -> str:
    return _normalised(side.text or "")


def same_words(side: Side) -> str | None:
    """The words of a passage that is long enough for the same words to mean something."""
    words = _words(side)
    return words if words.count(" ") + 1 >= LEAST_WORDS else None


def same_bag(side: Side) -> str | None:
    """The different words of a passage, in no order."""
    words = sorted(set(_words(side).split()))
    return " ".join(words) if len(words) >= DISTINCT else None


def shared_words(sides: Sequence[Side]) -> list[Find]:
    """Passages of different splits that share RUN words in a row, but for phrases of the platform; each passage is named once."""
    return same_hashes(sides, [runs(_words(side), RUN) for side in sides], PHRASE)


def shared_letters(sides: Sequence[Side]) -> list[Find]:
    """Passages that share a run of letters, whatever stands between: other hyphens, lost spaces, writing without spaces.

    Winnowing (Schleimer, Wilkerson, Aiken 2003): of each WINDOW hashes in a row the smallest is kept, so that two texts with a
    long enough run in common keep one of the same.
    """
    return same_hashes(sides, [_winnowed(_words(side).replace(" ", "")) for side in sides], PHRASE)


def many_short_runs(sides: Sequence[Side]) -> list[Find]:
    """Passages that share many rare runs of SHORT words: a text that was edited here and there."""
    hashes = [np.unique(runs(_words(side), SHORT)) for side in sides]
    shared: Counter[tuple[int, int]] = Counter()
    for crowd in _crowds(hashes):
        shared.update((i, j) for i, j in combinations(crowd, 2) if sides[i].split != sides[j].split)
    return [
        (sides[i], sides[j])
        for (i, j), count in sorted(shared.items())
        if count >= SHARED and count >= CONTAINED * min(len(hashes[i]), len(hashes[j]))
    ]


def labels_read(sides: Sequence[Side]) -> list[Find]:
    """A picture's caption or alternative text that shares LABEL_RUN words in a row with a passage of another split."""
    hashes = [_label_runs(side) for side in sides]
    return [find for find in same_hashes(sides, hashes) if (find[0].text is None) != (find[1].text is None)]


def _label_runs(side: Side) -> Keys:
    if side.text is not None:  # a pin's own words are a caption too, and captions of one kind are alike
        return runs(_words(side) if side.role in READ else "", LABEL_RUN)
    return np.concatenate([runs(normalised(words or ""), LABEL_RUN) for words in (side.alt, side.caption)])


def _winnowed(letters: str) -> Keys:
    codes = np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < LETTERS:
        return np.empty(0, np.uint64)
    hashes = np.zeros(len(codes) - LETTERS + 1, np.uint64)
    for offset in range(LETTERS):
        hashes = hashes * BASE + codes[offset : len(hashes) + offset]
    hashes ^= hashes >> np.uint64(29)  # the low bits of a polynomial hash are poor, and minima would cluster
    if len(hashes) <= WINDOW:
        return hashes[[hashes.argmin()]]
    return np.unique(np.lib.stride_tricks.sliding_window_view(hashes, WINDOW).min(1))


def _crowds(hashes: Sequence[Keys]) -> list[list[int]]:
    """The owners of each hash that a few share."""
    owners = np.repeat(np.arange(len(hashes)), [len(each) for each in hashes])
    values = np.concatenate([*hashes, np.empty(0, np.uint64)])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else np.empty(0, np.int64)
    ends = np.r_[starts[1:], len(values)]
    few = (ends - starts > 1) & (ends - starts <= CROWD)
    return [owners[start:end].tolist() for start, end in zip(starts[few], ends[few], strict=True)]


def bag_key(side: Side) -> str | None:
    """A short name of the bag of words."""
    bag = same_bag(side)
    return id_of(bag) if bag else None
