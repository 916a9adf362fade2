"""A Pinterest data export: HTML, in one file or several, of sections, each a run of `Key: value` lines between line breaks.

Only Pins and Boards are read. Their layout is known from one published sample; so unknown
sections and fields are remarks, and the rest goes on.
"""

import json
import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical
from pipeline.scrape.archives.export_lines import Record, records, sections
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import MemberError, suffix
from pipeline.scrape.decode import decode
from pipeline.scrape.fields import moment
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.records import Document, Kind, Source
from pipeline.scrape.redact import redact

LARGEST = 512 * 1024 * 1024  # bytes; a pin takes about 700
SECTION = re.compile(rb"<h1\b[^>]{0,200}>\s*(Pins|Boards)\s*</h1>", re.IGNORECASE)
LOOK = 1024  # bytes in which a file shows that it is HTML
NOT_READ = frozenset(("profile", "searches", "sessions", "your data", ""))  # known to exist, and none of our business
SHOWN = frozenset(("", "public"))  # a board of any other privacy is hidden
NO = frozenset(("", "false", "no"))  # a field that says nothing says no


@dataclass
class Boards:
    """The boards of one person, told of by the section Boards or by pins. Boards of the same name are one."""

    user: str
    sources: dict[str, Source] = field(default_factory=dict)  # by address
    told: dict[str, Record] = field(default_factory=dict)  # what the section Boards says, by address
    hidden: set[str] = field(default_factory=set)  # addresses

    def of(self, name: str) -> Source:
        """The board of a name; the person's account for pins on no board."""
        if not name:
            return Source("pinterest", "account", f"{CENTRE}/{self.user}/", handle=self.user)
        url = f"{CENTRE}/{self.user}/{slug_of(name)}/"
        return self.sources.setdefault(url, Source("pinterest", "board", url, handle=self.user, title=name))

    def tell(self, record: Record) -> None:
        """Takes a record of the section Boards."""
        source = self.of(record.get("Board Name", ""))
        self.told.setdefault(source.url, record)
        if record.get("Privacy", "").lower() not in SHOWN:
            self.hidden.add(source.url)


def knows(path: Path) -> bool:
    """Whether a file is HTML with a section Pins or Boards, wherever in it that stands."""
    with path.open("rb") as stream:
        if b"<" not in stream.read(LOOK) or path.stat().st_size > LARGEST:
            return False
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _is_part(content)


def read(path: Path, person: Person, found: ImportedArchive) -> None:
    """Every pin that is alive, and every board, as documents; private ones only where the person file includes them."""
    _read([path.read_bytes()], path, person, found)


def knows_folder(folder: SafeFolder) -> bool:
    """Whether a folder holds an export in parts: pages with a section Pins or Boards."""
    return any(_is_part(content) for _, content in _pages(folder))


def read_folder(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """The parts of an export as one, in the order of their names; what is no part of it is a remark."""
    parts = {name: content for name, content in _pages(folder) if _is_part(content)}
    for name in folder.members.keys() - parts.keys():
        found.remark(f"a file with {suffix(name) or 'no extension'} that is no part of the export is not read")
    _read(parts.values(), folder.path, person, found)


def _is_part(content: bytes | mmap.mmap) -> bool:
    return SECTION.search(content) is not None


def _pages(folder: SafeFolder) -> Iterator[tuple[str, bytes]]:
    """The pages of a folder that can be read."""
    for name in (name for name in folder.members if suffix(name) in (".html", ".htm")):
        with suppress(MemberError):
            yield name, folder.read(name, LARGEST)


def _read(contents: Iterable[bytes], path: Path, person: Person, found: ImportedArchive) -> None:
    try:
        text = "\n".join(decode(content, largest=LARGEST) for content in contents)
    except DocumentRejected as error:
        raise ArchiveError(f"{path} is too large for an export: {error}") from error
    parts: dict[str, str] = {}
    for name, content in _named_sections(text, found):
        parts[name] = f"{parts.get(name, '')}<br>{content}"  # a record ends where its part does
    pins = list(records(parts.get("pins", ""), found.remark))
    boards = Boards(_user(path, person, pins))
    for record in records(parts.get("boards", ""), found.remark):
        boards.tell(record)
    seen: set[str] = set()
    for record in pins:
        _take(record, boards, person, seen, found)
    _keep_boards(boards, person, found)


def slug_of(name: str) -> str:
    """A board's name as its address spells it: lower case, letters and digits of any script, the rest hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "-"


def _named_sections(text: str, found: ImportedArchive) -> Iterator[tuple[str, str]]:
    for name, content in sections(text):
        if name.lower() in ("pins", "boards"):
            yield name.lower(), content
        elif name.lower() not in NOT_READ:
            found.remark(f"the section {name[:60]!r} is not read")


def _user(path: Path, person: Person, pins: list[Record]) -> str:
    named = person.handles.pinterest or next((record["Username"] for record in pins if record.get("Username")), "")
    if not re.fullmatch(r"[\w.-]{1,60}", named):
        raise ArchiveError(f"{path}: whose boards are these? Write the account's name under `handles: pinterest:` in {person.path}.")
    return named


def _take(record: Record, boards: Boards, person: Person, seen: set[str], found: ImportedArchive) -> None:
    source, number = boards.of(record.get("Board Name", "")), record.get("Pin", "")
    if not number:
        found.remark("a record of the section Pins has no pin's address")
        return found.skip(source, "unreadable")
    hidden = _is(record, "Private") or source.url in boards.hidden
    if number in seen:
        return found.skip(source, "imported")
    seen.add(number)
    if hidden and not person.include_private_pins:
        return found.skip(source, "private")
    if record.get("Alive") and not _is(record, "Alive"):
        return found.skip(source, "not_alive")
    url = f"{CENTRE}/pin/{number}/"
    content = redact("pinterest_pin", json.dumps(_pin(record, url), ensure_ascii=False).encode("utf-8", "replace"), own=True)
    found.keep(Document(url, "pinterest_pin", "application/json", source, 0, found.name, content=content))
    return None


def _is(record: Record, name: str) -> bool:
    """Whether a field says yes, in whatever word: what is private in words nobody knew must not become public."""
    return record.get(name, "").lower() not in NO


def _pin(record: Record, url: str) -> dict[str, object]:
    link, created = record.get("Canonical Link", ""), moment(record.get("Created at", ""))
    pin: dict[str, object] = {
        "id": record["Pin"],
        "url": url,
        "title": record.get("Title", ""),
        "details": record.get("Details", ""),
        "image": record.get("Image", ""),
        "alt": record.get("Alt Text", ""),
        "board_id": record.get("Board Id", ""),
        "board": record.get("Board Name", ""),
        "username": record.get("Username", ""),
        "created_at": created.isoformat() if created else None,
    }
    for name, key in (("is_repin", "Is a repin"), ("is_native", "Is Native"), ("is_video", "Is Video"), ("private", "Private")):
        pin[name] = _is(record, key)
    if canonical(link):
        return pin | {"link": link}
    return pin | {"remarks": [f"its link is no web address ({link.split(':', 1)[0][:20]})"]} if link else pin


def _keep_boards(boards: Boards, person: Person, found: ImportedArchive) -> None:
    """A document for each board that may be shown; boards are sources, so they do not count among the items."""
    for url, source in boards.sources.items():
        if url in boards.hidden and not person.include_private_pins:
            continue
        told = boards.told.get(url, {})
        if not told and not any(document.source.url == url for document in found.documents):
            continue
        created = moment(told.get("Created at", ""))
        board = {
            "id": told.get("Board Id", ""),
            "name": source.title,
            "description": told.get("Description", "") or told.get("Details", ""),
            "url": url,
            "privacy": told.get("Privacy", ""),
            "created_at": created.isoformat() if created else None,
        }
        kind: Kind = "pinterest_board"
        content = redact(kind, json.dumps(board, ensure_ascii=False).encode("utf-8", "replace"), own=True)
        found.keep_board(Document(url, kind, "application/json", source, 0, found.name, content=content))
