"""The same place on both sides of a split: one document by any of its addresses, one upload, a pin and what it links to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from pipeline.pair.leak_sides import Find, Side
from pipeline.scrape.addresses import canonical, image_key, unwrap_image

SIZE = re.compile(r"(?:[-_@](?:\d{2,4}x\d{2,4}|\d{2,4}w|\dx|scaled|thumb(?:nail)?|small|medium|large))+(?=\.\w{2,5}$)", re.IGNORECASE)
PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)  # another path may be a script that its query tells what to show
INDEX = re.compile(r"/(?:index\.\w{3,5}|amp/?)?$", re.IGNORECASE)
PIN = re.compile(r"^/pin/(?:[^/]*--)?(\d+)")


def plain_address(url: str | None) -> str | None:
    """An address without what may differ for one document: scheme, www, tracking, index file, AMP, last slash; a pin by its number."""
    address = canonical(url) if url else None
    if address is None:
        return None
    parts = urlsplit(address)
    pin = PIN.match(parts.path) if "pinterest." in parts.netloc else None
    if pin:
        return f"pin:{pin.group(1)}"
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.removeprefix("www.").removeprefix("m.") + unquote(INDEX.sub("", parts.path)).lower() + query


def document_key(side: Side) -> str | None:
    """The plain address of the document, where it names more than a site."""
    address = plain_address(side.url)
    return address if address and ("/" in address or address.startswith("pin:")) else None


def upload_key(side: Side) -> str | None:
    """The platform's own name of a picture."""
    return image_key(side.image_url) if side.image_url else None


def picture_address(side: Side) -> str | None:
    """A picture's address without query and size: the same upload at another width."""
    address = canonical(unwrap_image(side.image_url)[0]) if side.image_url else None
    parts = urlsplit(address or "")
    if not PICTURE.search(parts.path) or image_key(address or ""):
        return None
    return f"{parts.netloc.removeprefix('www.')}{SIZE.sub('', parts.path)}"


def linked(sides: Sequence[Side], saves: Iterable[tuple[str, str]]) -> Iterator[Find]:
    """Pictures of pins, with an item of the document they link to that is in another split."""
    by_id: dict[str, list[Side]] = {}
    by_document: dict[str, dict[str, Side]] = {}
    for side in sides:
        by_id.setdefault(side.artefact_id, []).append(side)
        by_document.setdefault(side.document_id, {}).setdefault(side.split, side)
    for picture_id, document_id in saves:
        for pin in by_id.get(picture_id, ()):
            page = next((page for split, page in by_document.get(document_id, {}).items() if split != pin.split), None)
            if page:
                yield pin, page


def one_target(sides: Sequence[Side], saves: Iterable[tuple[str, str]]) -> Iterator[Find]:
    """Pictures of two pins that link to one document, held or not, in different splits."""
    by_id = {side.artefact_id: side for side in sides}
    first: dict[str, Side] = {}
    for picture_id, document_id in saves:
        pin = by_id.get(picture_id)
        if pin is not None and first.setdefault(document_id, pin).split != pin.split:
            yield first[document_id], pin


def misfiled(sides: Iterable[Side]) -> Iterator[Find]:
    """Artefacts whose pair claims another group than they are in: then the split of the pair is not theirs."""
    yield from ((side, side) for side in sides if side.group_id is not None and side.group_id != side.claimed)
