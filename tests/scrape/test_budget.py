"""What a run may ask for in all, and at one host on top of that."""

import datetime as dt

import pytest

from pipeline.scrape.budget import Budget


@pytest.fixture
def limited(home, make_person):
    return lambda limits="", run_id="run": Budget(home, make_person(limits=limits), run_id)


def note(home, outcome, size, run_id="run"):
    with home.warehouse.transaction() as t:
        t.append("fetches", [{"person": "ada", "fetch_id": f"{outcome}{size}", "outcome": outcome, "bytes": size, "run_id": run_id}])


def test_requests_end_at_the_cap(limited):
    budget = limited(", requests_per_run: 2")
    assert [budget.take(10), budget.take(10), budget.take(10)] == [True, True, False]


def test_what_an_answer_may_weigh_is_paid_beforehand_and_the_rest_comes_back(limited):
    budget = limited(", megabytes_per_run: 100")
    assert budget.take(60_000_000)
    assert not budget.take(60_000_000)
    budget.give_back(59_000_000)
    assert budget.take(60_000_000)


def test_earlier_steps_of_the_run_count_and_other_runs_and_refusals_do_not(home, limited):
    note(home, "kept", 1_000_000)
    note(home, "refused", 0)
    note(home, "kept", 500_000_000, run_id="another")
    budget = limited(", requests_per_run: 2, megabytes_per_run: 100")
    assert not budget.has(99_500_000)
    assert [budget.take(0), budget.take(0)] == [True, False]


def test_each_host_is_asked_again_a_limited_number_of_times(limited):
    budget = limited(", pages_per_host: 1")  # posts_per_source is 100
    assert [budget.repeat("a.example") for _ in range(101)] == [True] * 100 + [False]
    assert budget.repeat("b.example")


EVENING = dt.datetime(2026, 6, 1, 23, 59, tzinfo=dt.UTC)


def asked_at(home, moment, outcome="kept"):
    row = {"person": "ada", "fetch_id": f"{moment}{outcome}", "outcome": outcome, "started_at": moment, "run_id": "earlier"}
    with home.warehouse.transaction() as t:
        t.append("fetches", [row])


def test_the_days_requests_are_counted_over_all_runs_and_not_yesterdays(home, make_person):
    asked_at(home, EVENING - dt.timedelta(hours=1))
    asked_at(home, EVENING - dt.timedelta(hours=2), "refused")
    asked_at(home, EVENING - dt.timedelta(days=1))
    budget = Budget(home, make_person(limits=", requests_per_day: 3"), "run", now=lambda: EVENING)
    assert [budget.take(0), budget.take(0), budget.take(0)] == [True, True, False]


def test_a_run_that_goes_past_midnight_has_the_new_days_requests(home, make_person):
    clock = [EVENING]
    budget = Budget(home, make_person(limits=", requests_per_day: 1"), "run", now=lambda: clock[0])
    assert [budget.take(0), budget.take(0)] == [True, False]
    clock[0] += dt.timedelta(minutes=2)
    assert [budget.take(0), budget.take(0)] == [True, False]
