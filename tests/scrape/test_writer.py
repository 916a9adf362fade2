"""What came of a crawl is written beside it."""

import threading
from types import SimpleNamespace

import pytest

from pipeline.errors import StoreError
from pipeline.scrape import writer as writer_module
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.journal import Journal
from pipeline.scrape.records import Document, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.scrape.writer import Writer

URL = "https://a.example/x"
REQUEST = Request(URL, URL, "web_page", "s", 1, "test")
ANSWER = {"request_id": REQUEST.request_id, "url": URL, "final": URL, "sha256": None}
PATIENCE_S = 30.0


@pytest.fixture
def crawl(home):
    """A writer and what it writes, with one page and the note of its answer."""
    made = SimpleNamespace(shelf=Shelf(home, "ada", "run"), journal=Journal(home, "ada", "pages"))
    asked = SimpleNamespace(drain=list, robots=SimpleNamespace(drain=list))
    frontier = Frontier(home, "ada", 2, "run", None, unfinished=True)
    made.writer = Writer(home, made.journal, asked, made.shelf, SourceBook(home, "ada"), frontier)
    made.shelf.put(Document(URL, "web_page", "text/html", Source("web", "site", "https://a.example"), 1), "1", Parsed(), {}, URL)
    made.journal.note("answers", ANSWER)
    made.writer.answered(REQUEST)
    return made


@pytest.fixture
def held_up(home, monkeypatch):
    """A transaction that is begun waits until this is set."""
    let, transaction = threading.Event(), home.warehouse.transaction

    def late():
        assert let.wait(PATIENCE_S)
        return transaction()

    monkeypatch.setattr(home.warehouse, "transaction", late)
    return let


def at_once(monkeypatch):
    monkeypatch.setattr(writer_module, "FLUSH_N", 1)


def opted_out(home):
    return [row["opted_out"] for row in home.warehouse.rows("select opted_out from pages")]


def test_nothing_is_written_before_it_is_time(crawl, home):
    crawl.writer.sometimes()
    crawl.writer.answered(REQUEST)
    assert opted_out(home) == []


def test_what_is_written_need_not_stand_in_the_journal(crawl, home):
    crawl.writer.flush()
    assert opted_out(home) == [None]
    assert crawl.journal.answer(REQUEST.request_id, URL) is None


def test_a_batch_holds_rows_as_they_were_and_the_next_one_what_changed(crawl, home, held_up, monkeypatch):
    at_once(monkeypatch)
    crawl.writer.sometimes()
    crawl.shelf.opt_out(URL, "meanwhile")
    assert crawl.journal.answer(REQUEST.request_id, URL) == ANSWER
    held_up.set()
    crawl.writer._under_way.result(PATIENCE_S)
    assert opted_out(home) == [None]
    crawl.writer.flush()
    assert opted_out(home) == ["meanwhile"]


def test_one_batch_is_written_at_a_time(crawl, held_up, monkeypatch):
    at_once(monkeypatch)
    crawl.writer.sometimes()
    first = crawl.writer._under_way
    crawl.writer.answered(REQUEST)
    crawl.writer.sometimes()
    assert crawl.writer._under_way is first
    held_up.set()


@pytest.mark.parametrize("then", ["sometimes", "flush"])
def test_a_batch_that_cannot_be_written_is_told_at_the_next_chance(crawl, home, monkeypatch, then):
    def full():
        raise StoreError("no room")

    at_once(monkeypatch)
    monkeypatch.setattr(home.warehouse, "transaction", full)
    crawl.writer.sometimes()
    crawl.writer.answered(REQUEST)
    crawl.writer._under_way.exception(PATIENCE_S)
    with pytest.raises(StoreError, match="no room"):
        getattr(crawl.writer, then)()
    assert crawl.journal.answer(REQUEST.request_id, URL) == ANSWER
