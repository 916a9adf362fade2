import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.scrape.pace import SLACK, Pace, Stopped, owner_of


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("substack.com", "substack"),
        ("a.substack.com", "substack"),
        ("substackcdn.com", "substackcdn.com"),
        ("substack-post-media.s3.amazonaws.com", "substack-post-media.s3.amazonaws.com"),
        ("i.pinimg.com", "pinimg.com"),
        ("18f.gsa.gov", "gsa.gov"),
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("example.org", "example.org"),
        ("notsubstack.com", "notsubstack.com"),
    ],
)
def test_who_is_behind_a_host(host, owner):
    assert owner_of(host) == owner


def test_a_custom_domain_counts_as_substack_once_known_and_in_later_runs(tmp_path):
    pace = Pace(tmp_path, 1.0)
    pace.learn_substack("www.pathtorome.example"), pace.learn_substack("www.pathtorome.example"), pace.learn_substack("odd host\n")
    for known in (pace, Pace(tmp_path, 1.0)):
        assert known.owner_of("www.pathtorome.example") == "substack"
        assert known.owner_of("pathtorome.example") == "pathtorome.example"
    assert (tmp_path / "substack.hosts").read_text() == "www.pathtorome.example\n"


class Clock:
    """Time that only passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(tmp_path: Path, clock: Clock, per_second: float = 2.0) -> Pace:
    return Pace(tmp_path, per_second, clock, clock.sleep)


def test_turns_of_one_owner_are_an_interval_apart(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    for _ in range(3):
        with pace.turn("a.com"):
            pass
    assert clock.slept == pytest.approx([0.0, SLACK / 2, SLACK / 2])


def test_owners_do_not_wait_for_each_other(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    for host in ("a.com", "b.com", "c.com"):
        with pace.turn(host):
            pass
    assert clock.slept == [0.0, 0.0, 0.0]


def test_a_crawl_delay_slows_down_and_is_capped(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    pace.slow_down("a.com", 5.0)
    pace.slow_down("b.com", 86_400.0)
    for host in ("a.com", "a.com", "b.com", "b.com"):
        with pace.turn(host):
            pass
    assert clock.slept == pytest.approx([0.0, 5.0, 0.0, 60.0])


def test_a_pause_holds_for_the_next_run_too(tmp_path):
    clock = Clock()
    paced(tmp_path, clock).pause("a.com", 20.0)
    with paced(tmp_path, clock).turn("a.com"):
        pass
    assert clock.slept == [20.0]


def test_a_clock_that_was_set_back_moves_the_moment_back_with_it(tmp_path):
    clock = Clock()
    paced(tmp_path, clock).pause("a.com", 20.0)
    clock.now -= 900.0
    with paced(tmp_path, clock).turn("a.com"):
        pass
    assert clock.slept == pytest.approx([20.0])


@pytest.mark.parametrize("content", ["", "1000", "99999999.0".zfill(20), "no number", "99999999.0 99999999.0", "9e99 0", "nan nan"])
def test_whatever_stands_in_a_file_nobody_waits_longer_than_anybody_may_ask(tmp_path, content):
    clock = Clock()
    (tmp_path / "a.com.next").write_text(content)
    with paced(tmp_path, clock).turn("a.com"):
        pass
    assert 0.0 <= clock.slept[0] <= 6 * 3600.0


def test_moments_taken_far_ahead_stay_an_interval_apart(tmp_path):
    """Pictures of many runs at once, at a crawl-delay of a minute."""
    slept: list[float] = []
    pace = Pace(tmp_path, 2.0, lambda: 1000.0, slept.append)
    pace.slow_down("a.com", 60.0)
    for _ in range(12):
        with pace.turn("a.com", picture=True):
            pass
    assert slept == pytest.approx([60.0 * number for number in range(12)])


@pytest.mark.parametrize("picture", [False, True])
def test_who_waits_for_a_turn_hears_of_the_stop(tmp_path, picture):
    pace = Pace(tmp_path, 2.0)
    pace.pause("a.com", 200.0)
    threading.Timer(0.1, pace.stop).start()
    begun = time.monotonic()
    with pytest.raises(Stopped), pace.turn("a.com", picture):
        pytest.fail("nobody has a turn")
    assert time.monotonic() - begun < 5.0


def test_who_waits_for_another_process_hears_of_the_stop(tmp_path):
    pace = Pace(tmp_path, 2.0)
    threading.Timer(0.1, pace.stop).start()
    with Pace(tmp_path, 2.0).turn("a.com"), pytest.raises(Stopped), pace.turn("a.com"):
        pytest.fail("the turn is another's")


def test_a_rest_holds_for_every_host_of_the_name_in_later_runs_until_it_is_over(tmp_path):
    clock = Clock()
    paced(tmp_path, clock).rest("www.a.com", 3600.0)
    later = paced(tmp_path, clock)
    assert later.resting("a.com") == 3600.0
    assert later.resting("b.com") == 0.0
    clock.sleep(3601.0)
    assert later.resting("a.com") == 0.0


def test_a_rest_that_another_process_was_told_of_is_heard_of_a_second_later(tmp_path):
    clock = Clock()
    pace, other = paced(tmp_path, clock), paced(tmp_path, clock)
    assert pace.resting("a.com") == 0.0
    other.rest("a.com", 3600.0)
    clock.sleep(1.0)
    assert pace.resting("a.com") == 3599.0


def test_a_shorter_rest_does_not_end_a_longer_one_and_none_is_longer_than_six_hours(tmp_path):
    clock = Clock()
    pace = paced(tmp_path, clock)
    pace.rest("a.com", 3600.0), pace.rest("a.com", 60.0), pace.rest("b.com", 1e9)
    assert (pace.resting("a.com"), pace.resting("b.com")) == (3600.0, 6 * 3600.0)


def test_a_custom_domain_cannot_put_all_of_substack_to_rest(tmp_path):
    pace = paced(tmp_path, Clock())
    pace.learn_substack("claims.example")
    pace.rest("claims.example", 3600.0)
    assert pace.resting("claims.example") == 3600.0
    assert pace.resting("ada.substack.com") == 0.0


def test_a_turn_that_came_late_moves_the_next_one_on(tmp_path):
    clock = Clock()
    pace = Pace(tmp_path, 2.0, clock, lambda seconds: clock.sleep(seconds + 0.3))  # a busy machine wakes up late
    begun = []
    for _ in range(4):
        with pace.turn("a.com"):
            begun.append(clock.now)
    assert all(later - earlier >= SLACK / 2 for earlier, later in pairwise(begun))


PER_SECOND, EACH = 12.0, 20


def test_two_crawlers_of_one_home_together_never_ask_faster_than_one_may(site, home, make_person):
    """By the server's own clock, over every window of twenty requests; a twentieth is left to the delivery of the first."""
    path = make_person().path
    path.write_text(path.read_text().replace("2000", f"{PER_SECOND:g}"))
    arrivals = []
    for host in ("a.substack.com", "b.substack.com"):
        site.rules[f"{host}/robots.txt"] = lambda _: arrivals.append(time.monotonic()) or (404, {}, b"")
        for name in ("one", "two"):
            for number in range(EACH):
                site.rules[f"{host}/{name}/{number}"] = lambda _: arrivals.append(time.monotonic()) or (404, {}, b"")
    script = Path(__file__).parents[1] / "two_crawlers.py"
    command = [sys.executable, str(script), str(home.root), site.origin, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    crawlers = [subprocess.Popen([*command, name, str(EACH)], **pipes) for name in ("one", "two")]
    assert [crawler.stdout.readline() for crawler in crawlers] == ["ready\n"] * 2
    for crawler in crawlers:
        crawler.stdin.write("go\n")
        crawler.stdin.flush()
    assert [crawler.communicate(timeout=60)[0] for crawler in crawlers] == ["", ""]
    arrivals.sort()
    assert len(arrivals) >= 2 * EACH + 2  # each page once, and robots.txt of both hosts
    window = EACH
    for first, last in zip(arrivals, arrivals[window:], strict=False):
        assert last - first >= (window - 0.05 * window) / PER_SECOND
