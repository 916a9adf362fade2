"""What a request came to: values, never exceptions."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal

from pipeline.scrape.outcomes import Outcome, Reason

Want = Literal["json", "html", "feed", "image", "robots"]
MAX_RETRY_AFTER_S = 6 * 3600.0
DOCUMENT_BYTES = 8 * 1024 * 1024
IMAGE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000  # of a picture
ROBOTS_BYTES = 500 * 1024  # RFC 9309, 2.5


@dataclass(frozen=True)
class Ask:
    """One request: what is wanted, on whose behalf, what is held already, and whether what comes is to train."""

    url: str
    want: Want
    source_id: str | None = None
    hop: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    trains: bool = False  # somebody else's, to be trained on: robots.txt's word to AI agents counts, at every redirect


@dataclass(frozen=True)
class Fetched:
    """What came: `content` is whole where the outcome is `kept` and empty otherwise; `url` is where redirects ended."""

    url: str
    outcome: Outcome
    reason: Reason = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    wait: float = 0.0  # seconds until it may be asked again, where the server said so


REDIRECTS = (301, 302, 303, 307, 308)
CLOSED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
PAGES = ("text/html", "application/xhtml+xml")
STATUS_REASONS: dict[int, Reason] = {401: "unauthorized", 402: "paid", 403: "forbidden", 404: "not_found", 410: "gone", 451: "forbidden"}


def of_status(status: int) -> tuple[Outcome, Reason]:
    """What an HTTP status other than a redirect means for us."""
    if status == 200:
        return "kept", ""
    if status == 304:
        return "unchanged", ""
    if status == 429:
        return "retry_later", "rate_limited"
    if status >= 500 or status == 408:
        return "retry_later", "server_error"
    return "rejected", STATUS_REASONS.get(status, "http_error")


def of_error(status: int, outcome: Outcome, reason: Reason, page: bytes) -> tuple[Outcome, Reason]:
    """What an error means once its page is read: a bot check, or a bucket that has no such object."""
    if status == 403 and is_missing_object(page):
        return outcome, "not_found"
    return ("retry_later", "blocked") if status in (403, 429, 503) and looks_like_challenge(page) else (outcome, reason)


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds that a Retry-After header asks for, in either form, capped at six hours; None where it says nothing usable.

    `now`: the server's own, where its Date header tells it.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text.lstrip("0")[:9] or 0), MAX_RETRY_AFTER_S)
    moment = http_date(text)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER_S)


def http_date(text: str | None) -> dt.datetime | None:
    """The moment that a header names, in UTC; None for what is no date."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None


def looks_like_challenge(content: bytes) -> bool:
    """Whether a page is a bot check in place of what was asked."""
    head = content[:4096].lower()
    return b"just a moment" in head or b"cf-chl" in head or b"captcha" in head or b"attention required" in head


def is_missing_object(content: bytes) -> bool:
    """Whether a 403 is a bucket's way to say that it has no such object, rather than that we are not wanted."""
    return b"<Code>AccessDenied</Code>" in content[:2048] or b"<Code>NoSuchKey</Code>" in content[:2048]


def media_type(headers: Mapping[str, str]) -> str:
    """The declared media type, without parameters."""
    return headers.get("content-type", "").split(";")[0].strip().lower()


def charset(headers: Mapping[str, str]) -> str | None:
    """The declared character set, if any."""
    found = re.search(r"charset=[\"']?([\w.:-]+)", headers.get("content-type", ""), re.IGNORECASE)
    return found.group(1) if found else None


def check_type(want: Want, declared: str) -> Reason:
    """Why a body need not be read at all: a page that is a PDF or a picture."""
    return "wrong_type" if want == "html" and declared and declared not in PAGES else ""


def is_open_ended(headers: Mapping[str, str]) -> bool:
    """Whether nothing but the end of the connection tells where a body ends: one that broke looks like one that is whole."""
    return not headers.get("content-length", "").strip().isdigit() and "transfer-encoding" not in headers


def check_content(want: Want, content: bytes, open_ended: bool = False) -> tuple[Outcome, Reason]:
    """Whether a 200's body is of the kind that was asked for, and, as far as it shows, whole."""
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start and want != "robots":
        return ("retry_later", "truncated") if open_ended else ("quarantined", "empty")
    if want == "json":
        if start[:1] in (b"{", b"["):
            return ("kept", "") if content.rstrip()[-1:] in (b"}", b"]") else ("quarantined", "not_json")
        return ("retry_later", "blocked") if looks_like_challenge(content) else ("quarantined", "not_json")
    if want == "feed" and not start.startswith(b"<"):
        return "quarantined", "wrong_type"
    if want == "html" and len(content) < 20_000 and looks_like_challenge(content) and b"<p" not in content:
        return "retry_later", "blocked"
    if want == "html" and open_ended and not CLOSED.search(content[-2048:]):
        return "retry_later", "truncated"
    return "kept", ""
