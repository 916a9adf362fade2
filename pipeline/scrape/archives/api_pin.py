"""A pin as Pinterest's own JSON tells it: in snake_case (endpoints, redux, gallery-dl) or camelCase (relay), SURFACES B.4."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.people import Person
from pipeline.scrape.addresses import PIN_IMAGE, canonical, is_signature
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.decode import Json
from pipeline.scrape.fields import mapping, moment, text
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.records import Document, Source
from pipeline.scrape.redact import redact

NUMBER = re.compile(r"^\d{1,24}$")
ACCOUNT = re.compile(r"^[\w.-]{1,60}$")
HIDDEN = frozenset(("secret", "private", "protected"))
IMAGES = ("orig", "originals", "736x", "564x", "474x")
TITLES = ("title", "grid_title", "closeup_unified_title")
DETAILS = ("description", "closeup_description", "closeup_unified_description", "grid_description")
ALTS = ("alt_text", "auto_alt_text")


@dataclass(frozen=True)
class ApiPin:
    """One pin in the fields that are kept, with what decides whether it may be. `owner`: whose pin it is; `board`: its board."""

    fields: dict[str, Any]
    owner: str
    board: dict[str, Any] = field(default_factory=dict)
    promoted: bool = False
    hidden: bool = False
    unlisted: bool = False  # Pinterest keeps it out of search: `seo_noindex_reason`

    @property
    def url(self) -> str:
        """The pin's address."""
        return str(self.fields["url"])


def read_pin(record: Json) -> ApiPin | None:
    """A pin, or None for what is none."""
    number = _number(record)
    if not isinstance(record, dict) or not number or text(record, "type") not in ("", "pin"):
        return None
    board, created = mapping(record, "board"), _when(_first(record, "created_at"))
    pinner = _first(mapping(record, "pinner"), "username") or _first(mapping(record, "native_creator"), "username")
    link = _first(record, "link")
    fields: dict[str, Any] = {
        "id": number,
        "url": f"{CENTRE}/pin/{number}/",
        "title": _first(record, *TITLES),
        "details": _first(record, *DETAILS),
        "image": signature_of(record),
        "alt": _first(record, *ALTS),
        "board_id": _first(board, "entity_id", "id"),
        "board": _first(board, "name"),
        "username": pinner,
        "created_at": created,
        "is_repin": record.get("is_repin", record.get("isRepin")) is True,
        "is_video": bool(record.get("videos")),
        "private": _first(board, "privacy").lower() in HIDDEN,
    }
    return ApiPin(
        fields | ({"link": link} if canonical(link) else {}),
        pinner or _owner(board),
        board,
        promoted=record.get("is_promoted", record.get("isPromoted")) is True or bool(record.get("promoter")),
        hidden=bool(fields["private"]),
        unlisted=bool(_first(record, "seo_noindex_reason")),
    )


def keep_pin(pin: ApiPin, person: Person, found: ImportedArchive) -> None:
    """Takes a pin in, with its board, at hop 0 where it is the person's own, else at hop 1; or counts why not."""
    own = is_own_account(person, pin.owner)
    source, hop = _source(pin), 0 if own else 1
    if pin.promoted:
        return found.skip(source, "promoted", hop)
    if pin.hidden and not (own and person.include_private_pins):
        return found.skip(source, "private", hop)
    if pin.unlisted and not own:
        return found.skip(source, "opted_out", hop)
    if found.holds(pin.url):
        return found.skip(source, "imported", hop)
    content = redact("pinterest_pin", json.dumps(pin.fields, ensure_ascii=False).encode("utf-8", "replace"), own=own)
    found.keep(Document(pin.url, "pinterest_pin", "application/json", source, hop, found.name, content=content))
    return _keep_board(pin, source, hop, found)


def is_own_account(person: Person, username: str) -> bool:
    """Whether a Pinterest account is the person's."""
    return bool(username) and username.lower() == (person.handles.pinterest or "").lower()


def signature_of(record: Json) -> str:
    """The signature of a pin's picture, or an empty text."""
    said = _first(record, "image_signature").lower()
    if is_signature(said):
        return said
    images = mapping(record, "images")
    addresses = [text(mapping(images, size), "url") for size in IMAGES] + [
        text(mapping(record, name), "url") for name in ("imageSpec_orig", "imageSpec_736x", "imageSpec_564x", "imageSpec_474x")
    ]
    found = next((match for address in addresses if (match := PIN_IMAGE.match(canonical(address) or ""))), None)
    return found.group(1).lower() if found else ""


def _keep_board(pin: ApiPin, source: Source, hop: int, found: ImportedArchive) -> None:
    if source.kind != "board" or found.holds(source.url):
        return
    told = {name: _first(pin.board, name) for name in ("name", "description", "privacy")} | {"id": pin.fields["board_id"]}
    board = told | {"url": source.url, "created_at": _when(_first(pin.board, "created_at"))}
    content = redact("pinterest_board", json.dumps(board, ensure_ascii=False).encode("utf-8", "replace"), own=hop == 0)
    found.keep_board(Document(source.url, "pinterest_board", "application/json", source, hop, found.name, content=content))


def _source(pin: ApiPin) -> Source:
    path, name = _first(pin.board, "url"), _first(pin.board, "name")
    url = canonical(path if path.startswith("http") else CENTRE + path) if path.startswith(("/", "http")) else None
    if name and url:
        return Source("pinterest", "board", url if url.endswith("/") else url + "/", handle=_owner(pin.board) or pin.owner, title=name)
    owner = pin.owner if ACCOUNT.match(pin.owner) else "unknown"
    return Source("pinterest", "account", f"{CENTRE}/{owner}/", handle=owner)


def _number(record: Json) -> str:
    """A pin's number: relay gives it as `entityId`, and as `id` the base64 of "Pin:NUMBER"."""
    for said in (text(record, "entityId"), text(record, "id"), text(record, "node_id"), text(record, "nodeId")):
        if NUMBER.match(said):
            return said
        try:
            told = base64.b64decode(said, validate=True).decode("ascii")
        except ValueError:
            continue
        if told.startswith("Pin:") and NUMBER.match(told[4:]):
            return told[4:]
    return ""


def _owner(board: dict[str, Any]) -> str:
    path = _first(board, "url").strip("/").split("/")
    return _first(mapping(board, "owner"), "username") or (path[0] if len(path) > 1 else "")


def _first(record: Json, *names: str) -> str:
    """The first of some fields that says something, under its snake_case or its camelCase name."""
    for name in names:
        head, *rest = name.split("_")
        for spelling in (name, head + "".join(map(str.title, rest))):
            if said := text(record, spelling):
                return said
    return ""


def _when(said: str) -> str | None:
    """A time as ISO 8601, from that or from RFC 822 ("Sat, 19 Jun 2021 21:37:04 +0000")."""
    if found := moment(said):
        return found.isoformat()
    try:
        told = parsedate_to_datetime(said)
        return (told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)).isoformat()
    except (ValueError, OverflowError):
        return None
