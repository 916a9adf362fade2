"""From a document's bytes to what is stored and what it says: redaction, then parsing. It needs nothing else, so any process can do it.

Whatever a stranger's bytes make of a parser, they are one document that cannot be read, never the end of a gathering.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from pipeline.errors import DocumentRejected
from pipeline.scrape.parse import parse
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


class Understood(NamedTuple):
    """The bytes that may be stored, and what they say."""

    content: bytes
    parsed: Parsed


class Stored(NamedTuple):
    """The hash of the bytes that are stored, and what they say but for passages and pictures, which are read from those bytes once
    all is gathered."""

    sha256: str
    parsed: Parsed


def understand(received: Received) -> Understood:
    """Redacts, then parses what is left. Raises DocumentRejected, and nothing else."""
    kind, url, content, own, own_user, charset = received
    with _one_document(kind):
        redacted = redact(kind, content, own=own, own_user=own_user, charset=charset)
    return Understood(redacted, read_stored(kind, url, redacted))


def store(received: Received, blobs: Blobs) -> Stored:
    """Understands a document and puts what may be stored among the blobs. Raises DocumentRejected and StoreError."""
    content, parsed = understand(received)
    return Stored(blobs.put(content), replace(parsed, passages=(), pictures=()))


def read_stored(kind: Kind, url: str, content: bytes) -> Parsed:
    """What redacted bytes say. Raises DocumentRejected, and nothing else."""
    with _one_document(kind):
        return parse(kind, url, content)


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
