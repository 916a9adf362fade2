"""A folder of pictures with captions beside them: `a.jpg` with `a.txt`, `a.caption` or `a.json` (or `a.jpg.txt` ...)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from pipeline.errors import DocumentRejected
from pipeline.people import Person
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import LARGEST_PICTURE, LARGEST_SIDECAR, MemberError, is_picture, suffix
from pipeline.scrape.archives.picture_set import Item, collection, keep_pictures
from pipeline.scrape.decode import Json, decode, load_json
from pipeline.scrape.fields import text

WORDS = (".caption", ".txt")  # the first that is there
RECORD = ".json"
FIELDS = {  # what a field of a JSON sidecar may be called; the first that is there
    "title": ("title", "name"),
    "caption": ("caption", "text", "description", "prompt"),
    "alt": ("alt", "alt_text"),
    "url": ("url", "image_url", "source_url"),
    "created_at": ("created_at", "date"),
}
NAMED = frozenset(name for names in FIELDS.values() for name in names)
SHOWN = 40  # characters of an unknown name in a remark


def knows(folder: SafeFolder) -> bool:
    """Whether there is a picture in a folder."""
    return any(map(is_picture, folder.members))


def read(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """Every picture of the folder and its subfolders, as a document with what its sidecars say."""
    pictures = [name for name in folder.members if is_picture(name)]
    keep_pictures(_items(folder, pictures, found), found)
    used = {side for name in pictures for side in _beside(name)}
    left = Counter(suffix(name) or "no extension" for name in folder.members if not is_picture(name) and name not in used)
    for ending, n in sorted(left.items()):
        found.remarks[f"a file with {ending} that belongs to no picture is not read"] += n


def _items(folder: SafeFolder, pictures: list[str], found: ImportedArchive) -> Iterator[Item]:
    for name in pictures:
        said = _said(folder, [side for side in _beside(name) if side in folder.members], found)
        try:
            content = folder.read(name, LARGEST_PICTURE)
        except MemberError as error:
            found.remark(f"a picture {error}")
            found.skip(collection(found.name), error.reason)
        else:
            yield Item(content, **said)


def _beside(name: str) -> list[str]:
    stem = str(PurePosixPath(name).with_suffix(""))
    return [base + ending for ending in (*WORDS, RECORD) for base in (stem, name)]


def _said(folder: SafeFolder, sidecars: list[str], found: ImportedArchive) -> dict[str, str]:
    """What the sidecars say; a plain text wins over a record's caption. One that cannot be read is a remark."""
    said: dict[str, str] = {}
    for name in sidecars:
        try:
            content = folder.read(name, LARGEST_SIDECAR)
            told = _record(load_json(content), found) if suffix(name) == RECORD else {"caption": decode(content)}
        except (MemberError, DocumentRejected) as error:
            found.remark(f"a sidecar with {suffix(name)} is not read: it {_why(error)}")
        else:
            said = told | said
    return said


def _why(error: MemberError | DocumentRejected) -> str:
    return f"is {error.reason.replace('_', ' ')}" if isinstance(error, DocumentRejected) else str(error)


def _record(value: Json, found: ImportedArchive) -> dict[str, str]:
    if isinstance(value, str):
        return {"caption": value}
    if not isinstance(value, dict):
        found.remark("a sidecar's JSON is no object")
        return {}
    for name in value.keys() - NAMED:
        found.remark(f"the field {name[:SHOWN]!r} of sidecars is not read")
    said = {field: next((words for name in names if (words := text(value, name))), "") for field, names in FIELDS.items()}
    return {field: words for field, words in said.items() if words}
