"""Pictures as hostile or careless servers send them, each with what must come of it. All are made here, and tiny."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin
from properties import holds_for

from pipeline.scrape.outcomes import REASONS
from pipeline.scrape.picture import MAX_FRAMES, PictureRejected, flattened, phash, read_picture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of broken EXIF, and goes on
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
RED, GREEN, BLUE, WHITE = (220, 20, 30), (10, 200, 40), (20, 40, 210), (255, 255, 255)


def noise(width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def encode(image: Image.Image, name: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def flat(colour: Any = RED, mode: str = "RGB", size: tuple[int, int] = (24, 20)) -> Image.Image:
    return Image.new(mode, size, colour)


def corners() -> Image.Image:
    """Red above left, green above right, blue below left, white below right: 32 x 24."""
    image = Image.new("RGB", (32, 24), WHITE)
    pen = ImageDraw.Draw(image)
    for box, colour in (((0, 0, 15, 11), RED), ((16, 0, 31, 11), GREEN), ((0, 12, 15, 23), BLUE)):
        pen.rectangle(box, fill=colour)
    return image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SIGN = b"\x89PNG\r\n\x1a\n"
LAST = chunk(b"IEND", b"")


def png(width: int, height: int, data: bytes = b"", depth: int = 8, kind: int = 2, lace: int = 0, extra: bytes = b"") -> bytes:
    """A PNG by hand: `data` are the rows before compression."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, lace))
    return SIGN + head + extra + chunk(b"IDAT", zlib.compress(data, 9)) + LAST


def rows(width: int, height: int, pixel: bytes) -> bytes:
    return (b"\0" + pixel * width) * height


def laced(width: int, height: int) -> bytes:
    """The grey rows of an interlaced PNG, pass by pass (PNG 1.2, section 2.6)."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    lines = [(x, y, across) for left, top, across, down in passes for y in range(top, height, down) for x in [left]]
    return b"".join(b"\0" + bytes((7 * column + 3 * y) % 256 for column in range(x, width, across)) for x, y, across in lines)


def with_chunk(content: bytes, extra: bytes) -> bytes:
    """A PNG with a chunk more, right behind its head."""
    return content[:33] + extra + content[33:]


def replaced(content: bytes, place: int, by: bytes) -> bytes:
    return content[:place] + by + content[place + len(by) :]


def sof(content: bytes) -> int:
    """Where the frame header of a JPEG begins."""
    return next(at for at in range(len(content)) if content[at] == 0xFF and content[at + 1] in (0xC0, 0xC2))


def gif_of(frames: int) -> bytes:
    """A GIF of equal frames, 16 x 16."""
    whole = encode(Image.new("L", (16, 16), 100), "GIF")
    start = whole.index(b",")
    return whole[:start] + whole[start:-1] * frames + b";"


def sized_webp(width: int, height: int) -> bytes:
    moving = encode(noise(), "WEBP", save_all=True, append_images=[noise(seed=1)])
    return moving[:24] + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3] + moving[30:]


def exif(orientation: Any = None, gps: bool = False) -> Image.Exif:
    found = Image.Exif()
    found[0x010E], found[0x9003] = "SECRET place", "2026:01:01 00:00:00"
    if orientation is not None:
        found[0x0112] = orientation
    if gps:
        found.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 38.0), 29: "SECRET day"})
    return found


def texts() -> PngImagePlugin.PngInfo:
    found = PngImagePlugin.PngInfo()
    found.add_text("Comment", "SECRET words")
    found.add_text("Long", "SECRET words " * 50, zip=True)
    found.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
    return found


PHOTO, DRAWING, WEB, MOVING = encode(noise(), "JPEG"), encode(noise()), encode(noise(), "WEBP"), encode(noise(), "GIF")
PROGRESSIVE = encode(noise(), "JPEG", progressive=True)
PRINTED = encode(noise().convert("CMYK"), "JPEG")
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'
BOMB = zlib.compress(bytes(4 << 20), 9)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
Rejected = tuple[str, bytes, str]

NO_PICTURES: list[Rejected] = [
    ("nothing", b"", "undecodable"),
    ("white space", b" \n" * 20, "undecodable"),
    ("HTML", HTML, "undecodable"),
    ("HTML behind a comment", b"<!-- \xff\xd8\xff -->" + HTML, "undecodable"),
    ("JSON", b'{"error": "no"}', "undecodable"),
    ("XML", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "undecodable"),
    ("SVG", SVG, "undecodable"),
    ("SVG, packed", zlib.compress(SVG), "undecodable"),
    ("a bare SVG behind a declaration", b"<?xml version='1.0'?>" + SVG, "undecodable"),
    ("PDF", b"%PDF-1.7\n" + bytes(100), "undecodable"),
    ("zip", b"PK\x03\x04" + bytes(100), "undecodable"),
    ("a film", b"\x00\x00\x00\x20ftypisom" + bytes(100), "undecodable"),
    ("AVIF", b"\x00\x00\x00\x20ftypavif" + bytes(100), "undecodable"),
    ("HEIC", b"\x00\x00\x00\x20ftypheic" + bytes(100), "undecodable"),
    ("JPEG XL", b"\xff\x0a" + bytes(100), "undecodable"),
    ("JPEG 2000", b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100), "undecodable"),
    ("PSD", b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 64, 64, 8, 3) + bytes(100), "undecodable"),
    ("FITS", b"SIMPLE  =                    T" + b" " * 2850, "undecodable"),
    ("EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n", "undecodable"),
    ("a Windows metafile", b"\xd7\xcd\xc6\x9a" + bytes(100), "undecodable"),
    *((f"{name} as Pillow writes it", encode(noise(), name), "undecodable")
      for name in ("TIFF", "BMP", "PPM", "ICO", "TGA", "EPS", "PDF", "DDS", "ICNS", "PCX", "SGI")),
    ("XBM", encode(noise().convert("1"), "XBM"), "undecodable"),
    ("only the sign of a JPEG", b"\xff\xd8\xff", "undecodable"),
    ("a JPEG of noughts", b"\xff\xd8\xff\xe0" + bytes(200), "undecodable"),
    ("only the sign of a PNG", SIGN, "undecodable"),
    ("only the sign of a GIF", b"GIF89a", "undecodable"),
    ("only the sign of a WebP", b"RIFF\x20\x00\x00\x00WEBPVP8 ", "undecodable"),
    ("a sound in RIFF", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "undecodable"),
]  # fmt: skip
SIZES: list[Rejected] = [
    ("a head of 100,000 x 100,000", png(100_000, 100_000), "too_many_pixels"),
    ("a head of 12,000 x 12,000", png(12_000, 12_000), "too_many_pixels"),
    ("a head just beyond the cap", png(6_325, 6_325), "too_many_pixels"),
    ("a head of two thousand millions", png(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    ("a head of 100 x 100 without pixels", png(100, 100), "undecodable"),
    ("a head of nothing", png(0, 0), "undecodable"),
    ("a JPEG whose head says 65,535 x 65,535", replaced(PHOTO, sof(PHOTO) + 5, b"\xff\xff\xff\xff"), "too_many_pixels"),
    ("a GIF whose head says 65,535 x 65,535", replaced(MOVING, 6, b"\xff\xff\xff\xff"), "too_many_pixels"),
    ("a WebP whose head says 16,383 x 16,383", sized_webp(16_383, 16_383), "too_many_pixels"),
    ("a WebP whose head says 9,000 x 9,000", sized_webp(9_000, 9_000), "too_many_pixels"),
    ("one pixel", encode(flat(size=(1, 1))), "too_small"),
    ("a counter of two pixels", encode(flat(size=(2, 2)), "GIF"), "too_small"),
    ("a pixel too narrow", encode(noise(15, 200)), "too_small"),
    ("a pixel too low", encode(noise(200, 15)), "too_small"),
    ("a line", encode(flat(size=(1, 20_000))), "too_small"),
    ("a thick line", encode(noise(20, 2_000)), "odd_shape"),
    ("a shape a pixel too long", encode(noise(481, 16)), "odd_shape"),
    ("frames by the thousand", gif_of(MAX_FRAMES + 1), "too_many_frames"),
    ("frames that a head claims", with_chunk(DRAWING, chunk(b"acTL", struct.pack(">II", 2**31, 0))), "too_many_frames"),
    ("packed words that would fill memory", with_chunk(DRAWING, chunk(b"zTXt", b"Comment\0\0" + BOMB)), "undecodable"),
    ("packed words in all letters", with_chunk(DRAWING, chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB)), "undecodable"),
    ("a packed profile that would fill memory", with_chunk(DRAWING, chunk(b"iCCP", b"Profile\0\0" + BOMB)), "undecodable"),
    (
        "words by the hundred thousand",
        with_chunk(DRAWING, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000), 9)) * 100),
        "undecodable",
    ),
]
CUT: list[Rejected] = [
    (f"{name} cut at {share:.0%}", content[: int(len(content) * share)], "undecodable")
    for name, content in (
        ("JPEG", PHOTO),
        ("progressive JPEG", PROGRESSIVE),
        ("CMYK JPEG", PRINTED),
        ("PNG", DRAWING),
        ("WebP", WEB),
        ("GIF", MOVING),
    )
    for share in (0.05, 0.3, 0.6, 0.9)
]
FLIPPED: list[Rejected] = [
    ("a PNG whose head has a wrong sum", replaced(DRAWING, 29, b"\0\0\0\0"), "undecodable"),
    ("a PNG whose pixels have a wrong sum", replaced(DRAWING, DRAWING.index(b"IDAT") + 40, b"\xff\xff"), "undecodable"),
    ("a PNG whose pixels are no zlib", with_chunk(SIGN + DRAWING[8:33] + LAST, chunk(b"IDAT", b"x" * 200)), "undecodable"),
    ("a PNG of too few rows", png(20, 20, rows(20, 10, b"\1\2\3")), "undecodable"),
    ("a PNG of 1 bit and four rows of five", png(32, 900, (b"\0" + b"\x55\xa5\x0f\xf0") * 720, 1, 0), "undecodable"),
    ("a PNG without the last byte of its rows", png(20, 20, rows(20, 20, b"\1\2\3")[:-1]), "undecodable"),
    ("an interlaced PNG without its last pass", png(32, 32, laced(32, 32)[: -16 * 33], 8, 0, 1), "undecodable"),
    ("a PNG of an unknown filter", png(20, 20, (b"\x09" + b"\1\2\3" * 20) * 20), "undecodable"),
    ("a PNG of an unknown colour type", png(20, 20, rows(20, 20, b"\1\2\3"), kind=7), "undecodable"),
    ("a PNG of an odd depth", png(20, 20, rows(20, 20, b"\1\2\3"), depth=3), "undecodable"),
    ("a JPEG without its tables", PHOTO[:2] + PHOTO[sof(PHOTO) :], "undecodable"),
    ("a JPEG of nine components", replaced(PHOTO, sof(PHOTO) + 9, b"\x09"), "undecodable"),
    ("a JPEG whose scan never begins", PHOTO[: PHOTO.index(b"\xff\xda")] + b"\xff\xd9", "undecodable"),
    ("a GIF without a colour table", replaced(MOVING, 10, b"\x00"), "undecodable"),
    ("a WebP of another size than its frame says", replaced(WEB, 16, b"\x00\x00\x00\x00"), "undecodable"),
    ("a WebP with its first bytes turned", replaced(WEB, 20, b"\xff\xff\xff"), "undecodable"),
    ("a PNG without a row", png(20, 20), "undecodable"),
]


@pytest.mark.parametrize(("content", "reason"), [row[1:] for row in NO_PICTURES + SIZES + CUT + FLIPPED],
                         ids=[row[0] for row in NO_PICTURES + SIZES + CUT + FLIPPED])  # fmt: skip
def test_what_cannot_be_kept_has_a_reason(content: bytes, reason: str) -> None:
    assert reason in REASONS
    with pytest.raises(PictureRejected) as rejected:
        read_picture(content)
    assert rejected.value.reason == reason


Kept = tuple[str, bytes, dict[tuple[int, int], tuple[int, int, int]]]  # name, bytes, what a viewer sees at some places
PALE = tuple(round(0.5 * channel + 127.5) for channel in RED)
HALF = (*RED, 128)


def masked(mode: str, colour: Any, **options: Any) -> bytes:
    return encode(flat(colour, mode), **options)


def paletted(transparency: Any = None) -> bytes:
    image = corners().quantize(8)
    return encode(image) if transparency is None else encode(image, transparency=transparency)


def see_through_gif() -> bytes:
    image = Image.new("P", (24, 20), 1)
    image.putpalette([*BLUE, *RED])
    image.paste(0, (0, 0, 12, 20))
    return encode(image, "GIF", transparency=0)


def inverted_cmyk() -> bytes:
    """Adobe's CMYK: all channels upside down, told by its own segment. Pillow writes it so."""
    return encode(Image.new("CMYK", (24, 20), (0, 255, 255, 0)), "JPEG", quality=100)


def thumbnailed() -> bytes:
    """A JPEG whose JFIF head holds a small picture of its own."""
    small = b"SECRET" * 2
    return PHOTO[:2] + b"\xff\xe0" + struct.pack(">H", 16 + 12) + b"JFIF\0\1\1\0\0\1\0\1\2\2" + small + PHOTO[20:]


A_CENTRE = (12, 10)
MODES: list[Kept] = [
    ("RGB", encode(flat()), {A_CENTRE: RED}),
    ("RGB with a transparent colour", encode(flat(), transparency=RED), {A_CENTRE: WHITE}),
    ("grey, interlaced", png(32, 32, laced(32, 32), 8, 0, 1), {(5, 5): (50, 50, 50), (31, 30): (51, 51, 51)}),
    ("RGB of 16 bits", png(20, 20, rows(20, 20, bytes((220, 9, 20, 9, 30, 9))), depth=16), {(5, 5): RED}),
    ("RGBA, whole", masked("RGBA", (*RED, 255)), {A_CENTRE: RED}),
    ("RGBA, half", masked("RGBA", HALF), {A_CENTRE: PALE}),
    ("RGBA, nothing to see", masked("RGBA", (*RED, 0)), {A_CENTRE: WHITE}),
    ("RGBA of 16 bits", png(20, 20, rows(20, 20, bytes((220, 0, 20, 0, 30, 0, 255, 255))), depth=16, kind=6), {(5, 5): RED}),
    ("grey", masked("L", 77), {A_CENTRE: (77, 77, 77)}),
    ("grey with a transparent shade", encode(flat(77, "L"), transparency=77), {A_CENTRE: WHITE}),
    ("grey and alpha", masked("LA", (0, 128)), {A_CENTRE: (127, 127, 127)}),
    ("black and white", masked("1", 0), {A_CENTRE: (0, 0, 0)}),
    ("grey of two bits", png(20, 20, (b"\0" + b"\x55" * 5) * 20, depth=2, kind=0), {(5, 5): (85, 85, 85)}),
    ("grey of 16 bits", encode(Image.fromarray(np.full((20, 24), 40_000, dtype=np.uint16))), {A_CENTRE: (156, 156, 156)}),
    ("grey of 16 bits, dark", encode(Image.fromarray(np.full((20, 24), 300, dtype=np.uint16))), {A_CENTRE: (1, 1, 1)}),
    (
        "grey of 16 bits, lying",
        encode(Image.fromarray(np.full((20, 24), 40_000, dtype=np.uint16)), exif=exif(6)),
        {(10, 12): (156, 156, 156)},
    ),
    ("a palette", paletted(), {(4, 4): RED, (28, 4): GREEN, (4, 20): BLUE, (28, 20): WHITE}),
    ("a palette with a transparent colour", encode(flat(RED).quantize(4), transparency=0), {A_CENTRE: WHITE}),
    ("a palette with alpha for each colour", encode(flat(RED).quantize(4), transparency=bytes([128] * 4)), {A_CENTRE: PALE}),
    (
        "a palette of one bit",
        png(20, 20, (b"\0" + b"\xff" * 3) * 20, depth=1, kind=3, extra=chunk(b"PLTE", bytes((*BLUE, *RED)))),
        {(5, 5): RED},
    ),
    ("JPEG", encode(flat(), "JPEG", quality=100), {A_CENTRE: RED}),
    ("JPEG, grey", encode(flat(77, "L"), "JPEG"), {A_CENTRE: (77, 77, 77)}),
    ("JPEG, progressive", encode(flat(), "JPEG", quality=100, progressive=True), {A_CENTRE: RED}),
    ("JPEG, RGB within", encode(flat(), "JPEG", quality=100, keep_rgb=True), {A_CENTRE: RED}),
    ("JPEG, coarse colours", encode(flat(), "JPEG", quality=100, subsampling=2), {A_CENTRE: RED}),
    ("JPEG, restarted", encode(corners(), "JPEG", quality=100, subsampling=0, restart_marker_blocks=1), {(4, 4): RED, (28, 4): GREEN}),
    ("JPEG in CMYK, as Adobe writes it", inverted_cmyk(), {A_CENTRE: (255, 0, 0)}),
    ("WebP, lossless", encode(flat(), "WEBP", lossless=True), {A_CENTRE: RED}),
    ("WebP, lossy", encode(flat((120, 120, 120)), "WEBP", quality=100), {A_CENTRE: (120, 120, 120)}),
    ("WebP with alpha", encode(flat(HALF, "RGBA"), "WEBP", lossless=True), {A_CENTRE: PALE}),
    ("GIF", encode(flat(), "GIF"), {A_CENTRE: RED}),
    ("GIF that is seen through", see_through_gif(), {(4, 10): WHITE, (20, 10): RED}),
    ("GIF, interlaced", encode(corners().quantize(8), "GIF", interlace=1), {(4, 4): RED, (28, 20): WHITE}),
    ("a profile: the numbers stay", encode(flat(), icc_profile=PROFILE), {A_CENTRE: RED}),
    ("a profile in a JPEG", encode(flat(), "JPEG", quality=100, icc_profile=PROFILE), {A_CENTRE: RED}),
    ("a profile that is none", encode(flat(), "JPEG", quality=100, icc_profile=b"none" * 20), {A_CENTRE: RED}),
    ("a gamma of its own", with_chunk(encode(flat()), chunk(b"gAMA", struct.pack(">I", 100_000))), {A_CENTRE: RED}),
]
MOVES: list[Kept] = [
    ("an animated GIF", encode(flat(), "GIF", save_all=True, append_images=[flat(BLUE)], duration=0), {A_CENTRE: RED}),
    ("an animated WebP", encode(flat(), "WEBP", save_all=True, append_images=[flat(BLUE)], lossless=True), {A_CENTRE: RED}),
    ("an animated PNG", encode(flat(), save_all=True, append_images=[flat(BLUE)]), {A_CENTRE: RED}),
    ("two pictures in one JPEG", encode(flat(), "MPO", quality=100, save_all=True, append_images=[flat(BLUE)]), {A_CENTRE: RED}),
    ("as many frames as may be", gif_of(MAX_FRAMES), {(8, 8): (100, 100, 100)}),
    ("just large enough", encode(flat(size=(16, 16))), {(8, 8): RED}),
    ("just not too long", encode(flat(size=(480, 16))), {(100, 8): RED}),
]
WHOLE_ENOUGH: list[Kept] = [
    ("a PNG without a palette", png(20, 20, rows(20, 20, b"\xfe"), kind=3), {}),
    ("a PNG chunk longer than the file", replaced(encode(flat()), 33, b"\x7f\xff\xff\xff"), {A_CENTRE: RED}),
    ("a PNG without an end", encode(flat())[:-12], {A_CENTRE: RED}),
    ("a PNG in many pieces", png(20, 20, rows(20, 20, b"\xdc\x14\x1e"), extra=chunk(b"IDAT", b"")), {(5, 5): RED}),
]
POLYGLOTS: list[Kept] = [
    ("a JPEG with a zip behind it", encode(flat(), "JPEG", quality=100) + b"PK\x03\x04SECRET", {A_CENTRE: RED}),
    (
        "a JPEG with another behind it",
        encode(flat(), "JPEG", quality=100) + encode(flat(BLUE), "JPEG", exif=exif(gps=True)),
        {A_CENTRE: RED},
    ),
    ("a JPEG with a page in its comment", encode(flat(), "JPEG", quality=100, comment=b"SECRET" + HTML), {A_CENTRE: RED}),
    ("a PNG with a program behind it", encode(flat()) + b"<?php SECRET ?>", {A_CENTRE: RED}),
    ("a PNG with a page among its chunks", with_chunk(encode(flat()), chunk(b"evIl", b"SECRET" + HTML)), {A_CENTRE: RED}),
    ("a GIF with a script in its comment", encode(flat(), "GIF", comment=b"*/=1;alert('SECRET')//"), {A_CENTRE: RED}),
    ("a GIF with a page behind it", encode(flat(), "GIF") + b"SECRET" + HTML, {A_CENTRE: RED}),
    ("a WebP with a page behind it", encode(flat(), "WEBP", lossless=True) + b"SECRET" + HTML, {A_CENTRE: RED}),
]
PLACE = exif(gps=True)
PRIVATE: list[Kept] = [
    ("the place in a JPEG", encode(flat(), "JPEG", quality=100, exif=PLACE), {A_CENTRE: RED}),
    ("the place in a PNG", encode(flat(), exif=PLACE), {A_CENTRE: RED}),
    ("the place in a WebP", encode(flat(), "WEBP", lossless=True, exif=PLACE), {A_CENTRE: RED}),
    ("the place in a JPEG that lies", encode(flat(), "JPEG", quality=100, exif=exif(6, gps=True)), {(10, 12): RED}),
    ("XMP in a JPEG", encode(flat(), "JPEG", quality=100, xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>"), {A_CENTRE: RED}),
    ("XMP in a WebP", encode(flat(), "WEBP", lossless=True, xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>"), {A_CENTRE: RED}),
    ("words of three kinds in a PNG", encode(flat(), pnginfo=texts()), {A_CENTRE: RED}),
    ("a comment in a JPEG", encode(flat(), "JPEG", quality=100, comment=b"SECRET"), {A_CENTRE: RED}),
    ("a comment in a progressive JPEG", encode(flat(), "JPEG", quality=100, progressive=True, comment=b"SECRET"), {A_CENTRE: RED}),
    ("a thumbnail in a JPEG's head", thumbnailed(), {}),
    ("words among a JPEG's scans", PROGRESSIVE.replace(b"\xff\xc4", b"\xff\xfe\x00\x08SECRET\xff\xc4"), {}),
    ("a comment in the middle of a scan", PHOTO[:-40] + b"\xff\xfe\x00\x08SECRET" + PHOTO[-40:], {}),
    ("junk between a JPEG's segments", PHOTO[:20] + b"SECRET" + PHOTO[20:], {}),
]


@pytest.mark.parametrize(("content", "seen"), [row[1:] for row in MODES + MOVES + WHOLE_ENOUGH + POLYGLOTS + PRIVATE],
                         ids=[row[0] for row in MODES + MOVES + WHOLE_ENOUGH + POLYGLOTS + PRIVATE])  # fmt: skip
def test_what_is_kept_looks_the_same_and_tells_nothing_else(content: bytes, seen: dict[tuple[int, int], tuple[int, int, int]]) -> None:
    found = read_picture(content)
    stored = Image.open(io.BytesIO(found.content), formats=FORMATS)
    assert (stored.size, getattr(stored, "n_frames", 1)) == ((found.width, found.height), 1)
    for place, colour in seen.items():
        assert np.abs(np.subtract(flattened(stored).getpixel(place), colour)).max() <= 2
    assert b"SECRET" not in found.content
    assert b"alert(" not in found.content
    assert not stored.getexif()


TURNED = [("PNG", {}), ("JPEG", {"quality": 100, "subsampling": 0}), ("WEBP", {"lossless": True})]
UNDO = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's numbers of what undoes the camera's turn


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("name", "options"), TURNED)
def test_what_is_kept_stands_upright(orientation: int, name: str, options: dict[str, Any]) -> None:
    lying = corners().transpose(Image.Transpose(UNDO[orientation])) if orientation > 1 else corners()
    found = read_picture(encode(lying, name, exif=exif(orientation), **options))
    assert (found.width, found.height, found.format) == (32, 24, name)
    stored = flattened(Image.open(io.BytesIO(found.content)))
    for place, colour in (((4, 4), RED), ((28, 4), GREEN), ((4, 20), BLUE), ((28, 20), WHITE)):
        assert np.abs(np.subtract(stored.getpixel(place), colour)).max() <= 2


@pytest.mark.parametrize("said", [b"", b"MM", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + b"\xff" * 60, b"SECRET"])
def test_exif_that_cannot_be_read_turns_nothing_and_is_gone(said: bytes) -> None:
    found = read_picture(encode(corners(), "JPEG", quality=100, subsampling=0, exif=said))
    assert (found.width, found.height) == (32, 24)
    assert b"SECRET" not in found.content


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    found = read_picture(encode(corners(), "PNG", exif=exif(orientation)))
    assert (found.width, found.height) == (32, 24)


def test_a_profile_stays_with_its_picture() -> None:
    for content in (encode(noise(), icc_profile=PROFILE), encode(noise(), "JPEG", icc_profile=PROFILE)):
        assert Image.open(io.BytesIO(read_picture(content).content)).info["icc_profile"] == PROFILE


def test_there_are_as_many_rows_as_promised() -> None:
    names = [name for name, *_ in NO_PICTURES + SIZES + CUT + FLIPPED + MODES + MOVES + WHOLE_ENOUGH + POLYGLOTS + PRIVATE]
    assert len(names) == len(set(names))
    assert len(names) + len(TURNED) * 8 >= 170


WHOLE = [
    PHOTO,
    PROGRESSIVE,
    PRINTED,
    DRAWING,
    WEB,
    MOVING,
    encode(noise(), "JPEG", exif=PLACE),
    paletted(),
    encode(noise(), save_all=True, append_images=[noise(seed=1)]),
    encode(noise(), "WEBP", save_all=True, append_images=[noise(seed=1)]),
]


@st.composite
def damaged(draw: Any) -> bytes:
    """A picture with some bytes changed, left out or put in, or cut off."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 6))):
        place, reach = draw(st.integers(0, len(content))), draw(st.integers(0, 4))
        content[place : place + reach] = draw(st.binary(max_size=4))
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) and draw(st.booleans()) else content)


@holds_for(st.one_of(damaged(), st.binary(max_size=200)), light=150)
def test_any_bytes_are_a_picture_or_rejected_and_what_is_kept_has_the_same_pixels(content: bytes) -> None:
    try:
        found = read_picture(content)
    except PictureRejected as rejected:
        found = None
        assert rejected.reason in REASONS  # noqa: PT017 - both ways are right
    if found is not None:
        before, after = (flattened(Image.open(io.BytesIO(one), formats=FORMATS)) for one in (content, found.content))
        assert after.size == (found.width, found.height)
        assert before.size != after.size or np.array_equal(before, after)


def slow_phash(image):
    grey = np.asarray(image.convert("RGB").convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=float)
    low = np.zeros((8, 8))
    for u in range(8):
        for v in range(8):
            total = 0.0
            for x in range(32):
                for y in range(32):
                    total += grey[x, y] * np.cos(np.pi * (2 * x + 1) * u / 64) * np.cos(np.pi * (2 * y + 1) * v / 64)
            low[u, v] = total * (np.sqrt(1 / 32) if u == 0 else 0.25) * (np.sqrt(1 / 32) if v == 0 else 0.25)
    middle = np.median(low)
    return int("".join("1" if value > middle else "0" for value in low.ravel()), 2)


def test_the_hash_equals_the_slow_one():
    image = noise(100, 80, seed=3)
    assert phash(image) == slow_phash(image)


def test_the_hash_survives_encoding_and_size_and_tells_pictures_apart():
    image = noise(400, 300)
    small = Image.open(io.BytesIO(encode(image.resize((200, 150)), "JPEG", quality=60)))
    assert bin(phash(image) ^ phash(small)).count("1") <= 6
    assert bin(phash(image) ^ phash(noise(400, 300, seed=9))).count("1") >= 16


def test_a_flat_picture_has_no_hash():
    assert phash(Image.new("RGB", (64, 64), (200, 30, 30))) is None
