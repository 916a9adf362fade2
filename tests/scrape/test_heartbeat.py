"""What is said of long work, and how often."""

import logging

import pytest

from pipeline.scrape.heartbeat import Heartbeat


@pytest.fixture
def beats(caplog):
    """Beats once per (seconds since the beginning, done, left), and gives the lines."""
    caplog.set_level(logging.INFO)

    def run(*moments):
        times = iter([0.0, *(seconds for seconds, _, _ in moments)])
        heart = Heartbeat("pictures of ada", lambda: next(times))
        for _, done, left in moments:
            heart.beat(done, left)
        return caplog.messages

    return run


def test_it_says_done_and_to_do_the_rate_and_the_time_left(beats):
    assert beats((20, 1000, 500)) == ["pictures of ada: 1,000 of 1,500 known so far, 50.0 a second, 10 s to go"]


def test_it_speaks_now_and_then_only(beats):
    assert len(beats((5, 1, 9), (16, 2, 8), (20, 3, 7), (32, 4, 6))) == 2


def test_before_anything_is_done_no_time_is_promised(beats):
    assert beats((20, 0, 500)) == ["pictures of ada: 0 of 500 known so far, 0.0 a second"]


@pytest.mark.parametrize(("left", "said"), [(89, "89 s to go"), (600, "10 min to go"), (9000, "2.5 h to go")])
def test_long_times_are_minutes_and_hours(beats, left, said):
    assert beats((20, 20, left))[0].endswith(said)
