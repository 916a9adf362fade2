"""The exam's measures against slow, obvious loops."""

import numpy as np
import pytest

from pipeline.simulate.measures import bridge, gap, interval, map_at_r, probe, ranks


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_map_at_r_is_the_slow_loop(rng: np.random.Generator) -> None:
    scores, queries, items = rng.random((6, 20)), np.arange(6) % 3, np.arange(20) % 3
    total = 0.0
    for row, group in zip(scores, queries, strict=True):
        order = sorted(range(20), key=lambda j: -row[j])
        size, hits, precision = sum(items == group), 0, 0.0
        for place, item in enumerate(order[:size], start=1):
            if items[item] == group:
                hits += 1
                precision += hits / place
        total += precision / size
    assert map_at_r(scores, queries, items) == pytest.approx(total / 6)


def test_map_at_r_of_a_perfect_order_is_one() -> None:
    groups = np.arange(12) // 4
    assert map_at_r((groups[:, None] == groups[None]).astype(float), groups, groups) == 1


def test_ranks_count_who_comes_before(rng: np.random.Generator) -> None:
    texts, pictures = rng.standard_normal((2, 9, 5)).astype(np.float32)
    slow = [sum(texts[i] @ pictures[j] > texts[i] @ pictures[i] for j in range(9)) for i in range(9)]
    assert ranks(texts, pictures).tolist() == slow


def test_an_interval_holds_its_share(rng: np.random.Generator) -> None:
    found = interval(rng.random(400) < 0.8)
    assert found.low < found.value < found.high
    assert 0.05 < found.high - found.low < 0.12


def test_a_probe_reads_what_is_linear_and_not_what_is_absent(rng: np.random.Generator) -> None:
    levels = rng.integers(0, 4, 900)
    held = np.arange(900) >= 600
    noise = rng.standard_normal((900, 16)).astype(np.float32)
    readable = noise + 4 * np.eye(16, dtype=np.float32)[levels]
    assert probe(readable, levels, held) > 0.95
    assert probe(noise, levels, held) < 0.4


def test_a_bridge_finds_a_hidden_map(rng: np.random.Generator) -> None:
    hidden = rng.standard_normal((600, 4))
    left, right = (hidden @ rng.standard_normal((4, 12)) + 0.1 * rng.standard_normal((600, 12)) for _ in range(2))
    found = bridge(left[:400].astype(np.float32), right[:400].astype(np.float32), 0.01)
    scores = found.scores(left[400:].astype(np.float32), right[400:].astype(np.float32))
    assert (scores.argmax(1) == np.arange(200)).mean() > 0.8
    assert gap(left.astype(np.float32), left.astype(np.float32)) == 0
