"""From stored pages to passages, pictures and edges. Parsing again never fetches again, and reads only what is new.

A page is read again when anything changed that its rows are made from: its bytes, the columns of `pages` that they carry, the
parsers' version, the person's handles. Pages go through in batches, so that memory does not grow with their number.
"""

import hashlib
import hmac
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import pyarrow as pa
from tqdm import tqdm

from pipeline.errors import DocumentRejected, StoreError
from pipeline.identifiers import id_of, sha256_of
from pipeline.people import Person
from pipeline.scrape.drift import note_shares
from pipeline.scrape.parse import VERSION
from pipeline.scrape.parser_pool import ParserPool
from pipeline.scrape.records import FoundLink, Parsed
from pipeline.scrape.understand import Found, Held
from pipeline.store import Home, Transaction

BATCH = 500  # pages of one transaction: 20 MB of rows, and 0.1 s beside the two that reading them takes
BETWEEN_SOURCES = frozenset({"recommends", "subscribes"})
LISTINGS = frozenset(
    {"substack_profile", "substack_archive", "substack_recommendations", "substack_activity", "substack_publication", "web_feed"}
)
MADE = ("passages", "pictures", "links", "parsings")  # all by person and page
PENDING = """
    with wanted as (
        select person, page_id, document_id, url, source_id, hop, kind, sha256,
            md5(concat_ws(chr(31), ?, kind, url, source_id, hop, sha256)) as inputs
        from pages where person = ? and current)
    select w.* from wanted w left join parsings p using (person, page_id) where p.inputs is distinct from w.inputs order by url, page_id"""
# Of links that tell the same, the one of the first page counts. An address that a request found to be another document's leads there;
# the id is that of `id_of("document", url)`.
EDGES = """
    with aliases as (
        select request_id, left(sha256(concat_ws(chr(31), 'document', document_url)), 16) as document_id
        from frontier where person = $1 and state = 'done'),
    resolved as (
        select l.* exclude (dst_id, request_id), coalesce(a.document_id, l.dst_id) as dst_id, g.url
        from links l join pages g using (person, page_id) left join aliases a using (request_id) where l.person = $1)
    insert into edges by name select * exclude (url, place) from resolved
    qualify row_number() over (partition by src_id, dst_id, kind order by url, page_id, place) = 1 order by url, page_id, place"""
COUNTS = """
    select (select count(*) from pages where person = $1 and current) as pages,
        (select count(*) from passages where person = $1) as passages,
        (select count(*) from pictures where person = $1) as pictures, (select count(*) from edges where person = $1) as edges"""
VANISHED = "delete from {} where person = $1 and page_id not in (select page_id from pages where person = $1 and current)"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArtefactSummary:
    """How many pages were read now, how many rows of each table there are, and pages that cannot be read, by reason."""

    read: int
    pages: int
    passages: int
    pictures: int
    edges: int
    unread: dict[str, int]


class _Batch(NamedTuple):
    """Pages that are being read: their rows of PENDING, their keys, and what they say, some at a time."""

    pages: list[dict[str, Any]]
    keys: pa.Table
    said: "Iterator[Future[list[Found]]]"


@dataclass
class _Rows:
    """What a batch of pages gives."""

    passages: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    parsings: list[dict[str, Any]] = field(default_factory=list)
    occurrences: Counter[tuple[str, str]] = field(default_factory=Counter)


def parse_pages(home: Home, person: Person) -> ArtefactSummary:
    """Makes a person's passages, pictures and edges those of their current pages. Goes on where a killed run stopped.

    A page that cannot be read is counted and named in the log, and what a parser remarked is said there too. Tables: passages,
    pictures, links, edges, parsings, drift. Raises StoreError where the warehouse cannot be used.
    """
    key = home.secret_key()
    with home.warehouse.transaction() as t:
        _forget_vanished(t, person.person)
        pending = t.query(PENDING, _salt(person, key), person.person)
    lost: Counter[str] = Counter()
    progress = tqdm(total=pending.num_rows, desc=f"reading pages of {person.person}", unit="page", disable=None)
    with ParserPool(home.blobs) as parsers, progress as bar:
        for batch in _ahead(pending, parsers):
            _write(home, batch, _read(batch, person, key, lost))
            bar.update(len(batch.pages))
            log.info("%s: %d of %d pages read", person.person, bar.n, pending.num_rows)
    return _finish(home, person.person, pending.num_rows, lost)


def author_key(name: str, person: Person, key: bytes) -> str:
    """The person's own handle as it is, anybody else as a keyed hash of 16 hex characters; empty stays empty."""
    own = {handle for handle in (person.handles.substack, person.handles.pinterest) if handle}
    if not name or name in own:
        return name
    return hmac.new(key, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def _salt(person: Person, key: bytes) -> str:
    """What the rows of all pages depend on."""
    return sha256_of(repr((VERSION, person.handles.substack, person.handles.pinterest, sha256_of(key))))


def _forget_vanished(t: Transaction, person: str) -> None:
    for table in MADE:
        t.execute(VANISHED.format(table), person)


def _ahead(pending: pa.Table, parsers: ParserPool) -> Iterator[_Batch]:
    """The pages in batches; the next one is read while rows are made of one."""
    begun: _Batch | None = None
    for batch in pending.to_batches(max_chunksize=BATCH):
        pages, keys = batch.to_pylist(), pa.Table.from_batches([batch.select(["person", "page_id"])])
        before, begun = begun, _Batch(pages, keys, parsers.read([Held(page["kind"], page["url"], page["sha256"]) for page in pages]))
        if before is not None:
            yield before
    if begun is not None:
        yield begun


def _read(batch: _Batch, person: Person, key: bytes, lost: Counter[str]) -> _Rows:
    rows = _Rows()
    for page, found in zip(batch.pages, chain.from_iterable(some.result() for some in batch.said), strict=True):
        reason, first = "", len(rows.links)
        if isinstance(found, StoreError):
            lost["missing"] += 1
            log.warning("%s", found)
            continue  # gathering may bring it back: the next run looks again
        if isinstance(found, DocumentRejected):
            reason = found.reason
            log.warning("page %s of %s cannot be read: %s", page["page_id"], page["source_id"], reason)
        elif isinstance(found, Parsed):
            _add(page, found, person, key, rows)
            for remark in found.remarks:
                log.info("page %s of %s: %s", page["page_id"], page["source_id"], remark)
        for place, link in enumerate(rows.links[first:]):
            link["place"] = place
        rows.parsings.append({name: page[name] for name in ("person", "page_id", "inputs")} | {"reason": reason})
    return rows


def _write(home: Home, batch: _Batch, rows: _Rows) -> None:
    with home.warehouse.transaction() as t:
        for table in MADE:
            t.delete(table, batch.keys, "person", "page_id")
            t.append(table, getattr(rows, table))


def _finish(home: Home, person: str, read: int, lost: Counter[str]) -> ArtefactSummary:
    with home.warehouse.transaction() as t:
        t.replace("edges", [], person=person)
        t.execute(EDGES, person)
        note_shares(t, person)
        (counts,) = t.query(COUNTS, person).to_pylist()
        reasons = t.query("select reason, count(*) as n from parsings where person = ? and reason <> '' group by all", person)
    summary = ArtefactSummary(read, **counts, unread=dict(lost) | {row["reason"]: row["n"] for row in reasons.to_pylist()})
    log.info("%s: %s", person, summary)
    return summary


def _add(page: dict[str, Any], parsed: Parsed, person: Person, key: bytes, rows: _Rows) -> None:
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
            _saves(page, parsed, artefact_id, rows)
    _links(page, parsed, rows)


def _artefact_id(modality: str, url: str, what: str, rows: _Rows) -> str:
    """The same words (or picture) twice in one document are two artefacts, told apart by their occurrence."""
    occurrence = rows.occurrences[url, what]
    rows.occurrences[url, what] += 1
    return id_of(modality, url, what, occurrence)


def _saves(page: dict[str, Any], parsed: Parsed, artefact_id: str, rows: _Rows) -> None:
    for link in parsed.links:
        if link.kind == "saves":
            _link(rows, page, artefact_id, link)


def _links(page: dict[str, Any], parsed: Parsed, rows: _Rows) -> None:
    document, is_listing = page["document_id"], page["kind"] in LISTINGS
    if not is_listing:
        _link(rows, page, page["source_id"], FoundLink(page["url"], "contains", parsed.published_at), document)
    for link in parsed.links:
        if link.kind == "saves":
            continue  # the picture saves, not the page around it
        leads_to_source = link.to is not None and (link.kind in BETWEEN_SOURCES or link.url == link.to.url)
        far = id_of("source", link.to.url) if link.to is not None and leads_to_source else None
        _link(rows, page, page["source_id"] if is_listing else document, link, far)


def _link(rows: _Rows, page: dict[str, Any], src: str, link: FoundLink, far: str | None = None) -> None:
    """A link to what is known, or to the document at an address, whether it was fetched or not."""
    ends = {"src_id": src, "dst_id": far or id_of("document", link.url), "request_id": None if far else id_of("request", link.url)}
    said = {"kind": link.kind, "happened_at": link.happened_at, "position": link.position}
    rows.links.append({"person": page["person"], "page_id": page["page_id"]} | ends | said)
