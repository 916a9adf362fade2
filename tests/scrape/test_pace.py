import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.scrape.pace import SLACK, Pace, owner_of


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


def test_a_custom_domain_counts_as_substack_once_known(tmp_path):
    pace = Pace(tmp_path, 1.0)
    pace.learn_substack("www.pathtorome.example")
    assert pace.owner_of("www.pathtorome.example") == "substack"


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


def test_a_moment_from_a_clock_that_was_set_back_is_thrown_away(tmp_path):
    clock = Clock()
    (tmp_path / "a.com.next").write_text("99999999.0".zfill(20))
    with paced(tmp_path, clock).turn("a.com"):
        pass
    assert clock.slept == [0.0]


WORKER = """
import sys, time
from pathlib import Path
from pipeline.scrape.pace import Pace
pace = Pace(Path(sys.argv[1]), 100.0)
for _ in range(15):
    with pace.turn("a.com"):
        print(time.time(), flush=True)
"""


def test_two_processes_share_one_pace(tmp_path):
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    moments = sorted(float(line) for worker in workers for line in worker.communicate()[0].split())
    assert len(moments) == 30
    assert moments[-1] - moments[0] >= 28 * 0.01  # thirty turns at a hundred a second, whoever took them
