"""Near-duplicate texts: bands of a one-permutation sketch of word shingles for candidates, exact Jaccard to decide.

Broder, "On the resemblance and containment of documents", 1997; Li, Owen, Zhang, "One permutation hashing", 2012. Each shingle
is hashed once; its first bits name a bin, of which the smallest hash stays. Two texts agree in a bin as often as their shingles
do, so in one of 64 bands of 4 bins nearly always where they agree in 0.6 of them (0.9999), and hardly ever in 0.1 (0.006).
Of what agrees in a band, a byte of every bin tells the rest of what shares a footer alone from what may be near.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.dedupe.hamming import Index, distinct, ranges
from pipeline.identifiers import sha256_of

Hashes: TypeAlias = NDArray[np.uint64]
Sketches: TypeAlias = NDArray[np.uint8]

LEAST_WORDS = 8  # a shorter passage (a greeting, "said Alice") is no evidence that two texts are the same
NEAR_WORDS = 16  # below that one word makes another text ("a kite and a chair and a book"): such texts are the same or they are not
SHINGLE = 3  # words
BANDS, ROWS = 64, 4
FUNCTIONS = 8
BINS = BANDS * ROWS // FUNCTIONS  # of each function
SKETCH = 4 * BANDS + BANDS * ROWS  # bytes
BATCH, PAIRS = 1024, 1 << 14  # texts, and pairs, at a time: 10 MB
ALIKE = 0.4  # of the smallest hashes: at Jaccard 0.6 five standard deviations below; what shares a footer alone stays out
JACCARD = 0.6
WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """The words of a text, in lower case and compatibility form, one space between: equal for texts that read the same."""
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def runs(words: str, length: int) -> Hashes:
    """uint64 hashes of all runs of `length` words of a normalised text, in reading order; empty where it is shorter."""
    return _runs(np.fromiter(map(_code, words.split()), dtype=np.uint64), length)


def _runs(codes: Hashes, length: int) -> Hashes:
    if len(codes) < length:
        return np.empty(0, dtype=np.uint64)
    hashes = np.zeros(len(codes) - length + 1, dtype=np.uint64)
    for offset in range(length):
        hashes = _mixed(hashes ^ codes[offset : len(codes) - length + 1 + offset])
    return hashes


def shingles(words: str) -> Hashes:
    """The different runs of SHINGLE words of a normalised text, sorted."""
    return np.unique(runs(words, SHINGLE))


def near_texts(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """(i, j, 1 - Jaccard) for all pairs i < j of normalised texts, of NEAR_WORDS or more, whose 3-word shingles agree to JACCARD."""
    long = [i for i, text in enumerate(texts) if is_comparable(text)]
    pairs = candidates(sketch([texts[i] for i in long]), np.ones(len(long), dtype=bool))
    sets = {i: shingles(texts[long[i]]) for i in np.unique(pairs).tolist()}
    found = ((long[i], long[j], 1 - jaccard(sets[i], sets[j])) for i, j in pairs.tolist())
    return [(i, j, distance) for i, j, distance in found if distance <= 1 - JACCARD]


def is_comparable(words: str) -> bool:
    """Whether a normalised text is long enough to be near another."""
    return words.count(" ") + 1 >= NEAR_WORDS


def jaccard(a: Hashes, b: Hashes) -> float:
    """Shared over all, of two sorted sets."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(len(a) + len(b) - shared, 1)


def sketch(texts: Sequence[str]) -> Sketches:
    """uint8[n, SKETCH] of normalised texts of SHINGLE words or more: the keys of their bands, then a byte of each smallest hash."""
    found = [np.empty((0, SKETCH), dtype=np.uint8)]
    for start in range(0, len(texts), BATCH):
        found.append(_sketch(texts[start : start + BATCH]))
    return np.concatenate(found)


def _sketch(texts: Sequence[str]) -> Sketches:
    """All texts are hashed as one, and what runs from one into the next is left out."""
    words = [text.split() for text in texts]
    counts = np.array([len(each) for each in words])
    hashes = _runs(np.fromiter((_code(word) for each in words for word in each), dtype=np.uint64), SHINGLE)
    owners = np.repeat(np.arange(len(texts)), counts)
    inside = owners[SHINGLE - 1 :] == owners[: len(hashes)]
    least = _least(owners[: len(hashes)][inside], hashes[inside], len(texts)).reshape(len(texts), ROWS, BANDS)
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for row in range(ROWS):  # each of a band's rows is of another function
        keys = _mixed(keys ^ least[:, row])
    parts = ((keys >> np.uint64(32)).astype("<u4").view(np.uint8), (least >> np.uint64(56)).astype(np.uint8).reshape(len(texts), -1))
    return np.concatenate(parts, axis=1)


def _least(owners: Index, hashes: Hashes, count: int) -> Hashes:
    """uint64[count, FUNCTIONS, BINS]: the smallest hash by text, function and bin.

    One function with as many bins would be enough for long texts; of 14 shingles it leaves most bins empty, and recall at
    0.7 (measured at Jaccard 0.6 to 0.65; with 8 functions 1.0).
    """
    least = np.full((FUNCTIONS, count * BINS), np.iinfo(np.uint64).max)
    for function in range(FUNCTIONS):
        turned = _mixed(hashes ^ np.uint64(function))
        np.minimum.at(least[function], owners * BINS + (turned % np.uint64(BINS)).astype(np.int64), turned)
    return _without_gaps(least.reshape(FUNCTIONS * count, BINS)).reshape(FUNCTIONS, count, BINS).transpose(1, 0, 2)


def _without_gaps(least: Hashes) -> Hashes:
    """Empty bins filled from the next that is not, round the end (Shrivastava and Li, "Densifying one permutation hashing", 2014)."""
    places = np.where(least != np.iinfo(np.uint64).max, np.arange(BINS), 2 * BINS)
    following = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1]
    following = np.where(following < BINS, following, places.min(1)[:, None])
    filled: Hashes = np.take_along_axis(least, following, axis=1)
    return filled


def candidates(sketches: Sketches, new: NDArray[np.bool_]) -> Index:
    """int64[m, 2]: pairs i < j that agree in a band and in ALIKE of their smallest hashes, of which one at least is `new`, sorted."""
    keys, least = np.ascontiguousarray(sketches[:, : 4 * BANDS]).view("<u4"), np.ascontiguousarray(sketches[:, 4 * BANDS :])
    found, wanted = [np.empty((0, 2), dtype=np.int64)], np.flatnonzero(new)
    for band in range(keys.shape[1]):
        order = np.argsort(keys[:, band], kind="stable")
        ordered, looked_up = keys[order, band], keys[wanted, band]
        for i, j in ranges(np.searchsorted(ordered, looked_up), np.searchsorted(ordered, looked_up, side="right"), PAIRS):
            pairs = np.sort(np.stack([wanted[i], order[j]], axis=1), axis=1)
            pairs = pairs[pairs[:, 0] < pairs[:, 1]]
            found.append(pairs[(least[pairs[:, 0]] == least[pairs[:, 1]]).mean(1) >= ALIKE])
    return distinct(np.concatenate(found), len(keys))


@lru_cache(maxsize=1 << 18)
def _code(word: str) -> int:
    """64 bits of the word's sha256: the same in every process, unlike Python's hash."""
    return int(sha256_of(word)[:16], 16)


def _mixed(values: Hashes) -> Hashes:
    """splitmix64's finaliser: every bit of the result depends on every bit of the value."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = values ^ (values >> np.uint64(31))
    return mixed
