"""Reported = fetched + skipped, for every source, whatever happened."""

import datetime as dt

import pytest

from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.ledger import count_items, write_ledger
from pipeline.scrape.records import Document, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SITE = Source("web", "site", "https://a.example")


@pytest.fixture
def parts(home):
    book = SourceBook(home, "ada")
    book.meet(SITE, 1, "test")
    return Frontier(home, "ada", 2, "run", NOW), Shelf(home, "ada", "run"), book


def ask(parts, path, state="waiting", reason="", kind="web_page", held=False, hop=1, **context):
    frontier, shelf, book = parts
    url = f"https://a.example/{path}"
    request = Request(url, url, kind, book.meet(SITE, 1, "test"), hop, "test", context)
    frontier.add(request)
    if state != "waiting":
        frontier.finish(request, state, reason, None)
    if held:
        shelf.put(Document(url, kind, b"", "text/html", SITE, 1), "1", Parsed(), {}, url)


def counted(parts):
    fetched, skipped = count_items(parts[0], parts[1])
    source_id = parts[2].meet(SITE, 1, "test")
    return fetched[source_id], {reason: n for reason, n in skipped[source_id].items() if n}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"state": "done", "held": True}, (1, {})),
        ({"state": "failed", "reason": "timeout"}, (0, {"timeout": 1})),
        ({"state": "failed", "reason": "timeout", "held": True}, (1, {})),  # an older version is held
        ({"state": "waiting"}, (0, {"limit": 1})),  # a budget ran out before it came to it
        ({"state": "waiting", "held": True}, (1, {})),
        ({"state": "done", "reason": "paid", "held": True}, (0, {"paid": 1})),
        ({"state": "done", "kind": "substack_archive", "held": True}, (0, {})),  # a listing is no item
        ({"state": "failed", "reason": "timeout", "kind": "substack_archive"}, (0, {})),
        ({"state": "done", "held": True, "over": 7}, (1, {"limit": 7})),
        ({"state": "done", "kind": "substack_profile", "over": 7}, (0, {"limit": 7})),
        ({"state": "failed", "reason": "not_found", "hop": 3}, (0, {})),  # beyond the hops
    ],
)
def test_everything_that_was_reported_came_or_has_a_reason(parts, asked, expected):
    ask(parts, "x", **asked)
    assert counted(parts) == expected


def test_the_tables_add_up(home, parts):
    ask(parts, "1", "done", held=True)
    ask(parts, "2", "failed", "timeout")
    ask(parts, "3", "failed", "not_found")
    ask(parts, "4")
    frontier, shelf, book = parts
    source_id = book.meet(SITE, 1, "test")
    person = type("Someone", (), {"person": "ada"})()
    for _ in range(2):
        total = write_ledger(home, person, frontier, shelf, book, {source_id: {"draft": 2}})
    assert total == {"draft": 2, "limit": 1, "not_found": 1, "timeout": 1}
    assert sum(row["n"] for row in home.warehouse.rows("select n from skips")) == 5
    with home.warehouse.transaction() as t:
        t.upsert("sources", book.drain(), "person", "source_id")
    assert home.warehouse.rows("select reported, fetched from sources") == [{"reported": 6, "fetched": 1}]
