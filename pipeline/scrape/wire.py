"""One request and its answer, as requests and urllib3 give them, under caps on time and on decompressed size."""

import http.client
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3

from pipeline.errors import AddressError
from pipeline.scrape.fetched import (
    DOCUMENT_BYTES,
    IMAGE_BYTES,
    ROBOTS_BYTES,
    Ask,
    Fetched,
    check_content,
    check_type,
    is_missing_object,
    media_type,
    of_status,
)
from pipeline.scrape.guard import Guard
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.transport import GuardedAdapter

READ_S = 10.0  # per read; the total is Wire's
GRACE_S, MIN_RATE = 5.0, 500.0  # after five seconds a body must come at half a kilobyte a second
CHUNK = 65536
POOL = 64
CAPS = {"json": DOCUMENT_BYTES, "html": DOCUMENT_BYTES, "feed": DOCUMENT_BYTES, "image": IMAGE_BYTES, "robots": ROBOTS_BYTES}
ACCEPT = {
    "json": "application/json",
    "html": "text/html,application/xhtml+xml",
    "feed": "application/rss+xml,application/atom+xml,application/xml,text/xml",
    "image": "image/webp,image/png,image/jpeg,image/gif",
    "robots": "text/plain",
}
FAULTS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


class Wire:
    """Sends requests without cookies, proxies, netrc or redirects. Safe for many threads."""

    def __init__(self, guard: Guard, agent: str, headers_within: float, total_within: float) -> None:
        self._guard, self._total = guard, total_within
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers = requests.structures.CaseInsensitiveDict({"User-Agent": agent, "Accept-Encoding": "gzip"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GuardedAdapter(guard, POOL, headers_within))

    def send(self, ask: Ask) -> Fetched:
        """One attempt, whatever comes of it."""
        start = time.monotonic()
        try:
            where, extra = self._guard.route(ask.url)
            with self._session.get(
                where, headers=_headers(ask) | extra, stream=True, allow_redirects=False, timeout=(READ_S, READ_S)
            ) as response:
                return self._read(ask, response, start)
        except AddressError as error:
            return Fetched(ask.url, "refused", error.reason)  # type: ignore[arg-type]
        except FAULTS as error:
            reason = _reason(error)
            late = reason == "connection" and time.monotonic() - start >= READ_S
            return Fetched(ask.url, "rejected" if reason == "bad_headers" else "retry_later", "timeout" if late else reason)

    def _read(self, ask: Ask, response: requests.Response, start: float) -> Fetched:
        headers = {name.lower(): value for name, value in response.headers.items()}
        outcome, reason = of_status(response.status_code)
        if 300 <= response.status_code < 400 and response.status_code != 304:
            return Fetched(ask.url, "rejected", "moved", response.status_code, headers)
        if outcome == "kept" and (refused := check_type(ask.want, media_type(headers))):
            return Fetched(ask.url, "rejected", refused, response.status_code, headers)
        content, fault = self._body(response.raw, CAPS[ask.want], start)
        if fault == "too_large" and ask.want == "robots":
            fault = ""
        if outcome == "kept" and fault:
            outcome, reason = "rejected" if fault == "too_large" else "retry_later", fault
        elif outcome == "kept":
            outcome, reason = check_content(ask.want, content)
        elif response.status_code == 403 and is_missing_object(content):
            reason = "not_found"
        return Fetched(ask.url, outcome, reason, response.status_code, headers, content if outcome == "kept" else b"")

    def _body(self, raw: Any, cap: int, start: float) -> tuple[bytes, Reason]:  # noqa: ANN401 - requests does not type `raw`
        parts, size, begun = [], 0, time.monotonic()
        while chunk := raw.read1(CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > cap:
                return b"".join(parts)[:cap], "too_large"
            now = time.monotonic()
            if now - start > self._total or (now - begun > GRACE_S and size < MIN_RATE * (now - begun)):
                return b"", "too_slow"
        return b"".join(parts), ""


def _headers(ask: Ask) -> dict[str, str]:
    conditions = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
    return {"Accept": ACCEPT[ask.want]} | {name: value for name, value in conditions.items() if value}


def _reason(error: BaseException) -> Reason:
    """The closed-list reason for what requests, urllib3 or http.client raised."""
    chain = _causes(error)
    if any(isinstance(one, http.client.LineTooLong) or "headers" in str(one)[:60] for one in chain):
        return "bad_headers"
    if any(isinstance(one, urllib3.exceptions.DecodeError | requests.exceptions.ContentDecodingError) for one in chain):
        return "bad_encoding"
    if any(isinstance(one, TimeoutError | urllib3.exceptions.TimeoutError | requests.exceptions.Timeout) for one in chain):
        return "timeout"
    if any(
        isinstance(one, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead | requests.exceptions.ChunkedEncodingError)
        for one in chain
    ):
        return "truncated"
    return "connection"


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    rest: list[object] = [error]
    while rest and len(found) < 20:
        one = rest.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            rest += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
