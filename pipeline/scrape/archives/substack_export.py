"""A Substack export: posts.csv and posts/ID.SLUG.html. The lists of subscribers, opens and deliveries in it are never opened."""

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical, origin
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import MemberError, suffix
from pipeline.scrape.archives.zips import SafeZip
from pipeline.scrape.decode import LARGEST, decode
from pipeline.scrape.records import Document, Source
from pipeline.scrape.redact import redact

TABLE = "posts.csv"
NEEDED = {"post_id", "post_date", "is_published", "type", "audience", "title"}
POST_ID = re.compile(r"^(\d{1,18})\.([\w.-]{1,200})$")
READERS = re.compile(r"(?:^|[/._-])(?:email_list|subscribers?|opens|delivers)\b[^/]*\.csv$", re.IGNORECASE)
LARGEST_TABLE = 64 * 1024 * 1024  # bytes; a row is 200 bytes

Row = dict[str, str]


def knows(path: Path) -> bool:
    """Whether a file is a zip with a posts.csv, at its top or one folder down."""
    if not zipfile.is_zipfile(path):
        return False
    with SafeZip(path) as archive:
        return _table_name(archive) is not None


def read(path: Path, person: Person, found: ImportedArchive) -> None:
    """Every published post, and drafts where the person file includes them, as documents of the person's publication."""
    with SafeZip(path) as archive:
        found.remarks.update(archive.refused)
        table = _table_name(archive) or TABLE
        source = _source(path, person, archive)
        folder, told = table.removesuffix(TABLE), {table}
        for row in _rows(path, archive, table):
            told.add(_body_name(folder, row))
            _take(row, source, archive, folder, person, found)
        for name in archive.members.keys() - told:
            _remark(name, folder, found)


def _remark(name: str, folder: str, found: ImportedArchive) -> None:
    """Names what the export holds besides; lists of readers, which are there in every one, are not even mentioned."""
    if name.startswith(f"{folder}posts/") and suffix(name) == ".html":
        found.remark(f"a body without a row in {TABLE} is not read")
    elif not READERS.search(name):
        found.remark(f"a member with {suffix(name) or 'no extension'} is not read")


def _body_name(folder: str, row: Row) -> str:
    return f"{folder}posts/{row['post_id']}.html"


def _take(row: Row, source: Source, archive: SafeZip, folder: str, person: Person, found: ImportedArchive) -> None:
    parts = POST_ID.match(row["post_id"])
    url = canonical(f"{source.url}/p/{parts.group(2)}") if parts else None
    if parts is None or url is None:
        found.remark(f"a row of {TABLE} has no readable post_id")
        return found.skip(source, "unreadable")
    if row["is_published"].lower() != "true" and not person.include_drafts:
        return found.skip(source, "draft")
    if found.holds(url):
        return found.skip(source, "imported")
    try:
        body = decode(archive.read(_body_name(folder, row), LARGEST))
    except (MemberError, DocumentRejected) as error:
        found.remark(f"the body of post {parts.group(1)} {error}")
        return found.skip(source, "unreadable")
    content = redact("substack_export_post", _post(row, parts.group(1), parts.group(2), url, body), own=True)
    found.keep(Document(url, "substack_export_post", "application/json", source, 0, found.name, content=content))
    return None


def _post(row: Row, number: str, slug: str, url: str, body: str) -> bytes:
    post = {
        "id": int(number),
        "slug": slug,
        "title": html.unescape(row["title"]),
        "subtitle": html.unescape(row.get("subtitle", "")),
        "type": row["type"],
        "audience": row["audience"],
        "post_date": row["post_date"],
        "is_published": row["is_published"].lower() == "true",
        "canonical_url": url,
        "podcast_url": row.get("podcast_url", ""),
        "body_html": body,
    }
    return json.dumps(post, ensure_ascii=False).encode("utf-8", "replace")


def _rows(path: Path, archive: SafeZip, table: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_TABLE)  # of the process: Python's 131,072 characters would refuse the whole table for one long title
    try:
        text = archive.read(table, LARGEST_TABLE).decode("utf-8-sig", "replace").replace("\x00", "")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", restkey="")
        lacking = NEEDED - set(reader.fieldnames or ())
        if lacking:
            raise ArchiveError(f"{path}: {TABLE} lacks the columns {', '.join(sorted(lacking))}; is it a Substack export?")
        for row in reader:
            yield {key: value for key, value in row.items() if key and isinstance(value, str)}
    except (MemberError, csv.Error) as error:
        raise ArchiveError(f"{path}: {TABLE} {error}. Download the export again.") from error


def _table_name(archive: SafeZip) -> str | None:
    names = [
        name for name in archive.members if name.rsplit("/", 1)[-1] == TABLE and name.count("/") <= 1 and not name.startswith("posts/")
    ]
    return min(names, key=len, default=None)


def _source(path: Path, person: Person, archive: SafeZip) -> Source:
    """The publication of the export: the person's only one, else the one whose name stands in the names of the archive's files."""
    hosts = person.handles.publications
    if not hosts:
        raise ArchiveError(f"{path}: whose publication is it? Write its host under `handles: publications:` in {person.path}.")
    labels = {label for name in (path.name, *archive.members) if "posts/" not in name for label in re.split(r"[^a-z0-9]+", name.lower())}
    named = [host for host in hosts if host.lower().removeprefix("www.").split(".")[0] in labels]
    if len(hosts) > 1 and len(named) != 1:
        raise ArchiveError(f"{path}: it could be of {', '.join(hosts)}. Put the publication's name into the file's name.")
    url = origin(f"https://{(named or hosts)[0]}")
    if not url:
        raise ArchiveError(f"{person.path}: {hosts[0]!r} under `handles: publications:` is no host name.")
    return Source("substack", "publication", url, handle=person.handles.substack or "")
