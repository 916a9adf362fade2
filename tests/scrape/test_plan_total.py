"""The sum of a plan: owners wait side by side, an owner's requests one by one, and pictures after documents."""

import pytest

from pipeline.people import Limits
from pipeline.scrape.plan_total import PlanRow, spell, total_of

LIMITS = Limits(requests_per_second=0.5, requests_per_run=1000)


def row(host, owner, documents=0, pictures=0, at_most=0):
    return PlanRow(
        host=host, owner=owner, known=documents + pictures, documents=documents, revalidations=0, pictures=pictures, at_most=at_most,
        documents_at_most=at_most, pictures_at_most=0, minutes=0.0, minutes_at_most=0.0, megabytes=1.0, megabytes_at_most=9.0, sizes="",
        crawl_delay=0.0, robots="open", opted_out="", not_fetched="",
    )  # fmt: skip


ROWS = [
    row("a.substack.com", "substack", 30, 0, 60),
    row("b.substack.com", "substack", 30, 0, 60),
    row("c.example", "c.example", 50, 90, 90),
]


def test_hosts_of_one_owner_queue_behind_each_other_and_pictures_come_after_documents():
    total = total_of(ROWS, LIMITS, {}, 0, 1000)
    assert (total.known, total.minutes, total.slowest) == (200, (60 + 90) * 2 / 60, ("substack", "c.example"))


def test_a_slow_owner_takes_longer():
    total = total_of(ROWS, LIMITS, {"c.example": 10.0}, 0, 1000)
    assert total.minutes == pytest.approx((50 + 90) * 10 / 60)
    assert total.slowest == ("c.example", "c.example")


def test_the_most_minutes_are_those_of_everything_one_after_another_up_to_the_runs_cap():
    assert total_of(ROWS, LIMITS, {"c.example": 10.0}, 0, 1000).minutes_at_most == pytest.approx((90 * 10 + 120 * 2) / 60)
    assert total_of(ROWS, LIMITS, {"c.example": 10.0}, 0, 100).minutes_at_most == pytest.approx((90 * 10 + 10 * 2) / 60)


def test_the_sentence_says_what_is_known_how_long_it_takes_and_the_most():
    assert total_of(ROWS, LIMITS, {}, 7, 1000).summary == (
        "7 documents are held. 200 requests are known (110 documents, 90 pictures), about 3 MB. At one request in 2 s per owner they take "
        "about 5 min (longest: documents of substack and pictures of c.example). What is found on the way may bring more: at most "
        "210 requests, 7 min and 27 MB in one run."
    )


def test_where_a_run_is_not_enough_the_sentence_says_how_many_are():
    assert "takes 3 runs" in total_of(ROWS, Limits(requests_per_run=80), {}, 0, 80).summary


def test_nothing_to_do_is_said():
    assert total_of([], LIMITS, {}, 0, 0).summary == "Nothing waits to be asked."


@pytest.mark.parametrize(("minutes", "said"), [(0, "1 s"), (0.5, "30 s"), (1.6, "2 min"), (119, "119 min"), (180, "3.0 h")])
def test_lengths_of_time(minutes, said):
    assert spell(minutes) == said
