"""From a document's bytes to what is stored and what it says: redaction, then parsing. It needs nothing else, so any process can do it.

Whatever a stranger's bytes make of a parser, they are one document that cannot be read, never the end of a gathering.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pipeline.errors import DocumentRejected, StoreError
from pipeline.scrape.parse import outline, parse
from pipeline.scrape.records import Kind, Parsed
from pipeline.scrape.redact import redact
from pipeline.store.blobs import Blobs

log = logging.getLogger(__name__)


class Received(NamedTuple):
    """A document as it came, and what its redaction needs to know (`pipeline.scrape.redact`)."""

    kind: Kind
    url: str
    content: bytes
    own: bool
    own_user: int | None
    charset: str | None


class Held(NamedTuple):
    """A document among the blobs."""

    kind: Kind
    url: str
    sha256: str


class Stored(NamedTuple):
    """The hash of the bytes that are stored, and their outline. Passages and pictures are read from those bytes once all is gathered."""

    sha256: str
    parsed: Parsed


Unread = Received | Held
Found = Stored | Parsed | DocumentRejected | StoreError


def store(received: Received, blobs: Blobs) -> Stored:
    """Redacts a document, puts what may be stored among the blobs, and outlines it. Raises DocumentRejected and StoreError."""
    redacted = _redacted(received)
    outlined = outline_stored(received.kind, received.url, redacted)
    return Stored(blobs.put(redacted), outlined)


def attempt(document: Unread, blobs: Blobs) -> Found:
    """What comes of a document that came, or is held."""
    try:
        if isinstance(document, Received):
            return store(document, blobs)
        return read_stored(document.kind, document.url, blobs.get(document.sha256))
    except (DocumentRejected, StoreError) as error:
        return error


def read_stored(kind: Kind, url: str, content: bytes) -> Parsed:
    """What redacted bytes say. Raises DocumentRejected, and nothing else."""
    with _one_document(kind):
        return parse(kind, url, content)


def outline_stored(kind: Kind, url: str, content: bytes) -> Parsed:
    """The outline of redacted bytes. Raises DocumentRejected, and nothing else."""
    with _one_document(kind):
        return outline(kind, url, content)


def _redacted(received: Received) -> bytes:
    kind, _, content, own, own_user, charset = received
    with _one_document(kind):
        return redact(kind, content, own=own, own_user=own_user, charset=charset)


@contextmanager
def _one_document(kind: Kind) -> Iterator[None]:
    """The parsers themselves are tested to raise nothing but DocumentRejected; this is for what those tests did not think of."""
    try:
        yield
    except DocumentRejected:
        raise
    except Exception as error:
        log.warning("a %s cannot be read: its parser raised %s", kind, type(error).__name__)  # no message: it may hold a stranger's words
        raise DocumentRejected("unreadable", type(error).__name__) from error
