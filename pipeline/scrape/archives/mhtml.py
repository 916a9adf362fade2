"""MHTML: a page and what it shows in one message (RFC 2557), as Chrome and Edge save it."""

import email
import email.policy
from collections import defaultdict
from email.message import EmailMessage
from functools import partial

from pipeline.errors import DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import MemberError
from pipeline.scrape.archives.page_pictures import Read, bring_shown, original_of
from pipeline.scrape.archives.saved_page import address_of, keep_page
from pipeline.scrape.decode import decode
from pipeline.scrape.markup import load_html
from pipeline.scrape.masks import mask

BEGINNINGS = (b"from: <saved by", b"mime-version:", b"snapshot-content-location:")


def is_mhtml(beginning: bytes) -> bool:
    """Whether a file begins as a saved message."""
    return beginning.lstrip().lower().startswith(BEGINNINGS)


def read_mhtml(content: bytes, person: Person, found: ImportedArchive) -> None:
    """The page of a saved message, with the pictures that it shows. Raises ArchiveError for one nested deeper than Python's stack."""
    try:
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        parts = list(message.walk())
    except RecursionError as error:  # its parser calls itself for each message within a message
        raise MemberError("is nested too deep", "too_deep") from error
    first, offers = len(found.documents), defaultdict[str, list[Read]](list)
    page = None
    for part in parts:
        kind, where = part.get_content_type(), canonical(str(part.get("Content-Location") or "")) or ""
        if kind in ("text/html", "application/xhtml+xml") and page is None:
            page = part, where
        elif kind.startswith("image/") and (address := original_of(where)):
            offers[address].append(partial(_body, part))
    if page is None:
        return found.remark("a saved message holds no page")
    try:
        text = decode(_body(page[0]), page[0].get_content_charset())
        root = load_html(text)
    except DocumentRejected as error:
        return found.remark(f"a page cannot be read: {error.reason}")
    url = mask(canonical(str(message.get("Snapshot-Content-Location") or "")) or page[1]) or address_of(text, root)
    keep_page(root, url, person, found)
    return bring_shown(found.documents[first:], offers, found)


def _body(part: "email.message.Message | EmailMessage") -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
