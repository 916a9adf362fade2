"""The pages that are held: versions, imports, what is gone."""

import pytest

from pipeline.scrape.records import Document, Parsed, Source
from pipeline.scrape.shelf import Shelf

SITE = Source("web", "site", "https://a.example")
URL = "https://a.example/x"


@pytest.fixture
def shelf(home):
    return Shelf(home, "ada", "run")


def put(shelf, sha256="1", via="crawl", hop=1, headers=None, **said):
    document = Document(URL, "web_page", "text/html", SITE, hop, via)
    return shelf.put(document, sha256, Parsed(**said), headers or {}, URL)


def saved(home, shelf):
    with home.warehouse.transaction() as t:
        t.upsert("pages", shelf.drain(), "person", "page_id")
    return Shelf(home, "ada", "next")


def test_the_same_bytes_are_one_version_and_other_bytes_the_next(home, shelf):
    assert put(shelf)
    assert not put(shelf)
    assert put(shelf, "2")
    shelf = saved(home, shelf)
    assert shelf.held(URL)["sha256"] == "2"
    assert home.warehouse.rows("select sha256, current from pages order by sha256") == [
        {"sha256": "1", "current": False},
        {"sha256": "2", "current": True},
    ]


def test_an_import_wins_over_a_crawl_and_is_not_asked(shelf):
    put(shelf, "1")
    assert put(shelf, "2", via="export.zip")
    assert not put(shelf, "3")
    assert shelf.imported(URL)
    assert shelf.held(URL)["sha256"] == "2"


def test_what_was_crawled_and_is_then_imported_does_not_go_with_its_server(home, shelf):
    put(shelf, "1")
    assert not put(shelf, "1", via="export.zip")
    shelf = saved(home, shelf)
    shelf.gone(URL)
    assert shelf.imported(URL)


def test_meeting_it_again_shortens_the_way_and_renews_the_validators(home, shelf):
    put(shelf, hop=2, headers={"etag": "a"})
    shelf.seen(URL, 1, {"etag": "b"})
    shelf.seen(URL, 2, {})
    row = saved(home, shelf).held(URL)
    assert (row["hop"], row["etag"]) == (1, "b")


def test_what_is_gone_stays_as_history_and_may_come_back(home, shelf):
    put(shelf)
    shelf.gone(URL)
    shelf = saved(home, shelf)
    assert shelf.held(URL) is None
    assert home.warehouse.rows("select current from pages") == [{"current": False}]
    assert put(shelf)
    assert saved(home, shelf).held(URL)["sha256"] == "1"


def test_what_was_imported_does_not_go(shelf):
    put(shelf, via="export.zip")
    shelf.gone(URL)
    assert shelf.held(URL) is not None


def test_a_documents_own_word_on_training_is_kept(home, shelf):
    put(shelf)
    shelf.opt_out(URL, "X-Robots-Tag: noai")
    assert saved(home, shelf).held(URL)["opted_out"] == "X-Robots-Tag: noai"


def test_only_what_changed_is_written(shelf):
    put(shelf)
    assert len(shelf.drain()) == 1
    shelf.seen(URL, 1, {})
    shelf.opt_out("https://unknown.example/", "why")
    shelf.gone("https://unknown.example/")
    assert shelf.drain() == []
