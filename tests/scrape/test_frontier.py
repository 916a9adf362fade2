import datetime as dt

import pytest

from pipeline.scrape.frontier import REVISIT, Frontier, Request, is_any, is_first_listing

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def request(url="https://a.example/x", hop=1, kind="web_page", **context):
    return Request(url, url, kind, "s", hop, "test", context)


def frontier(home, now=NOW, hops=2, run_id="run"):
    return Frontier(home, "ada", hops, run_id, now)


def save(home, one):
    with home.warehouse.transaction() as t:
        t.upsert("frontier", one.drain(), "person", "request_id")


def test_the_nearest_come_first_and_each_once(home):
    one = frontier(home)
    for each in (request("https://b.example/", 2), request("https://a.example/", 1), request("https://a.example/", 1)):
        one.add(each)
    assert one.next_hop(is_any) == 1
    assert [each.url for each in one.take_waiting(1, is_any)] == ["https://a.example/"]
    assert one.take_waiting(1, is_any) == []
    assert one.next_hop(is_any) == 2


def test_what_lies_beyond_the_hops_is_kept_and_not_asked(home):
    one = frontier(home, hops=1)
    one.add(request(hop=2))
    assert one.next_hop(is_any) is None
    assert list(one.all()) == []


def test_a_shorter_way_makes_it_wait_anew(home):
    one = frontier(home)
    one.add(request(hop=2))
    (waiting,) = one.take_waiting(2, is_any)
    one.finish(waiting, "done", "", None)
    one.add(request(hop=1))
    assert [each.hop for each in one.take_waiting(1, is_any)] == [1]


def test_a_killed_crawl_goes_on_where_it_was(home):
    one = frontier(home)
    one.add(request("https://a.example/1"))
    one.add(request("https://a.example/2", page=3))
    done = one.take_waiting(1, is_any)[0]
    one.finish(done, "done", "", NOW)
    save(home, one)
    (left,) = frontier(home, NOW + dt.timedelta(days=30), run_id="next").take_waiting(1, is_any)
    assert (left.url, left.context) == ("https://a.example/2", {"page": 3})


@pytest.mark.parametrize(
    ("retry_at", "days", "again"), [(NOW, 0, True), (NOW + REVISIT, 5, False), (NOW + REVISIT, 7, True), (None, 99, False)]
)
def test_a_new_round_asks_what_is_due(home, retry_at, days, again):
    one = frontier(home)
    one.add(request())
    one.finish(one.take_waiting(1, is_any)[0], "done", "", retry_at)
    save(home, one)
    later = frontier(home, NOW + dt.timedelta(days=days), run_id="next")
    assert (later.next_hop(is_any) is not None) is again


def test_a_plan_of_the_same_run_is_no_reason_to_ask_its_listings_again(home):
    one = frontier(home)
    one.add(request())
    one.finish(one.take_waiting(1, is_any)[0], "done", "", NOW)
    save(home, one)
    with home.warehouse.transaction() as t:
        t.append("fetches", [{"person": "ada", "run_id": "run"}])
    assert frontier(home, run_id="run").next_hop(is_any) is None
    assert frontier(home, run_id="next").next_hop(is_any) == 1


def test_only_first_pages_of_listings_belong_to_a_plan():
    assert is_first_listing(request(kind="substack_archive", offset=0))
    assert not is_first_listing(request(kind="substack_archive", offset=25))
    assert not is_first_listing(request(kind="substack_post"))


def test_a_page_that_turns_out_to_be_a_post_is_asked_as_one(home):
    one = frontier(home)
    one.add(request("https://a.example/p/x"))
    one.add(Request("https://a.example/p/x", "https://a.example/api/v1/posts/x", "substack_post", "pub", 1, "archive"))
    (waiting,) = one.take_waiting(1, is_any)
    assert (waiting.kind, waiting.url, waiting.source_id) == ("substack_post", "https://a.example/api/v1/posts/x", "pub")


def test_what_is_being_asked_is_not_asked_twice(home):
    one = frontier(home)
    one.add(request(hop=2, kind="substack_post"))
    (asked,) = one.take_waiting(2, is_any)
    one.add(request(hop=1, kind="substack_post"), again=True)
    assert one.next_hop(is_any) is None
    assert asked.hop == 1
