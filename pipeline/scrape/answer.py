"""Asks for one request of the frontier and reads the answer: what a worker thread does."""

import datetime as dt
import json
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import host, origin
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask, Fetched, Want, charset, media_type
from pipeline.scrape.frontier import LISTINGS, REVISIT, Request
from pipeline.scrape.journal import Journal, headers_worth_keeping
from pipeline.scrape.later import now, then
from pipeline.scrape.optouts import header_opt_out
from pipeline.scrape.outcomes import ASK_AGAIN
from pipeline.scrape.parser_pool import ParserPool
from pipeline.scrape.post_requests import profile_url
from pipeline.scrape.records import Document, Kind, Parsed, Source
from pipeline.scrape.redact import redact
from pipeline.scrape.understand import Received, Stored, outline_stored
from pipeline.store import Blobs

WANTS: dict[Kind, Want] = {"web_page": "html", "pinterest_feed": "feed", "web_feed": "feed"}  # the rest is JSON
HANDLE = re.compile(r"https://substack\.com/@([\w-]{1,64})/?")
NOTED = ("outcome", "reason", "status", "headers", "wait")  # of what was fetched, in the journal


@dataclass(frozen=True)
class Answer:
    """What came of a request. `document` where something new is to be stored, `parsed` where it was read."""

    request: Request
    fetched: Fetched
    parsed: Parsed | None = None
    document: Document | None = None
    sha256: str = ""
    opted_out: str | None = None  # the headers' or robots.txt's word

    def retry_at(self) -> dt.datetime | None:
        """When the next gathering may ask again; None for what needs no asking: later pages of a listing wait for the first to lead
        there."""
        request, fetched, now = self.request, self.fetched, dt.datetime.now(dt.UTC)
        if fetched.outcome in ASK_AGAIN or fetched.reason == "robots_unreachable":
            return now + dt.timedelta(seconds=fetched.wait or 0.0)
        if fetched.reason in ("paid", "moved_to_known"):
            return None
        if request.kind in LISTINGS and "pointer" not in request.context and fetched.outcome in ("kept", "unchanged"):
            return None if request.context.get("offset") or request.context.get("page") else now
        return now + REVISIT


class Reader:
    """Fetches, redacts, parses and stores. Safe for many threads."""

    def __init__(self, client: Client, blobs: Blobs, journal: Journal, parsers: ParserPool, known: Callable[[str], bool]) -> None:
        self._client, self._blobs, self._journal, self._parsers, self._known = client, blobs, journal, parsers, known

    def answer(self, request: Request, held: dict[str, Any] | None, source: Source) -> "Future[Answer]":
        """Asks for a request, conditionally where a version is `held`; never raises for what the web does. What came is read and
        stored meanwhile, or after that."""
        if "paid" in request.context or "pin" in request.context:
            return now(lambda: self._told(request, source))
        noted = self._journal.answer(request.request_id, request.url)
        if noted is not None and (noted["sha256"] is None or self._blobs.has(noted["sha256"])):
            return self._recalled(request, held, source, noted)
        ask = Ask(request.url, WANTS.get(request.kind, "json"), request.source_id, request.hop, trains=trains(request))
        if held is not None and held["fetched_url"] == request.url and self._blobs.has(held["sha256"]):
            ask = replace(ask, etag=held["etag"], last_modified=held["last_modified"])
        fetched = self._client.get(ask, self._known if request.kind not in LISTINGS else lambda _: False)
        if request.kind == "substack_profile" and fetched.reason == "not_found":
            fetched = self._renamed(ask, request) or fetched
        return then(self._read(request, fetched, held, source), self._noted)

    def _noted(self, read: "Future[Answer]") -> Answer:
        answer = read.result()
        self._journal.note("answers", _note(answer))
        return answer

    def _read(self, request: Request, fetched: Fetched, held: dict[str, Any] | None, source: Source) -> "Future[Answer]":
        said = _said(request, fetched) if request.hop > 0 else None
        if fetched.outcome == "kept":
            own_user, declared = request.context.get("user"), charset(fetched.headers)
            received = Received(request.kind, fetched.url, fetched.content, request.hop == 0, own_user, declared)
            bare = replace(fetched, content=b"")
            return then(self._parsers.store(received), lambda stored: _stored(request, bare, source, said, stored))
        if fetched.status == 304 and held is not None and request.kind in LISTINGS:
            return now(lambda: self._read_again(request, fetched, held, said))
        return now(lambda: Answer(request, fetched, opted_out=said))

    def _renamed(self, ask: Ask, request: Request) -> Fetched | None:
        """The profile under the handle that the old one's page redirects to (SURFACES A.1); nothing of that page is kept."""
        page = self._client.get(replace(ask, url=request.context["account"], want="html", etag=None, last_modified=None))
        handle = HANDLE.fullmatch(page.url)
        if handle is None or page.url == request.context["account"]:
            return None
        return self._client.get(replace(ask, url=profile_url(handle.group(1)), etag=None, last_modified=None))

    def _recalled(self, request: Request, held: dict[str, Any] | None, source: Source, noted: dict[str, Any]) -> "Future[Answer]":
        """The answer that a killed gathering noted, read again."""
        fields = {name: noted[name] for name in NOTED}
        fetched = Fetched(url=noted["final"], **fields)
        if noted["sha256"] is None:
            return self._read(request, fetched, held, source)
        said = _said(request, fetched) if request.hop > 0 else None
        parsed = outline_stored(request.kind, fetched.url, self._blobs.get(noted["sha256"]))
        return now(lambda: _understood(request, fetched, source, said, noted["sha256"], parsed))

    def _read_again(self, request: Request, fetched: Fetched, held: dict[str, Any], said: str | None) -> Answer:
        """A listing that did not change still leads somewhere."""
        parsed = outline_stored(request.kind, request.url, self._blobs.get(held["sha256"]))
        return Answer(request, fetched, parsed, opted_out=said)

    def _told(self, request: Request, source: Source) -> Answer:
        """Somebody's paid post, or a pin of a feed: what the listing told of it, and nothing is asked."""
        paid = "paid" in request.context
        content = redact(request.kind, json.dumps(request.context["paid" if paid else "pin"]).encode())
        document = Document(request.document_url, request.kind, "application/json", source, request.hop)
        parsed = outline_stored(request.kind, request.document_url, content)
        return Answer(request, Fetched(request.url, "kept", "paid" if paid else ""), parsed, document, self._blobs.put(content))


def _stored(request: Request, fetched: Fetched, source: Source, said: str | None, stored: "Future[Stored]") -> Answer:
    """The answer to a request whose document went to the parsers."""
    try:
        return _understood(request, fetched, source, said, *stored.result())
    except DocumentRejected as error:
        return Answer(request, replace(fetched, outcome="quarantined", reason=error.reason), opted_out=said)  # type: ignore[arg-type]


def _understood(request: Request, fetched: Fetched, source: Source, said: str | None, sha256: str, parsed: Parsed) -> Answer:
    """The answer to a request whose document was redacted, parsed and stored."""
    listed = request.kind in LISTINGS
    url = request.document_url if listed else parsed.canonical_url or fetched.url
    whose = source if listed else parsed.source or source
    document = Document(url, request.kind, media_type(fetched.headers), whose, request.hop)
    return Answer(request, fetched, replace(parsed, opted_out=parsed.opted_out or said), document, sha256, said)


def _note(answer: Answer) -> dict[str, Any]:
    """What it takes to read an answer again. Bytes that could not be read are not kept: the note says so, and has none."""
    fetched = answer.fetched
    row: dict[str, Any] = {"request_id": answer.request.request_id, "url": answer.request.url, "final": fetched.url}
    row |= {name: getattr(fetched, name) for name in NOTED} | {"headers": headers_worth_keeping(fetched.headers)}
    return row | {"sha256": answer.sha256 or None}


def trains(request: Request) -> bool:
    """Whether what comes is somebody else's and to be trained on: not the person's own, not the way to it."""
    return request.hop > 0 and request.kind not in ("substack_profile", "substack_activity")


def _said(request: Request, fetched: Fetched) -> str | None:
    """The headers' or robots.txt's word on the request's source. A page that only leads to a closed site leaves its own site open."""
    if fetched.reason == "opted_out":
        elsewhere = request.kind == "web_page" and origin(fetched.url) != origin(request.url)
        return None if elsewhere else "robots.txt or tdmrep.json closes it to training"
    return header_opt_out(fetched.headers, "document" if request.kind == "web_page" else "listing")


def source_of(request: Request) -> Source:
    """Whose a request's document is, as far as the request tells."""
    context = request.context
    if "account" in context:
        return Source(context.get("platform", "substack"), "account", context["account"])
    if "base" in context:
        return Source("substack", "publication", context["base"], context["handle"], context["title"], context["number"])
    return Source("web", "site", origin(request.url), title=host(request.url))
