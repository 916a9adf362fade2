"""What came of a crawl, on its way to the warehouse: a batch every few seconds, written in a thread of its own while the crawl goes on."""

import time
from typing import Any, NamedTuple

from pipeline.scrape.client import Client
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.journal import Journal
from pipeline.scrape.later import beside, now
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.store import Home

FLUSH_S, FLUSH_N = 5.0, 2000  # seconds or answers between two transactions, of which each costs a tenth of a second
Rows = list[dict[str, Any]]


class _Batch(NamedTuple):
    """Rows by table, as they are now, and the requests whose answers they hold."""

    pages: Rows
    sources: Rows
    frontier: Rows
    robots: Rows
    fetches: Rows
    answers: Rows


class Writer:
    """Belongs to the crawl's main thread, like what it writes."""

    def __init__(self, home: Home, journal: Journal, client: Client, shelf: Shelf, book: SourceBook, frontier: Frontier) -> None:
        self._home, self._journal, self._client = home, journal, client
        self._shelf, self._book, self._frontier = shelf, book, frontier
        self._answers: Rows = []
        self._begun, self._under_way = time.monotonic(), now(lambda: None)

    def answered(self, request: Request) -> None:
        """What came of a request is held, and need not stand in the journal once it is written."""
        self._answers.append({"request_id": request.request_id})

    def sometimes(self) -> None:
        """Begins a transaction where it is time for one. Raises StoreError where the last one failed."""
        if self._under_way.done() and (len(self._answers) >= FLUSH_N or time.monotonic() - self._begun > FLUSH_S):
            self._under_way.result()
            batch = self._batch()
            self._under_way = beside(lambda: self._write(batch))

    def flush(self) -> None:
        """Writes everything. Raises StoreError."""
        self._under_way.result()
        self._write(self._batch())

    def _batch(self) -> _Batch:
        answers, self._answers, self._begun = self._answers, [], time.monotonic()
        held = (self._shelf.drain(), self._book.drain(), self._frontier.drain())
        return _Batch(*held, self._client.robots.drain(), self._client.drain(), answers)

    def _write(self, batch: _Batch) -> None:
        """One transaction for everything since the last; the journal holds it until then."""
        with self._home.warehouse.transaction() as t:
            t.upsert("pages", batch.pages, "person", "page_id")
            t.upsert("sources", batch.sources, "person", "source_id")
            t.upsert("frontier", batch.frontier, "person", "request_id")
            t.upsert("robots", batch.robots, "origin")
            t.append("fetches", batch.fetches)
        self._journal.settle(fetches=batch.fetches, robots=batch.robots, answers=batch.answers)
