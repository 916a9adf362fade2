import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe.hamming import within

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=30)


@given(HASHES, st.integers(0, 64))
def test_finds_every_pair_within_the_radius_and_no_other(hashes, radius):
    slow = [[i, j] for i in range(len(hashes)) for j in range(i + 1, len(hashes)) if (hashes[i] ^ hashes[j]).bit_count() <= radius]
    assert within(np.array(hashes, dtype=np.uint64), radius).tolist() == slow


def test_pairs_across_blocks_of_rows_are_found():
    hashes = np.arange(1, 1400, dtype=np.uint64) << np.uint64(20)
    hashes[3] = hashes[1300]
    assert [3, 1300] in within(hashes, 0).tolist()
