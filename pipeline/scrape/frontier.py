"""What is still to be asked: breadth first, one row per document or listing, kept in the warehouse so that a killed crawl goes on.

A gathering goes on where waiting rows are left, after its own plan, and after a kill. Else a new round begins: everything
whose `retry_at` has come is asked again (listings every time, documents after six days, failures the next time), the rest
stays done.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.identifiers import id_of
from pipeline.scrape.addresses import origin
from pipeline.scrape.records import Kind
from pipeline.store import Home

State = Literal["waiting", "done", "failed"]
REVISIT = dt.timedelta(days=6)  # so that a weekly gathering asks every document again, with a conditional request
LISTINGS: frozenset[Kind] = frozenset(
    {
        "substack_profile",
        "substack_archive",
        "substack_recommendations",
        "substack_activity",
        "substack_publication",
        "pinterest_feed",
        "web_feed",
    }
)
LASTING = ("listed", "linked", "pointed")  # of a request's context: once so, always so
COLUMNS = ("url", "kind", "source_id", "hop", "found_via", "document_url", "state", "attempts", "reason", "retry_at", "order_key")


@dataclass
class Request:
    """One thing to ask. `document_url` identifies it; `url` is the address that is asked for it."""

    document_url: str
    url: str
    kind: Kind
    source_id: str
    hop: int
    found_via: str
    context: dict[str, Any] = field(default_factory=dict)
    state: State = "waiting"
    attempts: int = 0
    reason: str = ""
    retry_at: dt.datetime | None = None
    order_key: int = 0
    request_id: str = ""

    def __post_init__(self) -> None:
        self.request_id = self.request_id or id_of("request", self.document_url)


Wanted = Callable[[Request], bool]


def is_first_listing(request: Request) -> bool:
    """Whether a request is a listing's first page: what a plan may read."""
    return request.kind in LISTINGS and not request.context.get("offset") and not request.context.get("page")


def is_any(_: Request) -> bool:
    """Everything is wanted."""
    return True


class Frontier:
    """A person's requests by address. Not for several threads: the crawl's main thread alone holds it."""

    def __init__(self, home: Home, person: str, hops: int, run_id: str, now: dt.datetime, unfinished: bool = False) -> None:
        self._person, self._hops = person, hops
        rows = home.warehouse.rows("select * from frontier where person = ? order by order_key", person)
        self._requests = {row["request_id"]: _request(row) for row in rows}
        self._by_url = {address: one for one in self._requests.values() for address in (one.document_url, one.url)}
        self._pages: defaultdict[str, dict[str, Request]] = defaultdict(dict)  # web pages by origin and id, and what once was one there
        for request in self._requests.values():
            self._index(request)
        self._dirty: set[str] = set()
        self._asked: set[str] = set()  # handed out, not answered yet
        self._listings: set[str] = set()  # that wait or are being asked
        self._fresh: defaultdict[int, dict[str, Request]] = defaultdict(dict)  # by hop and id: what waits to be handed out
        for request in [request for request in self._requests.values() if request.state == "waiting"]:
            self._offer(request)
        if unfinished:
            return
        surveyed = home.warehouse.rows("select 1 from fetches where person = ? and run_id = ? limit 1", person, run_id)
        if not surveyed:
            self._begin_round(now, only_failed=any(hop <= hops for hop in self._fresh))

    def add(self, request: Request, again: bool = False) -> None:
        """Adds a request unless it is known. A shorter way to it, or `again`, makes it wait anew."""
        known = self._requests.get(request.request_id)
        if known is None:
            request.order_key = len(self._requests)
            self._requests[request.request_id] = request
            self._by_url[request.url] = request
            self._index(request)
            self._wait(request)
        elif request.request_id in self._asked:
            known.hop = min(known.hop, request.hop)  # its answer will lead on from there,
            known.context = request.context if again else known.context  # to what was meant last (posts listed meanwhile)
        elif again or request.hop < known.hop or (known.state == "waiting" and request.kind != "web_page"):
            self._by_url[request.url] = known
            kept = {name: known.context[name] for name in LASTING if name in known.context}
            known.url, known.kind, known.context = request.url, request.kind, kept | (request.context or known.context)
            known.hop, known.source_id, known.found_via = min(known.hop, request.hop), request.source_id, request.found_via
            self._index(known)
            self._wait(known)

    def finish(self, request: Request, state: State, reason: str, retry_at: dt.datetime | None) -> None:
        """Notes what came of a request."""
        request.state, request.reason, request.retry_at = state, reason, retry_at
        self._asked.discard(request.request_id)
        self._listings.discard(request.request_id)
        request.attempts += 1
        self._dirty.add(request.request_id)

    def put_back(self, request: Request) -> None:
        """A request that could not be asked now, for no reason of its own, waits on."""
        self._asked.discard(request.request_id)
        self._wait(request)

    def note(self, request: Request, **context: object) -> None:
        """Adds to what the follow-up of a request needs."""
        request.context = request.context | context
        self._dirty.add(request.request_id)

    def note_over(self, request: Request, over: int) -> None:
        """How many links or sources of what a request brought are over the cap."""
        if over or "over" in request.context:
            self.note(request, over=over)

    def ask_again(self, request: Request) -> None:
        """A request that is not asked for any more waits anew."""
        self._wait(request)

    def moved(self, request: Request, document_url: str, url: str) -> None:
        """A request turned out to be for this document, at this address."""
        request.document_url, request.url = document_url, url
        self._by_url[url] = self._by_url[document_url] = request
        self._index(request)
        self._dirty.add(request.request_id)

    def retry(self, reasons: Collection[str]) -> frozenset[str]:
        """Requests that failed for one of these reasons wait anew. The ids of those that waited before, and are none of them."""
        waited = frozenset(request.request_id for request in self._requests.values() if request.state == "waiting")
        for request in self._requests.values():
            if request.state == "failed" and request.reason in reasons:
                self._wait(request)
        return waited

    @property
    def awaits_listings(self) -> bool:
        """Whether a listing is still to be read, which may say of a page that it is a publication's post."""
        return bool(self._listings)

    def next_hop(self, wanted: Wanted) -> int | None:
        """The smallest hop within reach at which something wanted waits; None where all is done."""
        hops = (hop for hop in sorted(self._fresh) if hop <= self._hops)
        return next((hop for hop in hops if any(map(wanted, self._waiting(hop)))), None)

    def take_waiting(self, hop: int, wanted: Wanted) -> list[Request]:
        """Requests of this hop that came to wait since the last call."""
        waiting = self._waiting(hop)
        ready = {request.request_id: request for request in waiting if wanted(request)}
        self._fresh[hop] = {request.request_id: request for request in waiting if request.request_id not in ready}
        self._asked |= set(ready)
        return list(ready.values())

    def known(self, url: str) -> Request | None:
        """The request that asks for this address, or for this document."""
        return self._by_url.get(url) or self._requests.get(id_of("request", url))

    def of_source(self, source_id: str) -> Iterator[Request]:
        """All requests of one source."""
        return (request for request in self._requests.values() if request.source_id == source_id)

    def pages_at(self, base: str) -> list[Request]:
        """The web pages of an origin."""
        return [request for request in self._pages[base].values() if request.kind == "web_page" and origin(request.url) == base]

    def is_waiting(self, request: Request) -> bool:
        """Whether a request is still to be handed out."""
        return request.state == "waiting" and request.request_id not in self._asked

    def all(self) -> Iterable[Request]:
        """Every request within reach."""
        return [request for request in self._requests.values() if request.hop <= self._hops]

    def drain(self) -> list[dict[str, Any]]:
        """Rows of the table `frontier` that changed since the last call."""
        rows = [self._row(self._requests[request_id]) for request_id in sorted(self._dirty)]
        self._dirty.clear()
        return rows

    def _index(self, request: Request) -> None:
        if request.kind == "web_page":
            self._pages[origin(request.url)][request.request_id] = request

    def _begin_round(self, now: dt.datetime, only_failed: bool) -> None:
        for request in self._requests.values():
            due = request.retry_at is not None and request.retry_at <= now
            if due and not (only_failed and request.state == "done"):
                self._wait(request)

    def _waiting(self, hop: int) -> list[Request]:
        return [request for request in self._fresh[hop].values() if request.state == "waiting" and request.hop == hop]

    def _wait(self, request: Request) -> None:
        request.state, request.retry_at = "waiting", None
        self._offer(request)
        self._dirty.add(request.request_id)

    def _offer(self, request: Request) -> None:
        self._fresh[request.hop][request.request_id] = request
        if request.kind in LISTINGS and request.hop <= self._hops:
            self._listings.add(request.request_id)

    def _row(self, request: Request) -> dict[str, Any]:
        row = {name: getattr(request, name) for name in COLUMNS}
        context = json.dumps(request.context, sort_keys=True, ensure_ascii=False)
        return row | {"person": self._person, "request_id": request.request_id, "context": context}


def _request(row: dict[str, Any]) -> Request:
    return Request(request_id=row["request_id"], context=json.loads(row["context"] or "{}"), **{name: row[name] for name in COLUMNS})
