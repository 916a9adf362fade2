"""From stored pages to passages, pictures and edges. Parsing again never fetches again."""

import hashlib
import hmac
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from pipeline.errors import DocumentRejected, StoreError
from pipeline.identifiers import id_of, sha256_of
from pipeline.people import Person
from pipeline.scrape.drift import note_shares
from pipeline.scrape.parse import parse
from pipeline.scrape.records import FoundLink, Parsed
from pipeline.store import Home

BETWEEN_SOURCES = frozenset({"recommends", "subscribes"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArtefactSummary:
    """How many rows of each table were made, and documents that could not be read, by reason."""

    pages: int
    passages: int
    pictures: int
    edges: int
    unread: dict[str, int]


@dataclass
class _Rows:
    passages: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    edges: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    occurrences: Counter[tuple[str, str]] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


def parse_pages(home: Home, person: Person) -> ArtefactSummary:
    """Parses the current pages of a person anew and replaces that person's passages, pictures and edges in one transaction.

    A page that cannot be read is counted and named in the log, and what a parser remarked is said there too. Raises StoreError
    where the warehouse cannot be used.
    """
    pages = home.warehouse.rows("select * from pages where person = ? and current order by url, page_id", person.person)
    aliases = _aliases(home, person.person)
    key, rows = home.secret_key(), _Rows()
    for page in tqdm(pages, desc=f"reading pages of {person.person}", disable=None):
        parsed = _parsed(home, page, rows)
        if parsed is not None:
            _add(page, parsed, person, key, aliases, rows)
            for remark in parsed.remarks:
                log.info("page %s of %s: %s", page["page_id"], page["source_id"], remark)
    _write(home, person.person, rows)
    unread = dict(rows.unread)
    log.info("%s: %d pages, %d passages, %d pictures, unread %s", person.person, len(pages), len(rows.passages), len(rows.pictures), unread)
    return ArtefactSummary(len(pages), len(rows.passages), len(rows.pictures), len(rows.edges), unread)


def author_key(name: str, person: Person, key: bytes) -> str:
    """The person's own handle as it is, anybody else as a keyed hash of 16 hex characters; empty stays empty."""
    own = {handle for handle in (person.handles.substack, person.handles.pinterest) if handle}
    if not name or name in own:
        return name
    return hmac.new(key, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def _aliases(home: Home, person: str) -> dict[str, str]:
    """Addresses that turned out to be another document's, by the id of the request that found out."""
    rows = home.warehouse.rows("select request_id, document_url from frontier where person = ? and state = 'done'", person)
    return {row["request_id"]: row["document_url"] for row in rows}


def _parsed(home: Home, page: dict[str, Any], rows: _Rows) -> Parsed | None:
    try:
        return parse(page["kind"], page["url"], home.blobs.get(page["sha256"]))
    except DocumentRejected as error:
        rows.unread[error.reason] += 1
        log.warning("page %s of %s cannot be read: %s", page["page_id"], page["source_id"], error.reason)
    except StoreError as error:
        rows.unread["missing"] += 1
        log.warning("%s", error)
    return None


def _add(page: dict[str, Any], parsed: Parsed, person: Person, key: bytes, aliases: dict[str, str], rows: _Rows) -> None:
    shared = {name: page[name] for name in ("person", "page_id", "source_id", "hop", "url")}
    shared["author_key"] = author_key(parsed.author, person, key)
    shared["published_at"] = parsed.published_at
    for passage in parsed.passages:
        sha256 = sha256_of(passage.text)
        artefact_id = _artefact_id("text", page["url"], sha256, rows)
        own = {"artefact_id": artefact_id, "position": passage.position, "text": passage.text, "sha256": sha256, "role": passage.role}
        rows.passages.append(shared | own)
    for picture in parsed.pictures:
        artefact_id = _artefact_id("image", page["url"], picture.image_url, rows)
        own = {"artefact_id": artefact_id, "position": picture.position, "image_url": picture.image_url}
        rows.pictures.append(shared | own | {"alt": picture.alt, "caption": picture.caption})
        if page["kind"] == "pinterest_pin":
            _saves(page, parsed, artefact_id, aliases, rows)
    _edges(page, parsed, aliases, rows)


def _artefact_id(modality: str, url: str, what: str, rows: _Rows) -> str:
    """The same words (or picture) twice in one document are two artefacts, told apart by their occurrence."""
    occurrence = rows.occurrences[url, what]
    rows.occurrences[url, what] += 1
    return id_of(modality, url, what, occurrence)


def _saves(page: dict[str, Any], parsed: Parsed, artefact_id: str, aliases: dict[str, str], rows: _Rows) -> None:
    for link in parsed.links:
        if link.kind == "saves":
            _edge(rows, page, artefact_id, _far(link, aliases), link)


def _edges(page: dict[str, Any], parsed: Parsed, aliases: dict[str, str], rows: _Rows) -> None:
    document, is_listing = page["document_id"], page["kind"] in _LISTINGS
    if not is_listing:
        _edge(rows, page, page["source_id"], document, FoundLink(page["url"], "contains", parsed.published_at))
    for link in parsed.links:
        if link.kind == "saves":
            continue  # the picture saves, not the page around it
        if link.to is not None and (link.kind in BETWEEN_SOURCES or link.url == link.to.url):
            _edge(rows, page, page["source_id"] if is_listing else document, id_of("source", link.to.url), link)
        else:
            _edge(rows, page, page["source_id"] if is_listing else document, _far(link, aliases), link)


_LISTINGS = frozenset(
    {"substack_profile", "substack_archive", "substack_recommendations", "substack_activity", "substack_publication", "web_feed"}
)


def _far(link: FoundLink, aliases: dict[str, str]) -> str:
    """The id of the document at a link's far end, whether it was fetched or not."""
    return id_of("document", aliases.get(id_of("request", link.url), link.url))


def _edge(rows: _Rows, page: dict[str, Any], src: str, dst: str, link: FoundLink) -> None:
    row = {"person": page["person"], "src_id": src, "dst_id": dst, "kind": link.kind, "page_id": page["page_id"]}
    rows.edges.setdefault((src, dst, link.kind), row | {"happened_at": link.happened_at, "position": link.position})


def _write(home: Home, person: str, rows: _Rows) -> None:
    with home.warehouse.transaction() as t:
        t.replace("passages", rows.passages, person=person)
        t.replace("pictures", rows.pictures, person=person)
        t.replace("edges", list(rows.edges.values()), person=person)
        note_shares(t, person)
