"""An answer of the simulated site, before it goes over the wire."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

_FIRST_CHANGE = datetime(2024, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Reply:
    """Status, body and headers. `lasting` answers may be asked for conditionally."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    lasting: bool = False


def lasting(body: bytes, content_type: str, headers: dict[str, str] | None = None) -> Reply:
    """A document with validators that follow from its content alone: the same in every run, another when it changes."""
    digest = hashlib.sha256(body).hexdigest()
    changed = _FIRST_CHANGE + timedelta(seconds=int(digest[:12], 16) % _SECONDS)
    validators = {"ETag": f'"{digest[:32]}"', "Last-Modified": format_datetime(changed, usegmt=True)}
    return Reply(200, body, content_type, {**(headers or {}), **validators}, lasting=True)


def encoded(data: object) -> bytes:
    """JSON as UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def api(data: object) -> Reply:
    """An API answer. Like the platform's, it tells search engines to keep out, which says nothing about its content's use."""
    return lasting(encoded(data), "application/json; charset=utf-8", {"X-Robots-Tag": "noindex, noarchive, nofollow"})


def refusal(status: int, data: object) -> Reply:
    """An API's error envelope."""
    return Reply(status, encoded(data), "application/json; charset=utf-8")


def page(markup: str) -> Reply:
    """An HTML page."""
    return lasting(markup.encode(), "text/html; charset=utf-8")


def text(content: str, status: int = 200) -> Reply:
    """Plain text; lasting when all is well."""
    if status == 200:
        return lasting(content.encode(), "text/plain; charset=utf-8")
    return Reply(status, content.encode(), "text/plain; charset=utf-8")


def picture(content: bytes) -> Reply:
    """A JPEG whose address never shows anything else."""
    return Reply(200, content, "image/jpeg", {"Cache-Control": "public, max-age=31536000, immutable"})


def still_fresh(reply: Reply, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the asker holds this very answer. An ETag decides alone where one is sent (RFC 9110, section 13.2.2)."""
    if not reply.lasting:
        return False
    if if_none_match is not None:
        return reply.headers["ETag"] in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_modified_since == reply.headers["Last-Modified"]
