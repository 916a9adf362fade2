"""One request and its answer, under caps on time and on size."""

import ssl
import threading

from urllib3 import BaseHTTPResponse, Timeout

from pipeline.errors import AddressError
from pipeline.scrape.body import BodyFault, Patience, encodings, read_body
from pipeline.scrape.deadline import Deadline
from pipeline.scrape.faults import FAULTS, FOR_GOOD, reason_of
from pipeline.scrape.fetched import (
    DOCUMENT_BYTES,
    IMAGE_BYTES,
    REDIRECTS,
    ROBOTS_BYTES,
    Ask,
    Fetched,
    check_content,
    check_type,
    is_open_ended,
    media_type,
    of_error,
    of_status,
)
from pipeline.scrape.guard import Guard
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.transport import guarded_pools

POOL = 64
CAPS = {"json": DOCUMENT_BYTES, "html": DOCUMENT_BYTES, "feed": DOCUMENT_BYTES, "image": IMAGE_BYTES, "robots": ROBOTS_BYTES}
ERROR_BYTES = 65536  # of an error's page, which nobody reads
ACCEPT = {
    "json": "application/json",
    "html": "text/html,application/xhtml+xml",
    "feed": "application/rss+xml,application/atom+xml,application/xml,text/xml",
    "image": "image/webp,image/png,image/jpeg,image/gif",
    "robots": "text/plain",
}


class Wire:
    """Sends requests without cookies, proxies, netrc or redirects. Safe for many threads."""

    def __init__(
        self,
        guard: Guard,
        agent: str,
        patience: Patience,
        authorities: ssl.SSLContext | None = None,
        stopped: threading.Event | None = None,
    ) -> None:
        """`stopped`: once it is set, exchanges under way are cut off."""
        self._guard, self._pools, self._stopped = guard, guarded_pools(guard, POOL, authorities), stopped
        read = min(patience.read, patience.total)
        self._patience, self._timeout = patience, Timeout(connect=read, read=read)
        # Said outright: urllib3 advertises br and zstd as soon as a package for them is installed.
        self._headers = {"User-Agent": agent, "Accept-Encoding": "gzip"}

    def send(self, ask: Ask) -> Fetched:
        """One attempt, whatever comes of it."""
        with Deadline(self._patience.total, self._stopped) as deadline:
            try:
                found = self._exchange(ask)
            except AddressError as error:
                missing = error.reason == "unresolvable"
                return Fetched(ask.url, "rejected" if missing else "refused", error.reason)  # type: ignore[arg-type]
            except FAULTS as error:
                reason: Reason = "too_slow" if deadline.passed else reason_of(error)
                return Fetched(ask.url, "rejected" if reason in FOR_GOOD else "retry_later", reason)
        if deadline.passed and found.status == 200:  # cut off by us, which may look like a whole body, an empty or a truncated one
            return Fetched(ask.url, "retry_later", "too_slow", found.status, found.headers)
        return found

    def _exchange(self, ask: Ask) -> Fetched:
        where, extra = self._guard.route(ask.url)
        headers = self._headers | _headers(ask) | extra
        pool = self._pools.connection_from_host(where.host, where.port, where.scheme)
        response = pool.urlopen("GET", where.target, headers=headers, timeout=self._timeout, redirect=False, preload_content=False)
        try:
            return self._read(ask, response)
        finally:
            response.close()

    def _read(self, ask: Ask, response: BaseHTTPResponse) -> Fetched:
        status, headers = response.status, {name.lower(): value for name, value in response.headers.itermerged()}
        if status in REDIRECTS:
            return Fetched(ask.url, "rejected", "moved", status, headers)
        outcome, reason = of_status(status)
        if outcome == "unchanged" and not (ask.etag or ask.last_modified):
            outcome, reason = "rejected", "http_error"  # an answer to what was not asked
        if outcome != "kept":
            return Fetched(ask.url, *of_error(status, outcome, reason, self._error_page(response)), status, headers)
        names = encodings(headers.get("content-encoding", ""))
        refused = check_type(ask.want, media_type(headers))
        if names is None or headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
            refused = "bad_encoding"
        if refused or names is None:
            return Fetched(ask.url, "rejected", refused, status, headers)
        return self._whole(ask, response, headers, names)

    def _whole(self, ask: Ask, response: BaseHTTPResponse, headers: dict[str, str], names: list[str]) -> Fetched:
        try:
            content = read_body(response, names, CAPS[ask.want], self._patience.grace)
        except BodyFault as fault:
            if fault.reason != "too_large" or ask.want != "robots":
                outcome = "rejected" if fault.reason == "too_large" else "retry_later"
                return Fetched(ask.url, outcome, fault.reason, response.status, headers)  # type: ignore[arg-type]
            content = fault.part
        outcome, reason = check_content(ask.want, content, open_ended=not names and is_open_ended(headers))
        return Fetched(ask.url, outcome, reason, response.status, headers, content if outcome == "kept" else b"")

    def _error_page(self, response: BaseHTTPResponse) -> bytes:
        """The beginning of an error's page. One that ends within it leaves its connection to be used again."""
        try:
            return read_body(response, encodings(response.headers.get("content-encoding", "")) or [], ERROR_BYTES, self._patience.grace)
        except BodyFault as fault:
            return fault.part
        except FAULTS:
            return b""


def _headers(ask: Ask) -> dict[str, str]:
    conditions = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
    return {"Accept": ACCEPT[ask.want]} | {name: value for name, value in conditions.items() if value}
