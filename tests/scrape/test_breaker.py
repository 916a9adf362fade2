"""Who turns us away is left alone for the rest of the run."""

import pytest

from pipeline.scrape.breaker import IN_A_ROW, MISSING_IN_A_ROW, Breaker
from pipeline.scrape.fetched import Fetched

URL = "https://a.example/"
KEPT, GONE = Fetched(URL, "kept", "", 200), Fetched(URL, "rejected", "gone", 410)
FORBIDDEN, MISSING = Fetched(URL, "rejected", "forbidden", 403), Fetched(URL, "rejected", "not_found", 403)
LIMITED, BLOCKED = Fetched(URL, "retry_later", "rate_limited", 429), Fetched(URL, "retry_later", "blocked", 200)
SILENT = Fetched(URL, "retry_later", "timeout")


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [
        ([], False),
        ([KEPT], False),
        ([FORBIDDEN], True),
        ([FORBIDDEN, KEPT, KEPT], True),
        ([LIMITED] * (IN_A_ROW - 1), False),
        ([LIMITED] * IN_A_ROW, True),
        ([BLOCKED] * IN_A_ROW, True),
        ([LIMITED, BLOCKED, LIMITED], True),
        ([LIMITED, LIMITED, KEPT, LIMITED, LIMITED], False),
        ([LIMITED, LIMITED, GONE, LIMITED], False),
        ([LIMITED, LIMITED, SILENT, LIMITED], True),
        ([MISSING] * (MISSING_IN_A_ROW - 1), False),
        ([MISSING] * MISSING_IN_A_ROW, True),
        ([MISSING] * 10 + [KEPT] + [MISSING] * 10, False),
    ],
)
def test_refusals_open_it(answers, is_open):
    breaker = Breaker()
    for answer in answers:
        breaker.note("a.example", answer)
    assert breaker.is_open("a.example") is is_open
    assert not breaker.is_open("b.example")


def test_a_403_stops_its_host_and_three_stop_whoever_the_hosts_belong_to():
    breaker = Breaker()
    for number, name in enumerate(("a", "b", "c")):
        breaker.note(f"{name}.substack.com", FORBIDDEN)
        assert breaker.is_open(f"{name}.substack.com")
        assert breaker.is_open("d.substack.com") is (number == 2)
    assert not breaker.is_open("custom.example")


def test_what_one_host_of_an_owner_gives_ends_the_row_of_refusals():
    breaker = Breaker()
    for name, answer in (("a", LIMITED), ("b", LIMITED), ("c", KEPT), ("d", LIMITED)):
        breaker.note(f"{name}.substack.com", answer)
    assert not breaker.is_open("a.substack.com")


def test_hosts_of_one_bucket_provider_do_not_answer_for_each_other():
    breaker = Breaker()
    for name in ("a", "b", "c"):
        breaker.note(f"{name}.amazonaws.com", LIMITED)
    assert not breaker.is_open("d.amazonaws.com")


def test_a_403_on_robots_txt_is_no_refusal():
    breaker = Breaker()
    breaker.note("a.example", FORBIDDEN, content=False)
    assert not breaker.is_open("a.example")
