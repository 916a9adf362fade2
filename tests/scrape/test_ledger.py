"""Reported = fetched + skipped, for every source, whatever happened."""

import datetime as dt
import json

import pytest

from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.ledger import count_items, write_ledger
from pipeline.scrape.records import Document, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
FAR = Source("substack", "publication", "https://far.substack.com")
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
        shelf.put(Document(url, kind, "text/html", SITE, 1), "1", Parsed(), {}, url)


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


def test_what_a_listing_tells_of_and_nobody_followed_is_lost_and_shows(parts, home, make_person, caplog):
    """The archive lists two posts, of which the crawl forgot one."""
    frontier, shelf, book = parts
    source_id = book.meet(FAR, 1, "test")
    rows = [{"id": n, "slug": f"p{n}", "canonical_url": f"{FAR.url}/p/p{n}", "audience": "everyone"} for n in (1, 2)]
    url, content = f"{FAR.url}/api/v1/archive", json.dumps(rows).encode()
    shelf.put(Document(url, "substack_archive", "", FAR, 1), home.blobs.put(content), Parsed(), {}, url)
    frontier.add(Request(f"{FAR.url}/p/p1", f"{FAR.url}/p/p1", "substack_post", source_id, 1, "test"))
    skipped = write_ledger(home, make_person(), frontier, shelf, book, {})
    assert skipped == {"limit": 1, "lost": 1}
    assert "1 items that sources list were lost" in caplog.text
    with home.warehouse.transaction() as t:
        t.upsert("sources", book.drain(), "person", "source_id")
    assert home.warehouse.rows("select reported, fetched from sources where url = ?", FAR.url) == [{"reported": 2, "fetched": 0}]


def test_what_waits_for_a_listing_that_was_not_read_yet_is_not_lost(parts, home, make_person):
    frontier, shelf, book = parts
    source_id = book.meet(FAR, 1, "test")
    url, content = f"{FAR.url}/api/v1/archive", b'[{"id": 1, "slug": "p", "canonical_url": "https://far.substack.com/p/p"}]'
    shelf.put(Document(url, "substack_archive", "", FAR, 1), home.blobs.put(content), Parsed(), {}, url)
    frontier.add(Request(f"{FAR.url}/#settings", "https://substack.com/x", "substack_publication", source_id, 1, "test"))
    assert write_ledger(home, make_person(), frontier, shelf, book, {}) == {"limit": 1}
