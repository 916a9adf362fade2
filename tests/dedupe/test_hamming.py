import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe.hamming import RADIUS, Nearest, ranges, within

FLIPS = st.lists(st.integers(0, 63), max_size=9)


@st.composite
def hashes(draw):
    """A few centres, and hashes some bits away from them, also the same ones again."""
    centres = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
    found = []
    for centre in draw(st.lists(st.sampled_from(centres), max_size=25)):
        for bit in draw(FLIPS):
            centre ^= 1 << bit
        found.append(centre)
    return found


@given(hashes(), st.integers(0, RADIUS))
def test_finds_every_pair_within_the_radius_and_no_other(found, radius):
    slow = [[i, j] for i in range(len(found)) for j in range(i + 1, len(found)) if (found[i] ^ found[j]).bit_count() <= radius]
    assert within(np.array(found, dtype=np.uint64), radius).tolist() == slow


@given(hashes(), hashes(), st.integers(0, RADIUS))
def test_looking_up_finds_every_hash_within_the_radius_and_no_other(probes, found, radius):
    slow = [[i, j] for i in range(len(probes)) for j in range(len(found)) if (probes[i] ^ found[j]).bit_count() <= radius]
    assert Nearest(np.array(found, dtype=np.uint64)).within(np.array(probes, dtype=np.uint64), radius).tolist() == slow


def test_many_equal_hashes_are_compared_once():
    same = np.full(1500, 12345, dtype=np.uint64)
    assert len(within(same, RADIUS)) == 1500 * 1499 // 2


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))))
def test_ranges_counts_from_each_start_up_to_its_end(given_ranges):
    starts = np.array([start for start, _ in given_ranges], dtype=np.int64)
    ends = starts + np.array([length for _, length in given_ranges], dtype=np.int64)
    found = [(int(i), int(n)) for left, numbers in ranges(starts, ends) for i, n in zip(left, numbers, strict=True)]
    assert found == [(i, start + k) for i, (start, length) in enumerate(given_ranges) for k in range(length)]
