"""Near-duplicate texts: bands of a one-permutation sketch of word shingles for candidates, exact Jaccard to decide.

Broder, "On the resemblance and containment of documents", 1997; Li, Owen, Zhang, "One permutation hashing", 2012. Each shingle
is hashed once and turned in eight ways; the first bits of each name a bin, of which the smallest hash stays. Two texts agree in a
bin as often as their shingles do, so in one of 64 bands of 4 bins nearly always where they agree in 0.6 of them (0.9999), and
hardly ever in 0.1 (0.006). Of what agrees in a band, a byte of every bin tells the rest of what shares a footer alone from what
may be near.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.dedupe.hamming import THREADS, Index, distinct, ranges

Hashes: TypeAlias = NDArray[np.uint64]
Sketches: TypeAlias = NDArray[np.uint8]

LEAST_WORDS = 8  # a shorter passage (a greeting, "said Alice") is no evidence that two texts are the same
NEAR_WORDS = 16  # below that one word makes another text ("a kite and a chair and a book"): such texts are the same or they are not
SHINGLE = 3  # words
BANDS, ROWS = 64, 4
FUNCTIONS = 8
BINS = BANDS * ROWS // FUNCTIONS  # of each function
SKETCH = 4 * BANDS + BANDS * ROWS  # bytes
LETTERS, PAIRS, CHECKED = 1 << 17, 1 << 14, 1 << 12  # letters hashed, pairs compared by sketch and pairs decided at a time: 10 MB each
ALIKE = 0.4  # of the smallest hashes: at Jaccard 0.6 five standard deviations below; what shares a footer alone stays out
JACCARD = 0.6
WORD = re.compile(r"\w+")
PLAIN = dict.fromkeys(set(range(128)) - set(map(ord, string.ascii_letters + string.digits + "_")), " ")  # ASCII outside words
EMPTY = np.uint64(2**64 - 1)  # not the int, of which numpy makes another type of 64 bits: np.minimum.at then takes 25 times as long
BASE = 0xD1342543DE82EF95  # odd, so that it can be divided by; 5 modulo 8, so that its powers differ


def normalised(text: str) -> str:
    """The words of a text, in lower case and compatibility form, one space between: equal for texts that read the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():  # the same, in a third of the time
        return " ".join(folded.translate(PLAIN).split())
    return " ".join(WORD.findall(folded))


def runs(words: str, length: int) -> Hashes:
    """uint64 hashes of all runs of `length` words of a normalised text, in reading order; empty where it is shorter."""
    codes = _codes(words)
    count = max(len(codes) - length + 1, 0)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(length):
        hashes = hashes * np.uint64(BASE) + codes[offset : offset + count]
    return _mixed(hashes)


def shingles(texts: Sequence[str]) -> list[Hashes]:
    """The different runs of SHINGLE words of each normalised text, sorted."""
    sets: list[Hashes] = []
    for batch in batches(texts):
        owners, hashes = owned_runs(batch, SHINGLE)
        sets += map(np.unique, np.split(hashes, np.searchsorted(owners, np.arange(1, len(batch)))))
    return sets


def near_texts(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """(i, j, 1 - Jaccard) for all pairs i < j of normalised texts, of NEAR_WORDS or more, whose 3-word shingles agree to JACCARD."""
    long = np.array([i for i, text in enumerate(texts) if is_comparable(text)], dtype=np.int64)
    pairs = candidates(sketch([texts[i] for i in long]), np.ones(len(long), dtype=bool))
    return list(near_among(long[pairs], lambda wanted: {i: texts[i] for i in wanted}))


def near_among(pairs: Index, read: Callable[[list[int]], dict[int, str]]) -> Iterator[tuple[int, int, float]]:
    """(i, j, 1 - Jaccard) of those pairs that agree to JACCARD; `read` gives normalised texts by number, for some pairs at a time."""
    for i, j, shared, size, other in shared_among(pairs, read):
        distance = 1 - shared / max(size + other - shared, 1)
        if distance <= 1 - JACCARD:
            yield i, j, distance


def shared_among(pairs: Index, read: Callable[[list[int]], dict[int, str]]) -> Iterator[tuple[int, int, int, int, int]]:
    """(i, j, shingles of both, of i, of j) of each pair."""
    for start in range(0, len(pairs), CHECKED):
        batch = pairs[start : start + CHECKED]
        texts = read(np.unique(batch).tolist())
        sets = dict(zip(texts, shingles(list(texts.values())), strict=True))
        yield from ((i, j, shared_by(sets[i], sets[j]), len(sets[i]), len(sets[j])) for i, j in batch.tolist())


def is_comparable(words: str) -> bool:
    """Whether a normalised text is long enough to be near another."""
    return words.count(" ") + 1 >= NEAR_WORDS


def shared_by(a: Hashes, b: Hashes) -> int:
    """How many are in both of two sets without repetition."""
    both = np.sort(np.concatenate([a, b]))
    return int(np.count_nonzero(both[1:] == both[:-1]))


def sketch(texts: Sequence[str]) -> Sketches:
    """uint8[n, SKETCH] of normalised texts of SHINGLE words or more: the keys of their bands, then a byte of each smallest hash."""
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate([np.empty((0, SKETCH), dtype=np.uint8), *pool.map(_sketch, batches(texts))])


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """About LETTERS at a time, which stay in a core's cache."""
    upto = np.cumsum([len(text) for text in texts])
    ends = np.flatnonzero(np.diff(upto // LETTERS)) + 1
    return (texts[start:end] for start, end in pairwise(sorted({0, *ends.tolist(), len(texts)})))


def owned_runs(texts: Sequence[str], length: int) -> tuple[Index, Hashes]:
    """Whose each run of `length` words is, and its hash, in reading order: all are hashed as one, what runs from one into the next is
    left out."""
    hashes = runs(" ".join(texts), length)
    owners = np.repeat(np.arange(len(texts)), [text.count(" ") + 1 for text in texts])
    inside = owners[length - 1 :] == owners[: len(hashes)]
    return owners[: len(hashes)][inside], hashes[inside]


def _sketch(texts: Sequence[str]) -> Sketches:
    least = _least(*owned_runs(texts, SHINGLE), len(texts)).reshape(len(texts), ROWS, BANDS)
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for row in range(ROWS):  # each of a band's rows is of another function
        keys = keys * np.uint64(BASE) + least[:, row]
    parts = (_mixed(keys) >> np.uint64(32)).astype("<u4").view(np.uint8), (least >> np.uint64(24)).astype(np.uint8)
    return np.concatenate([parts[0], parts[1].reshape(len(texts), -1)], axis=1)


def _least(owners: Index, hashes: Hashes, count: int) -> Hashes:
    """uint64[count, FUNCTIONS, BINS]: the smallest hash by text, function and bin, which is the first bits of the hash.

    One function with as many bins would be enough for long texts; of 14 shingles it leaves most bins empty, and recall at
    0.7 (measured at Jaccard 0.6 to 0.65; with 8 functions 1.0).
    """
    least = np.full((FUNCTIONS, count * BINS), EMPTY)
    first, shift = owners * BINS, np.uint64(65 - BINS.bit_length())
    for function, odd in enumerate(_mixed(np.arange(FUNCTIONS, dtype=np.uint64)) | np.uint64(1)):
        turned = hashes * odd
        np.minimum.at(least[function], first + (turned >> shift).view(np.int64), turned)
    return _without_gaps(least.reshape(FUNCTIONS * count, BINS)).reshape(FUNCTIONS, count, BINS).transpose(1, 0, 2)


def _without_gaps(least: Hashes) -> Hashes:
    """Empty bins filled from the next that is not, round the end (Shrivastava and Li, "Densifying one permutation hashing", 2014)."""
    places = np.where(least != EMPTY, np.arange(BINS), 2 * BINS)
    following = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1]
    following = np.where(following < BINS, following, places.min(1)[:, None])
    filled: Hashes = np.take_along_axis(least, following, axis=1)
    return filled


def candidates(sketches: Sketches, new: NDArray[np.bool_]) -> Index:
    """int64[m, 2]: pairs i < j that agree in a band and in ALIKE of their smallest hashes, of which one at least is `new`, sorted."""
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda band: _agreeing(sketches, new, band), range(BANDS))
        return distinct(np.concatenate([np.empty((0, 2), dtype=np.int64), *found]), len(sketches))


def _agreeing(sketches: Sketches, new: NDArray[np.bool_], band: int) -> Index:
    """The pairs that one band finds: every new text is looked up, two new ones once."""
    keys, least = sketches[:, 4 * band : 4 * band + 4].copy().view("<u4").ravel(), sketches[:, 4 * BANDS :]
    order = np.argsort(keys)
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(keys[order])) + 1, [len(keys)]])
    crowds = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    places = np.flatnonzero(new[order])
    found = [np.empty((0, 2), dtype=np.int64)]
    for i, j in ranges(bounds[crowds[places]], bounds[crowds[places] + 1], PAIRS):
        left, right = order[places[i]], order[j]
        once = (left < right) | ~new[right]
        left, right = left[once], right[once]
        alike = np.count_nonzero(least[left] == least[right], axis=1) >= ALIKE * BANDS * ROWS
        found.append(np.sort(np.stack([left[alike], right[alike]], axis=1), axis=1))
    return np.concatenate(found)


def _codes(words: str) -> Hashes:
    """uint64 of each word: its letters, in UTF-8, as digits of a number (Karp and Rabin 1987); the same in every process."""
    if not words:
        return np.empty(0, dtype=np.uint64)
    digits = np.frombuffer(f"{words} ".encode(), dtype=np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(digits == ord(" "))[:-1] + 1])
    powers, inverses = _powers(1 << len(digits).bit_length())
    codes: Hashes = np.add.reduceat(digits * powers[: len(digits)], starts) * inverses[starts]
    return _mixed(codes)


@lru_cache(maxsize=4)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of BASE modulo 2^64, and what undoes a multiplication by each."""
    bases = np.array([BASE, pow(BASE, -1, 1 << 64)], dtype=np.uint64)
    powers = np.cumprod(np.vstack([np.ones((1, 2), np.uint64), np.repeat(bases[None], count - 1, axis=0)]), axis=0, dtype=np.uint64)
    return powers[:, 0].copy(), powers[:, 1].copy()


def _mixed(values: Hashes) -> Hashes:
    """splitmix64's finaliser: every bit of the result depends on every bit of the value."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = values ^ (values >> np.uint64(31))
    return mixed
