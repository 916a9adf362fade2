"""Sets of pictures with captions, whatever tool made them: each picture becomes a document of the person's own collection."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from pipeline.identifiers import sha256_of
from pipeline.scrape.addresses import canonical, imported_address, unwrap_image
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.masks import mask
from pipeline.scrape.picture import PictureRejected
from pipeline.scrape.records import Document, Source
from pipeline.scrape.redact import redact

BATCH = 16  # pictures held in memory at once


@dataclass(frozen=True)
class Item:
    """A picture's bytes and words. `url`: the address that these very bytes came from; `origin`: where a reworked copy came from."""

    content: bytes
    title: str = ""
    caption: str = ""
    alt: str = ""
    url: str = ""
    origin: str = ""
    created_at: str = ""


def collection(name: str) -> Source:
    """The source of an imported set of pictures: the name of its folder or file."""
    return Source("import", "collection", f"import:{name}", title=name)


def keep_pictures(items: Iterable[Item], found: ImportedArchive) -> None:
    """Takes pictures in; the second of the same bytes is counted, and one that cannot be decoded is a skip with its reason."""
    source, seen, rest = collection(found.name), set[str](), iter(items)
    while batch := list(islice(rest, BATCH)):
        taken = found.pictures.take_all(((item.content, picture_address(item.url)) for item in batch), found.name)
        for item, address in zip(batch, taken, strict=True):
            url = imported_address(sha256_of(item.content))
            if isinstance(address, PictureRejected):
                found.skip(source, address.reason)
            elif url in seen:
                found.skip(source, "imported")
            else:
                found.keep(Document(url, "imported_picture", "application/json", source, 0, found.name, content=_content(item, address)))
            seen.add(url)


def picture_address(url: str) -> str:
    """The one spelling of a picture's address as documents have it, or an empty text."""
    return mask(unwrap_image(url)[0]) if url and canonical(url) else ""


def _content(item: Item, address: str) -> bytes:
    words = {"title": item.title, "caption": item.caption, "alt": item.alt, "created_at": item.created_at}
    fields = words | {"picture": address, "origin": picture_address(item.origin)}
    said = {name: value for name, value in fields.items() if value}
    return redact("imported_picture", json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"), own=True)
