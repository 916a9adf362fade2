"""The crawl: breadth first, owners side by side, each at its pace, and what came of it in the warehouse every few seconds."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from pipeline.errors import StoreError
from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.scrape.answer import Answer, Reader, source_of
from pipeline.scrape.client import Client
from pipeline.scrape.consent_watch import ConsentWatch, record_consent
from pipeline.scrape.follow import Follower
from pipeline.scrape.follow_again import remember_reach
from pipeline.scrape.frontier import LISTINGS, Frontier, Request, State, Wanted, is_any, is_first_listing
from pipeline.scrape.guard import Guard
from pipeline.scrape.heartbeat import Heartbeat
from pipeline.scrape.imported_optouts import settle_imported
from pipeline.scrape.imports import Importer
from pipeline.scrape.journal import Journal
from pipeline.scrape.ledger import write_ledger
from pipeline.scrape.masked import is_masked
from pipeline.scrape.owner_pool import OwnerPool, worker_threads
from pipeline.scrape.parser_pool import ParserPool
from pipeline.scrape.reach import reached
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.scrape.writer import Writer
from pipeline.store import Home
from pipeline.store.blobs import require_space

THREADS = 32
AHEAD = 3  # requests of one owner handed out at once: one asks, one waits for its turn, one is being read
LOOK_S = 2.0  # between two looks at whether consent still holds, where nothing comes


@dataclass(frozen=True)
class GatherSummary:
    """What a gathering came to: documents imported and new, and requests by (outcome, reason)."""

    imported: int
    kept: int
    outcomes: dict[tuple[str, str], int]
    skipped: dict[str, int]


def gather(
    home: Home, person: Person, *, connect_to: str | None, run_id: str, today: dt.date, retry: frozenset[str] | None = None
) -> GatherSummary:
    """Imports the person's archives, then crawls what is in reach and allowed. Goes on where a killed run stopped.

    With `retry` it asks only for what failed for one of these reasons, and for what that leads to.

    Tables: consents, frontier, pages, fetches, robots, sources, skips. Raises ConsentError where nobody agreed (or no
    longer), ArchiveError where an archive cannot be read, StoreError where the warehouse cannot be used.
    """
    person.require_consent(today)
    require_space(home.root)
    record_consent(home, person)
    journal = Journal(home, person.person, "pages")
    client, consent = Client(home, person, run_id, Guard(connect_to), journal=journal), ConsentWatch(person, today)
    crawl = Crawl(home, person, client, run_id, journal, retry, consent)
    return crawl.run()


class Crawl:
    """One gathering. The main thread holds all state; workers fetch, redact, parse and store bytes."""

    def __init__(
        self,
        home: Home,
        person: Person,
        client: Client,
        run_id: str,
        journal: Journal,
        retry: frozenset[str] | None = None,
        consent: ConsentWatch | None = None,
    ) -> None:
        """`consent` is looked at now and then; a plan, which takes moments, has none to look at."""
        self._home, self._person, self._client, self._journal, self._consent = home, person, client, journal, consent
        self._frontier = Frontier(
            home, person.person, person.hops, run_id, dt.datetime.now(dt.UTC), journal.unfinished or retry is not None
        )
        self._all = retry is None
        self._left_alone = self._frontier.retry(retry) if retry is not None else frozenset()
        self._shelf, self._book = Shelf(home, person.person, run_id), SourceBook(home, person.person)
        self._follower = Follower(person, self._frontier, self._shelf, self._book)
        self._writer = Writer(home, journal, client, self._shelf, self._book, self._frontier)
        self._parsers = ParserPool(home.blobs)
        self._reader = Reader(client, home.blobs, journal, self._parsers, self._knows)
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._kept = 0
        self._heartbeat = Heartbeat(f"requests for {person.person}")

    def run(self) -> GatherSummary:
        """Imports, crawls, counts."""
        importer = self.survey(is_any)
        if self._went_all_the_way():
            self._follower.leave(reached(self._home.blobs, self._shelf, self._book, self._person.hops))
        skipped = write_ledger(self._home, self._person, self._frontier, self._shelf, self._book, importer.skipped)
        self.close()
        return GatherSummary(importer.taken, self._kept, dict(self._outcomes), skipped)

    def survey(self, wanted: Wanted = is_first_listing) -> Importer:
        """Imports, and asks for what is wanted: first listings only, for a plan. What is not stays in the frontier."""
        importer = Importer(self._home, self._person, self._shelf, self._book, self._follower)
        importer.run()
        self._follower.seed()
        if self._all:
            self._follower.again(self._home)
        self._writer.flush()
        if self._all:
            remember_reach(self._home, self._person)

        def ready(request: Request) -> bool:
            if self._client.is_spent or request.request_id in self._left_alone:
                return False
            return wanted(request) and not self._follower.holds_back(request)

        try:
            self._waves(ready)
        finally:
            if not isinstance(sys.exception(), StoreError):  # what could not be written stands in the journal; the next would settle it
                self._writer.flush()
        return importer

    def _waves(self, wanted: Wanted) -> None:
        progress = tqdm(desc=f"gathering for {self._person.person}", unit="request", disable=None)
        with self._parsers, worker_threads(THREADS, self._client.pace.stop) as pool, progress as bar:
            settle_imported(self._shelf, self._book, self._client, pool, self._person.hops)
            while (hop := self._frontier.next_hop(wanted)) is not None:
                self._wave(hop, wanted, pool, bar)

    def _went_all_the_way(self) -> bool:
        """Whether every listing was read; without the profile nothing is known of what the person shows."""
        profile = any(row["kind"] == "substack_profile" for row in self._shelf.all()) or not self._person.handles.substack
        return profile and not self._client.is_spent and self._frontier.next_hop(is_any) is None

    def close(self) -> None:
        """The gathering is at its end."""
        self._writer.flush()
        self._journal.close()

    def leave(self) -> None:
        """The plan is at its end; a killed gathering may still be to be finished."""
        self._writer.flush()
        self._journal.leave()

    def requests(self) -> Iterable[Request]:
        """Everything within reach, asked or not."""
        return self._frontier.all()

    def _wave(self, hop: int, wanted: Wanted, pool: ThreadPoolExecutor, bar: "tqdm[Any]") -> None:
        """All requests of one hop, those that they lead to at the same hop included."""
        work: OwnerPool[Request, Answer] = OwnerPool(pool, THREADS, AHEAD, self._ask)
        while True:
            for request in self._frontier.take_waiting(hop, wanted):
                if request.kind.startswith("substack"):
                    self._client.pace.learn_substack(host(request.url))  # a custom domain, before it is first asked
                work.add(self._client.pace.owner_of(host(request.url)), request)
            if not work:
                return
            for answer in work.finished(LOOK_S):
                self._take(answer)
                bar.update()
            bar.total = bar.n + len(work)  # what waits at this distance; more may be found
            self._heartbeat.beat(self._outcomes.total(), len(work))
            self._writer.sometimes()
            if self._consent is not None:
                self._consent.check()

    def _ask(self, request: Request) -> "Future[Answer]":
        held = self._shelf.held(request.document_url)
        return self._reader.answer(request, dict(held) if held else None, source_of(request))

    def _take(self, answer: Answer) -> None:
        request, fetched = answer.request, answer.fetched
        self._outcomes[fetched.outcome, fetched.reason] += 1
        self._writer.answered(request)
        if fetched.reason == "moved_to_known":
            self._moved(request, fetched.url)
        elif answer.document is not None and answer.parsed is not None:
            self._store(answer)
        elif fetched.reason in ("not_found", "gone"):
            self._shelf.gone(request.document_url)
        elif fetched.status == 304:
            self._shelf.seen(request.document_url, request.hop, fetched.headers)
        self._heed(answer)
        if fetched.outcome == "stopped" and fetched.reason == "limit" and self._client.is_spent:
            self._frontier.put_back(request)
            return
        state: State = "done" if fetched.outcome in ("kept", "unchanged") else "failed"
        self._frontier.finish(request, state, fetched.reason, answer.retry_at())
        self._follower.after(answer)

    def _store(self, answer: Answer) -> None:
        request, document, parsed = answer.request, answer.document, answer.parsed
        assert document is not None
        assert parsed is not None
        if request.kind not in LISTINGS:
            self._book.meet(document.source, request.hop, request.found_via)
            self._now_at(request, document.url, answer.fetched.url)
        asked = None if "paid" in request.context else answer.fetched.url
        self._kept += self._shelf.put(document, answer.sha256, parsed, answer.fetched.headers, asked)

    def _moved(self, request: Request, target: str) -> None:
        """Another address of what is held, or will be."""
        known = self._frontier.known(target)
        self._now_at(request, known.document_url if known is not None else target, request.url)
        self._shelf.seen(request.document_url, request.hop, {})
        if known is not None and request.hop < known.hop:
            self._frontier.add(Request(known.document_url, known.url, known.kind, known.source_id, request.hop, request.found_via))

    def _now_at(self, request: Request, document_url: str, url: str) -> None:
        """What was held under the address that now leads elsewhere is not used any more. An address that had to be masked leads
        nowhere: the one that led to it is asked again."""
        if document_url != request.document_url:
            self._shelf.gone(request.document_url)
        self._frontier.moved(request, document_url, request.url if is_masked(url) else url)

    def _heed(self, answer: Answer) -> None:
        """A publication's or site's word on training, where the answer's headers or robots.txt spoke it."""
        if answer.opted_out is None:
            return
        request = answer.request
        if request.kind in LISTINGS or request.kind == "substack_post" or answer.fetched.reason == "opted_out":
            self._book.settle(request.source_id, answer.opted_out)
        else:
            self._shelf.opt_out(request.document_url, answer.opted_out)

    def _knows(self, url: str) -> bool:
        return self._shelf.held(url) is not None or self._frontier.known(url) is not None
