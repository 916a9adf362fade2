"""The same picture without what else its file holds: segments and chunks are dropped, pixels are not touched."""

import re
import struct
import zlib
from collections.abc import Iterator

PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD"}  # of an animation, its first frame
)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by a PNG's colour type
WHOLE = ((0, 0, 1, 1),)  # passes over a PNG: its first column and row, then each how manyth
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
INFLATED = 1 << 20  # bytes at once, so that no bomb goes off
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan, 00 follows an 0xff of data and d0 to d7 part what may be decoded alone
START, END, SCAN, COMMENT, JFIF = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0
AMONG_SCANS = frozenset((SCAN, 0xC4, 0xDB, 0xDC, 0xDD))  # tables, the number of lines, the restart interval


def strip_jpeg(content: bytes) -> bytes:
    """Up to the end of the picture, without comments and APPn segments but JFIF (0), ICC profiles (2) and Adobe's colour transform (14).

    What cameras and editors put behind the end (a second picture, the place) is not the picture. Nothing where the end is missing,
    or where a segment stands among the scans that has no business there: what a decoder makes of that, cutting it out would change.
    """
    out, place, scans = [content[:2]], 2, 0
    while (found := JPEG_MARKER.search(content, place)) is not None:
        if scans:
            out.append(content[place : found.start()])
        marker, place = content[found.start() + 1], found.end()
        if marker == END:
            return b"".join(out) + b"\xff\xd9"
        if scans and marker not in AMONG_SCANS:
            return b""
        if marker not in (START, 0x01):  # these have no body
            place += struct.unpack(">H", content[place : place + 2])[0]
            out.append(_jpeg_segment(marker, content[found.start() : place]))
        scans += marker == SCAN
    return b""


def strip_png(content: bytes) -> bytes:
    """The chunks that are needed, or nothing where the chunks do not end as they should."""
    chunks = list(_png_chunks(content))
    kept = b"".join(chunk for kind, chunk in chunks if kind in PNG_KEPT)
    return content[:8] + kept if chunks[-1][0] == b"IEND" else b""


def has_all_rows(content: bytes) -> bool:
    """Whether a PNG holds all its rows: Pillow takes one whose data end halfway for whole, and the rest for black."""
    missing, inflate = 1, zlib.decompressobj()
    for kind, chunk in _png_chunks(content):
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk[8:21])
            missing = _inflated_size(width, height, depth * CHANNELS[colour], bool(interlaced))
        data = chunk[8:-4] if kind == b"IDAT" else b""
        while data and missing > 0:
            missing -= len(inflate.decompress(data, INFLATED))
            data = inflate.unconsumed_tail
    return missing <= 0


def _inflated_size(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Bytes of a PNG's rows, each with the byte that names its filter (PNG 1.2, sections 2.3 and 2.6). `bits`: of a pixel."""
    sizes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in (ADAM7 if interlaced else WHOLE)]
    return sum(tall * (1 + -(-wide * bits // 8)) for wide, tall in sizes if wide > 0 and tall > 0)


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    """What is kept of a segment: of JFIF's the head without its thumbnail, of metadata nothing."""
    body = segment[4:]
    if marker == JFIF:
        return b"\xff\xe0\x00\x10" + body[:12] + b"\x00\x00" if body[:5] == b"JFIF\x00" else b""
    needed = (marker, body[:12]) == (0xE2, b"ICC_PROFILE\x00") or (marker, body[:5]) == (0xEE, b"Adobe")
    return segment if needed or not (marker == COMMENT or 0xE0 <= marker <= 0xEF) else b""


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, the chunk whole) up to the end of the picture, or of the file."""
    kind, place = b"", 8
    while place + 8 <= len(content) and kind != b"IEND":
        end = place + 12 + struct.unpack(">I", content[place : place + 4])[0]
        kind = content[place + 4 : place + 8]
        yield kind, content[place:end]
        place = end
