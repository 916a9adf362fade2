"""What gallery-dl saved: pictures, each with its metadata in `<file>.json` beside it (its option --write-metadata)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import pin_image
from pipeline.scrape.archives.api_pin import keep_pin, read_pin, signature_of
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import LARGEST_PICTURE, LARGEST_SIDECAR, MemberError, is_picture, suffix
from pipeline.scrape.archives.picture_set import Item, collection, keep_pictures
from pipeline.scrape.decode import load_json
from pipeline.scrape.fields import text
from pipeline.scrape.picture import PictureRejected

MEDIA = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp4", ".webm", ".m4a", ".mp3", ".txt"))
CAPTIONS = ("description", "caption", "content", "text")
LOOKS = 20  # sidecars that are opened to know the tool by its field `category`


def knows(folder: SafeFolder) -> bool:
    """Whether there is a gallery-dl sidecar in a folder."""
    return any(_metadata(folder, name) is not None for name in _sidecars(folder)[:LOOKS])


def read(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """Pins of Pinterest as pins, whatever else as pictures of a collection."""
    sidecars = _sidecars(folder)
    keep_pictures(_others(folder, sidecars, person, found), found)
    described = {name.removesuffix(".json") for name in sidecars} | set(sidecars)
    left = Counter(suffix(name) or "no extension" for name in folder.members if name not in described)
    for ending, n in sorted(left.items()):
        found.remarks[f"a file with {ending} that has no metadata beside it is not read"] += n


def _others(folder: SafeFolder, sidecars: list[str], person: Person, found: ImportedArchive) -> Iterator[Item]:
    """Takes the pins itself; gives the pictures of other sites."""
    for name in sidecars:
        told, content = _metadata(folder, name), _picture(folder, name.removesuffix(".json"), found)
        if told is None:
            found.remark("a metadata file is not gallery-dl's, or no JSON")
            found.skip(collection(found.name), "unreadable")
        elif told.get("category") == "pinterest":
            _pin(told, content, person, found)
        elif content is None:
            found.skip(collection(found.name), "wrong_type")
        else:
            yield _item(told, content)


def _pin(told: dict[str, Any], content: bytes | None, person: Person, found: ImportedArchive) -> None:
    pin = read_pin(told)
    if pin is None:
        found.remark("a pin's metadata has no id")
        return found.skip(collection(found.name), "unreadable")
    signature = signature_of(told)
    if content is not None and signature and text(told, "num") in ("", "1"):
        try:
            found.pictures.take(content, found.name, pin_image(signature))
        except PictureRejected as error:
            found.remark(f"a pin's file is no picture that can be kept ({error.reason}); it is asked for at its address")
    return keep_pin(pin, person, found)


def _item(told: dict[str, Any], content: bytes) -> Item:
    caption = next((words for name in CAPTIONS if (words := text(told, name))), "")
    address = next((url for name in ("file_url", "url") if is_picture((url := text(told, name)).split("?")[0])), "")
    created = text(told, "date") or text(told, "created_at")
    return Item(content, text(told, "title"), caption, text(told, "alt") or text(told, "alt_text"), address, created_at=created)


def _picture(folder: SafeFolder, name: str, found: ImportedArchive) -> bytes | None:
    if not is_picture(name) or name not in folder.members:
        return None
    try:
        return folder.read(name, LARGEST_PICTURE)
    except MemberError as error:
        found.remark(f"a picture {error}")
        return None


def _sidecars(folder: SafeFolder) -> list[str]:
    return [name for name in folder.members if suffix(name) == ".json" and suffix(name.removesuffix(".json")) in MEDIA]


def _metadata(folder: SafeFolder, name: str) -> dict[str, Any] | None:
    try:
        told = load_json(folder.read(name, LARGEST_SIDECAR))
    except (MemberError, DocumentRejected):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("category"), str) else None
