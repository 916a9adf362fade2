"""A body as it comes: unpacked, under caps on its size and on how slowly it may come, and whole or not at all.

Unpacked here and not by urllib3: its decoders depend on which packages are installed, and take a gzip stream that is cut
short under a correct Content-Length for a whole one.
"""

import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.scrape.outcomes import Reason

CHUNK = 65536
MIN_RATE = 500.0  # bytes a second, after the grace
MOST_ENCODINGS = 2
MOST_PARTS = 1000  # gzip streams in a row; empty ones cost time and no bytes
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits; others we never asked for
RAW_DEFLATE = -15  # what some servers send as deflate: no zlib header


@dataclass(frozen=True)
class Patience:
    """How long we wait, in seconds."""

    read: float = 10.0  # for a connection, and for the next bytes
    total: float = 30.0  # for all of an exchange
    grace: float = 5.0  # before a body must come at MIN_RATE
    limited: float = 60.0  # after a 429 that does not say how long, half as much more (SURFACES A.9, D)
    backoff: float = 0.5  # before a second try, half as much again either way; twice that before a third


class BodyFault(Exception):
    """A body that did not come whole. `part`: what came."""

    def __init__(self, reason: Reason, part: bytes = b"") -> None:
        super().__init__(reason)
        self.reason, self.part = reason, part


def encodings(header: str) -> list[str] | None:
    """The names of a Content-Encoding header, outermost last; None where we cannot unpack them."""
    names = [name for part in header.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    return names if len(names) <= MOST_ENCODINGS and all(name in WINDOWS for name in names) else None


def read_body(raw: Any, names: list[str], cap: int, grace: float) -> bytes:  # noqa: ANN401 - requests does not type `raw`
    """The bytes of a response of urllib3. Raises BodyFault: too_large (packed or unpacked), too_slow, bad_encoding, truncated."""
    pieces = _came(raw, cap, grace)
    for name in reversed(names):
        pieces = _inflated(pieces, WINDOWS[name])
    parts, size = [], 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > cap:
            raise BodyFault("too_large", b"".join(parts)[:cap])
    return b"".join(parts)


def _came(raw: Any, cap: int, grace: float) -> Iterator[bytes]:  # noqa: ANN401
    size, begun = 0, time.monotonic()
    while chunk := raw.read1(CHUNK, decode_content=False):
        size += len(chunk)
        if size > cap + CHUNK:
            raise BodyFault("too_large")
        took = time.monotonic() - begun
        if took > grace and size < MIN_RATE * took:
            raise BodyFault("too_slow")
        yield chunk


def _inflated(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    """Unpacked pieces of at most CHUNK bytes; several gzip streams in a row are one, what follows the last is left."""
    stream, begun, parts = zlib.decompressobj(window), False, 1
    for chunk in chunks:
        if not begun and window == WINDOWS["deflate"] and chunk[0] & 0x0F != 8:
            stream = zlib.decompressobj(RAW_DEFLATE)
        begun, left = True, chunk
        while True:
            piece, left = _step(stream, left)
            if piece:
                yield piece
            if stream.eof and stream.unused_data[:1] == b"\x1f" and window == WINDOWS["gzip"]:
                left, stream, parts = stream.unused_data, zlib.decompressobj(window), parts + 1
                if parts > MOST_PARTS:
                    raise BodyFault("bad_encoding")
            elif stream.eof or (not left and len(piece) < CHUNK):
                break
    if begun and not stream.eof:
        raise BodyFault("truncated")


def _step(stream: Any, chunk: bytes) -> tuple[bytes, bytes]:  # noqa: ANN401 - zlib does not name the type
    try:
        return stream.decompress(chunk, CHUNK), stream.unconsumed_tail
    except zlib.error as error:
        raise BodyFault("bad_encoding") from error
