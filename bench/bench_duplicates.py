"""Near-duplicate texts beside datasketch, and all near pairs of a million hashes; cost by size. Prints ratios, asserts nothing.

The documents are made up: 300 words each, every fifth an edited copy of another (2 or 5 % of the words exchanged, an eighth added or
a tenth cut), every seventh with its source's footer; a source has 20,000 documents. Truth is the exact Jaccard index of 3-word
shingles, 0.6 or more. Ours and the peer take turns, and the medians count: the machine may be busy with other things.
"""

import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from datasketch import MinHash, MinHashLSH

from pipeline.dedupe.hamming import RADIUS, ranges, within
from pipeline.dedupe.quotations import quotations
from pipeline.dedupe.words import JACCARD, near_texts, normalised

DOCUMENTS, WORDS, VOCABULARY = 20_000, 300, 30_000
FEW, MANY = 10_000, 1_000_000
SOURCE, BLOCK, ROUNDS = 20_000, 10_000, 3  # documents that may share a footer; documents drawn at a time; turns
PEER_SAMPLE = 2_000  # hashes that plain numpy compares with all; scaled up to all pairs
Result = TypeVar("Result")
Pairs = set[tuple[int, int]]


def documents(count: int, words: int = WORDS) -> list[str]:
    """Texts of words that are as frequent as words are."""
    rng = np.random.default_rng(0)
    names, frequency = np.array([f"w{n}" for n in range(VOCABULARY)], dtype=object), 1 / np.arange(1, VOCABULARY + 1)
    chances = frequency / frequency.sum()
    made: list[str] = []
    while len(made) < count:
        for plain in names[rng.choice(VOCABULARY, (BLOCK, words), p=chances)].tolist():
            number = len(made)
            text = edited(made[int(rng.integers(number))].split(), plain, rng) if number % 5 == 4 else plain
            footer = [f"f{n}of{number // SOURCE}" for n in range(28)] if number % 7 == 0 else []
            made.append(" ".join([*text, *footer]))
    return made[:count]


def edited(text: list[str], other: list[str], rng: np.random.Generator) -> list[str]:
    """A copy with words exchanged, added or cut."""
    kind = int(rng.integers(4))
    if kind == 2:
        return text + other[: len(text) // 8]
    if kind == 3:
        return text[len(text) // 10 :]
    copy = list(text)
    for place in rng.integers(0, len(text), int(len(text) * (0.02, 0.05)[kind])):
        copy[place] = other[place % len(other)]
    return copy


def exact(texts: list[str]) -> Pairs:
    """Every pair at JACCARD or more, by counting shared shingles. Near pairs share more than the few that half the documents have."""
    numbers: dict[str, int] = {}
    sets = [triples(np.array([numbers.setdefault(word, len(numbers)) for word in text.split()])) for text in texts]
    hashes, owners = np.concatenate(sets), np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    ends = np.searchsorted(hashes, hashes, side="right")
    frequency = ends - np.searchsorted(hashes, hashes)
    places = np.arange(1, len(hashes) + 1)
    found = [owners[i] * len(sets) + owners[j] for i, j in ranges(places, np.where(frequency <= 200, ends, places))]
    codes, shared = np.unique(np.concatenate(found), return_counts=True)
    codes = codes[shared >= 5]
    return {(int(i), int(j)) for i, j in zip(*np.divmod(codes, len(sets)), strict=True) if similarity(sets[i], sets[j]) >= JACCARD}


def triples(words: np.ndarray) -> np.ndarray:
    """The different shingles of a text of numbered words, up to two million of them, as numbers: no hashing."""
    return np.unique(words[:-2] << 42 | words[1:-1] << 21 | words[2:])


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    """The Jaccard index of two sorted sets, the slow way."""
    shared = len(np.intersect1d(a, b))
    return shared / (len(a) + len(b) - shared)


def ours(texts: list[str]) -> Pairs:
    """As the stage does it: normalised, bands, exact check."""
    return {(i, j) for i, j, _ in near_texts([normalised(text) for text in texts])}


def datasketch(texts: list[str]) -> Pairs:
    """The bulk way of its manual: 128 permutations, an LSH index, each document looked up before it is added."""
    index, found = MinHashLSH(threshold=JACCARD, num_perm=128), set()
    split = [text.split() for text in texts]
    sets = ({" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)} for words in split)
    for number, sketch in enumerate(MinHash.generator((list(each) for each in sets), num_perm=128)):
        found |= {(other, number) for other in index.query(sketch)}
        index.insert(number, sketch, check_duplication=False)
    return found


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what came of it."""
    started = time.perf_counter()
    found = run()
    return time.perf_counter() - started, found


def hashes(count: int) -> np.ndarray:
    """Random hashes, one in fifty a copy with up to 5 bits turned."""
    rng = np.random.default_rng(0)
    made = rng.integers(0, 2**64, count, dtype=np.uint64)
    copies = rng.choice(count, count // 50, replace=False)
    turned = np.zeros(len(copies), dtype=np.uint64)
    for _ in range(5):
        turned |= np.uint64(1) << rng.integers(0, 64, len(copies)).astype(np.uint64)
    made[copies] = made[rng.integers(0, count, len(copies))] ^ turned
    return made


def plain_numpy(found: np.ndarray) -> int:
    """A sample against all, one row at a time."""
    return sum(int((np.bitwise_count(found[i] ^ found) <= RADIUS).sum()) for i in range(PEER_SAMPLE))


def megabytes() -> int:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def texts_beside_datasketch() -> None:
    """20,000 documents, both in turn."""
    texts = documents(DOCUMENTS)
    rounds = [(timed(lambda: ours(texts)), timed(lambda: datasketch(texts))) for _ in range(ROUNDS)]
    mine, peer = (float(np.median([turn[who][0] for turn in rounds])) for who in (0, 1))
    truth = exact(texts)
    print(f"near texts, {DOCUMENTS} of {WORDS} words: ours {mine:.1f} s, datasketch bulk {peer:.1f} s: ratio {peer / mine:.1f}")
    plain = [normalised(text) for text in texts]
    more = float(np.median([timed(lambda: quotations(plain))[0] for _ in range(ROUNDS)]))
    print(f"  quotations, which the peer does not look for: {more:.1f} s more: ratio {peer / (mine + more):.1f}")
    print(f"  ratio by turn: {', '.join(f'{theirs / own:.1f}' for (own, _), (theirs, _) in rounds)}")
    for name, (_, pairs) in zip(("ours", "datasketch"), rounds[0], strict=True):
        right = len(pairs & truth)
        print(f"  {name}: recall {right / len(truth):.4f}, precision {right / max(len(pairs), 1):.4f}, of {len(truth)} pairs")


def hashes_by_size() -> None:
    """Cost per hash at 10,000 and at a million; plain numpy from a sample."""
    few, many = hashes(FEW), hashes(MANY)
    small, _ = timed(lambda: within(few, RADIUS))
    large, pairs = timed(lambda: within(many, RADIUS))
    peer = timed(lambda: plain_numpy(many))[0] / PEER_SAMPLE * MANY / 2
    print(f"{len(pairs)} pairs within {RADIUS} bits of {MANY} hashes: {large:.1f} s")
    print(f"  plain numpy {peer:.0f} s (scaled from {PEER_SAMPLE} hashes): ratio {peer / large:.0f}")
    growth = large / MANY / (small / FEW)
    print(f"  microseconds a hash: {small / FEW * 1e6:.1f} at {FEW}, {large / MANY * 1e6:.1f} at {MANY}: growth {growth:.2f}")


def texts_by_size() -> None:
    """Cost per document at 10,000 and at a million passages of 60 words, which is what neighbourhoods are made of."""
    texts = documents(FEW, 60)
    small = float(np.median([timed(lambda: ours(texts))[0] for _ in range(2 * ROUNDS)])) / FEW
    texts = documents(MANY, 60)
    large = timed(lambda: ours(texts))[0] / MANY
    print(
        f"near passages of 60 words: {small * 1e6:.0f} microseconds each at {FEW}, {large * 1e6:.0f} at {MANY}: growth {large / small:.2f}"
    )
    print(f"  most memory held so far, the passages themselves included: {megabytes()} MB")


def main() -> None:
    """One after the other."""
    hashes_by_size()
    texts_by_size()
    texts_beside_datasketch()
    print(f"most memory held, truth and peers included: {megabytes()} MB")


if __name__ == "__main__":
    main()
