"""Near-duplicate texts: a bottom-k sketch of word shingles for candidates, exact Jaccard to decide.

Broder, "On the resemblance and containment of documents", 1997. One hash per shingle and one sort; the k smallest hashes of a
text are a sample of its shingles, so texts that share most shingles share some of those (SPEED: recall and precision 1.0).
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.identifiers import sha256_of

Hashes: TypeAlias = NDArray[np.uint64]

LEAST_WORDS = 8  # a shorter passage (a greeting, "said Alice") is no evidence that two texts are the same
NEAR_WORDS = 16  # below that one word makes another text ("a kite and a chair and a book"): such texts are the same or they are not
SHINGLE = 3  # words
SKETCH = 24
SHARED = 3  # of the sketch, to be a candidate: texts at Jaccard 0.6 share about 14 of 24
JACCARD = 0.6
CROWD = 200  # texts; a shingle that so many different texts have in their sketch makes no candidates
WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """The words of a text, in lower case and compatibility form, one space between: equal for texts that read the same."""
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def runs(words: str, length: int) -> Hashes:
    """uint64 hashes of all runs of `length` words of a normalised text, in reading order; empty where it is shorter."""
    codes = np.array([_code(word) for word in words.split()], dtype=np.uint64)
    if len(codes) < length:
        return np.empty(0, dtype=np.uint64)
    hashes = np.zeros(len(codes) - length + 1, dtype=np.uint64)
    for offset in range(length):
        hashes = _mixed(hashes ^ codes[offset : len(codes) - length + 1 + offset])
    return hashes


def near_texts(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """(i, j, 1 - Jaccard) for all pairs i < j of normalised texts, of NEAR_WORDS or more, whose 3-word shingles agree to JACCARD."""
    shingles = [np.unique(runs(text, SHINGLE)) if text.count(" ") + 1 >= NEAR_WORDS else np.empty(0, np.uint64) for text in texts]
    found = ((i, j, 1 - jaccard(shingles[i], shingles[j])) for i, j in _candidates([each[:SKETCH] for each in shingles]))
    return [(i, j, distance) for i, j, distance in found if distance <= 1 - JACCARD]


def jaccard(a: Hashes, b: Hashes) -> float:
    """Shared over all, of two sorted sets."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(len(a) + len(b) - shared, 1)


def _candidates(sketches: Sequence[Hashes]) -> list[tuple[int, int]]:
    """Pairs i < j that share SHARED hashes of their sketches, sorted."""
    owners = np.repeat(np.arange(len(sketches)), [len(sketch) for sketch in sketches])
    hashes = np.concatenate([*sketches, np.empty(0, np.uint64)])
    order = np.lexsort((owners, hashes))
    owners, hashes = owners[order], hashes[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]]) if len(hashes) else np.empty(0, np.int64)
    crowds = [crowd for crowd in np.split(owners, starts[1:]) if 1 < len(crowd) <= CROWD]
    pairs = [np.stack([crowd[i], crowd[j]], 1) for crowd in crowds for i, j in [np.triu_indices(len(crowd), 1)]]
    if not pairs:
        return []
    each, counts = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return [(int(i), int(j)) for i, j in each[counts >= SHARED]]


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
