"""What img2dataset wrote: shards of pictures as tar (webdataset), parquet (bytes in a column) or folders (files), each with a
parquet of metadata that also lists the rows that failed."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.identifiers import sha256_of
from pipeline.people import Person
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import LARGEST_PICTURE, LARGEST_SIDECAR, MemberError, is_picture
from pipeline.scrape.archives.parquets import rows_of
from pipeline.scrape.archives.picture_set import Item, collection, keep_pictures
from pipeline.scrape.archives.tars import SafeTar
from pipeline.scrape.decode import decode, load_json
from pipeline.scrape.fields import number, text
from pipeline.scrape.outcomes import Reason

SHARD = re.compile(r"^(?:.*/)?\d{3,}\.(?:tar|parquet)$")
KEYED = re.compile(r"^(?:.*/)?\d{3,}/\d{5,}\.(?:jpe?g|png|webp)$")
STATISTICS = re.compile(r"(?:^|/)\d+_stats\.json$")
FAILURES: tuple[tuple[str, Reason], ...] = (  # what error_message holds, in the words of urllib, img2dataset's checks and OpenCV
    ("404", "not_found"), ("410", "gone"), ("403", "forbidden"), ("401", "unauthorized"), ("402", "paid"), ("429", "rate_limited"),
    ("http error 5", "server_error"), ("x-robots-tag", "opted_out"), ("timed out", "timeout"), ("timeout", "timeout"),
    ("name or service", "unresolvable"), ("getaddrinfo", "unresolvable"), ("hash mismatch", "truncated"), ("too small", "too_small"),
    ("aspect ratio", "odd_shape"), ("decod", "undecodable"), ("http error", "http_error"),
)  # fmt: skip
Place = SafeFolder | SafeTar
Row = dict[str, Any]


def knows(folder: SafeFolder) -> bool:
    """Whether a folder has shards with their statistics or metadata beside them, as img2dataset names them."""
    names = folder.members
    shards = [name for name in names if SHARD.match(name)]
    return any(STATISTICS.search(name) for name in names) or (bool(shards) and len(shards) * 2 >= len(names)) or _is_files(names)


def knows_shard(path: Path) -> bool:
    """Whether a file is a shard, by its name."""
    return path.suffix.lower() in (".tar", ".parquet")


def read_shard(path: Path, person: Person, found: ImportedArchive) -> None:
    """`read` for one shard alone. Raises ArchiveError where it is none."""
    keep_pictures(_shard(path, found), found)


def read(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """Every picture of every shard, as a document with its caption; rows that failed are skips with the reason their message gives."""
    for name in folder.members:
        if SHARD.match(name):
            try:
                keep_pictures(_shard(folder.path / name, found), found)
            except ArchiveError as error:
                found.remark(f"the shard {PurePosixPath(name).name} is not read: {_short(error, folder)}")
                found.skip(collection(found.name), "unreadable")
    keep_pictures(_samples(folder, [name for name in folder.members if KEYED.match(name)], found), found)
    for name in folder.members:
        if not (SHARD.match(name) or STATISTICS.search(name) or _is_sample(name)):
            found.remark(f"a file with {PurePosixPath(name).suffix or 'no extension'} is not read")


def reason_of(status: str, message: str) -> Reason:
    """Why a row failed, from the closed list."""
    said = message.lower()
    found = next((reason for words, reason in FAILURES if words in said), None)
    return found or ("undecodable" if status == "failed_to_resize" else "connection")


def _shard(path: Path, found: ImportedArchive) -> Iterator[Item]:
    if path.suffix.lower() == ".tar":
        with SafeTar(path) as tar:
            found.remarks.update(tar.refused)
            pictures = [member for member in tar.members if is_picture(member)]
            if missing := _missing(tar, len(pictures)):
                found.remark(f"the shard {path.name} breaks off; what is whole of it is read")
            for _ in range(missing):
                found.skip(collection(found.name), "truncated")
            yield from _samples(tar, pictures, found)
        return
    for row, content in rows_of(path):
        status = text(row, "status")
        if content is not None:
            yield _item(row, content, text(row, "txt"))
        elif status not in ("", "success"):
            found.skip(collection(found.name), reason_of(status, text(row, "error_message")))


def _missing(tar: SafeTar, there: int) -> int:
    """How many samples a tar lacks: those that its metadata calls a success; where there is none and its end is missing, one."""
    table = tar.path.with_suffix(".parquet")
    if table.is_symlink() or not table.is_file():
        return int(tar.damaged)
    return max(0, sum(text(row, "status") == "success" for row, _ in rows_of(table)) - there)


def _samples(place: Place, pictures: list[str], found: ImportedArchive) -> Iterator[Item]:
    """The samples of a tar or a folder: KEY.jpg with KEY.txt and KEY.json."""
    for name in pictures:
        stem = str(PurePosixPath(name).with_suffix(""))
        try:
            content = place.read(name, LARGEST_PICTURE)
        except MemberError as error:
            found.remark(f"a picture {error}")
            found.skip(collection(found.name), error.reason)
            continue
        yield _item(_metadata(place, f"{stem}.json", found), content, _caption(place, f"{stem}.txt", found))


def _metadata(place: Place, name: str, found: ImportedArchive) -> Row:
    if name not in place.members:
        return {}
    try:
        told = load_json(place.read(name, LARGEST_SIDECAR))
    except (MemberError, DocumentRejected) as error:
        found.remark(f"a sample's .json is not read: {error}")
        return {}
    return told if isinstance(told, dict) else {}


def _caption(place: Place, name: str, found: ImportedArchive) -> str:
    if name not in place.members:
        return ""
    try:
        return decode(place.read(name, LARGEST_SIDECAR))
    except (MemberError, DocumentRejected) as error:
        found.remark(f"a sample's .txt is not read: {error}")
        return ""


def _item(row: Row, content: bytes, caption: str) -> Item:
    """A sample. Its address is that of these bytes only where they were not scaled: else the original may still be asked for."""
    url = text(row, "url")
    whole = [number(row, name) for name in ("width", "height")] == [number(row, f"original_{name}") for name in ("width", "height")]
    same = text(row, "sha256") == sha256_of(content) or (whole and number(row, "width") is not None)
    return Item(content, caption=caption or text(row, "caption"), url=url if same else "", origin="" if same else url)


def _is_files(names: dict[str, None]) -> bool:
    return any(KEYED.match(name) and str(PurePosixPath(name).with_suffix(".json")) in names for name in names)


def _is_sample(name: str) -> bool:
    return re.match(r"^(?:.*/)?\d{3,}/\d{5,}\.(?:jpe?g|png|webp|txt|json)$", name) is not None


def _short(error: ArchiveError, folder: SafeFolder) -> str:
    return str(error).replace(f"{folder.path}/", "")
