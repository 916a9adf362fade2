"""Picture bytes that come with a saved page: inlined in it, in the folder beside it, or as answers beside its own."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import PIN_IMAGE, canonical, image_key, pin_image
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import is_picture
from pipeline.scrape.archives.picture_set import picture_address
from pipeline.scrape.decode import load_json
from pipeline.scrape.picture import PictureRejected
from pipeline.scrape.records import Document
from pipeline.scrape.understand import read_stored
from pipeline.scrape.web import LAZY, LAZY_SETS

INLINED = re.compile(rb"data:image/(?:jpe?g|png|webp|gif);base64,([A-Za-z0-9+/=%\s]{40,})", re.IGNORECASE)
Read = Callable[[], bytes]


def bring_inlined(content: bytes, found: ImportedArchive) -> bytes:
    """A page's bytes with the addresses of its inlined pictures in their place. One that cannot be decoded stays nowhere."""

    def bring(match: re.Match[bytes]) -> bytes:
        try:
            picture = base64.b64decode(unquote(match.group(1).decode("ascii")), validate=False)
            return found.pictures.take(picture, found.name).encode()
        except (ValueError, PictureRejected):
            return b"data:,"

    return INLINED.sub(bring, content) if b"data:image/" in content else content


def bring_beside(root: HtmlElement, read: Callable[[str], bytes | None], found: ImportedArchive) -> None:
    """Gives the images of a page whose files lie beside it an address: an original that the tag still names, else one of their bytes."""
    for image in root.iter("img"):
        content = read(image.get("src") or "")
        if content is not None:
            try:
                point(image, found.pictures.take(content, found.name))
            except PictureRejected as error:
                found.remark(f"a picture beside a page cannot be kept ({error.reason})")


def bring_shown(documents: Iterable[Document], offers: Mapping[str, list[Read]], found: ImportedArchive) -> None:
    """Takes the bytes of the pictures that documents show, on `offers` by their original's address; the others stay on offer, for
    another archive may show them."""
    for document in documents:
        for address in addresses_in(document):
            bring(address, offers.get(original_of(address), []), found)
    found.offers |= offers


def bring(address: str, offers: Iterable[Read], found: ImportedArchive) -> None:
    """Takes a picture; of several sizes of one, the first that will do.

    Only the platforms' own addresses stand for scaled copies too; anywhere else an address has its bytes.
    """
    take = found.pictures.take_copy if image_key(address) else found.pictures.take
    for read in offers:
        try:
            take(read(), found.name, address)
        except PictureRejected:
            continue
        return


def addresses_in(document: Document) -> list[str]:
    """The addresses of the pictures that a document shows."""
    try:
        return [picture.image_url for picture in read_stored(document.kind, document.url, document.content).pictures]
    except DocumentRejected:
        return []


def original_of(url: str) -> str:
    """The address that documents give a picture, from that of any of its sizes; empty for what is no address."""
    pinned = PIN_IMAGE.match(canonical(url) or "")
    return pin_image(pinned.group(1).lower()) if pinned else picture_address(url)


def named(address: str, files: Iterable[str]) -> list[str]:
    """The files that by their names are this picture: its platform's key stands in them, else the last part of its address."""
    key = (image_key(address) or "").partition(":")[2]
    last = unquote(PurePosixPath(address.split("?", 1)[0]).name).lower()
    return [name for name in files if is_picture(name) and (key in name.lower() if key else PurePosixPath(name).name.lower() == last)]


def point(image: HtmlElement, address: str) -> None:
    """Gives an image an address, in the place of all that it names."""
    for name in (*LAZY, *LAZY_SETS):
        image.attrib.pop(name, None)
    image.set("src", address)
    try:
        data = load_json(image.get("data-attrs") or "null")
    except DocumentRejected:
        data = None
    if isinstance(data, dict):
        image.set("data-attrs", json.dumps(data | {"src": address}))
