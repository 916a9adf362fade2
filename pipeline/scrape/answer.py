"""Asks for one request of the frontier and reads the answer: what a worker thread does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import origin
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask, Fetched, Want, charset, media_type
from pipeline.scrape.frontier import LISTINGS, Request
from pipeline.scrape.optouts import header_opt_out
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Document, Kind, Parsed, Source
from pipeline.scrape.redact import redact
from pipeline.store import Blobs

WANTS: dict[Kind, Want] = {"web_page": "html", "pinterest_feed": "feed"}  # the rest is JSON


@dataclass(frozen=True)
class Answer:
    """What came of a request. `document` where something new is to be stored, `parsed` where it was read."""

    request: Request
    fetched: Fetched
    parsed: Parsed | None = None
    document: Document | None = None
    sha256: str = ""
    opted_out: str | None = None  # the headers' or robots.txt's word


class Reader:
    """Fetches, redacts, parses and stores. Safe for many threads."""

    def __init__(self, client: Client, blobs: Blobs, known: Callable[[str], bool]) -> None:
        self._client, self._blobs, self._known = client, blobs, known

    def answer(self, request: Request, held: dict[str, Any] | None, source: Source) -> Answer:
        """Asks for a request, conditionally where a version is `held`; never raises for what the web does."""
        if "paid" in request.context or "pin" in request.context:
            return self._told(request, source)
        ask = Ask(request.url, WANTS.get(request.kind, "json"), request.source_id, request.hop, trains=_trains(request))
        if held is not None and held["fetched_url"] == request.url and self._blobs.has(held["sha256"]):
            ask = replace(ask, etag=held["etag"], last_modified=held["last_modified"])
        fetched = self._client.get(ask, self._known if request.kind not in LISTINGS else lambda _: False)
        said = _said(request, fetched) if request.hop > 0 else None
        if fetched.outcome == "kept":
            return self._read(request, fetched, source, said)
        if fetched.status == 304 and held is not None and request.kind in LISTINGS:
            return self._read_again(request, fetched, held, said)
        return Answer(request, fetched, opted_out=said)

    def _read(self, request: Request, fetched: Fetched, source: Source, said: str | None) -> Answer:
        own = request.hop == 0
        try:
            content = redact(request.kind, fetched.content, own=own, own_user=request.context.get("user"), charset=charset(fetched.headers))
            parsed = parse(request.kind, fetched.url, content)
        except DocumentRejected as error:
            return Answer(request, replace(fetched, outcome="quarantined", reason=error.reason, content=b""), opted_out=said)  # type: ignore[arg-type]
        url = request.document_url if request.kind in LISTINGS else parsed.canonical_url or fetched.url
        document = Document(url, request.kind, content, media_type(fetched.headers), parsed.source or source, request.hop)
        if request.kind in LISTINGS:
            document = replace(document, source=source)
        bare = replace(fetched, content=b"")
        return Answer(request, bare, replace(parsed, opted_out=parsed.opted_out or said), document, self._blobs.put(content), said)

    def _read_again(self, request: Request, fetched: Fetched, held: dict[str, Any], said: str | None) -> Answer:
        """A listing that did not change still leads somewhere."""
        parsed = parse(request.kind, request.url, self._blobs.get(held["sha256"]))
        return Answer(request, fetched, parsed, opted_out=said)

    def _told(self, request: Request, source: Source) -> Answer:
        """Somebody's paid post, or a pin of a feed: what the listing told of it, and nothing is asked."""
        paid = "paid" in request.context
        content = redact(request.kind, json.dumps(request.context["paid" if paid else "pin"]).encode())
        document = Document(request.document_url, request.kind, content, "application/json", source, request.hop)
        parsed = parse(request.kind, request.document_url, content)
        return Answer(request, Fetched(request.url, "kept", "paid" if paid else ""), parsed, document, self._blobs.put(content))


def _trains(request: Request) -> bool:
    """Whether what comes is somebody else's and to be trained on: not the person's own, not the way to it."""
    return request.hop > 0 and request.kind not in ("substack_profile", "substack_activity")


def _said(request: Request, fetched: Fetched) -> str | None:
    """The headers' or robots.txt's word on the request's source. A page that only leads to a closed site leaves its own site open."""
    if fetched.reason == "opted_out":
        elsewhere = request.kind == "web_page" and origin(fetched.url) != origin(request.url)
        return None if elsewhere else "robots.txt closes AI crawlers"
    return header_opt_out(fetched.headers, "document" if request.kind == "web_page" else "listing")
