"""One picture's bytes: checked, decoded to the end, measured, hashed, and stripped of metadata."""

import io
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.scrape.outcomes import Reason

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # nearly all advisories of Pillow are about formats that we do not need
MAX_PIXELS = 40_000_000
MIN_SIDE, MAX_ASPECT, MAX_FRAMES = 16, 30.0, 1000
FLAT = 2.0  # grey levels of standard deviation: below that all hashes look alike
PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"acTL", b"fcTL", b"fdAT"}
)
FAULTS = (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, EOFError, IndexError)


@dataclass(frozen=True)
class Picture:
    """A picture that can be kept. `content` is what is stored: the same pixels, upright, no metadata."""

    content: bytes
    format: str
    width: int
    height: int
    frames: int
    phash: int | None


class PictureRejected(Exception):
    """Bytes that are no usable picture; `reason` is from the closed list. Never leaves this stage."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def read_picture(content: bytes) -> Picture:
    """Decodes a picture whole. Width and height are as seen, after EXIF orientation. Raises PictureRejected."""
    try:
        return _read(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # where warnings are errors; our own cap is lower
        raise PictureRejected("too_many_pixels") from error
    except FAULTS as error:
        raise PictureRejected("undecodable") from error


def _read(content: bytes) -> Picture:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        frames, name = _check(image), str(image.format)
        image.load()
        turned = image.getexif().get(0x0112, 1) not in (0, 1)
        upright = ImageOps.exif_transpose(image) if turned else image
        stored = _encoded(upright) if turned and name != "GIF" else strip(content, name, image)
        return Picture(stored, name, upright.width, upright.height, frames, phash(upright))


def _check(image: Image.Image) -> int:
    """Caps from the header, before anything is decoded; the number of frames."""
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise PictureRejected("too_small")
    if width * height > MAX_PIXELS:
        raise PictureRejected("too_many_pixels")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PictureRejected("odd_shape")
    frames = int(getattr(image, "n_frames", 1))
    if frames > MAX_FRAMES:
        raise PictureRejected("too_many_frames")
    return frames


def phash(image: Image.Image) -> int | None:
    """64 bits of the picture's coarse structure: signs of the 8 x 8 lowest DCT-II coefficients of a 32 x 32 grey copy against
    their median (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"). None for flat pictures."""
    grey = np.asarray(flattened(image).convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=np.float64)
    if float(grey.std()) < FLAT:
        return None
    low = _DCT @ grey @ _DCT.T
    bits = (low > np.median(low)).ravel()
    return int(np.packbits(bits).view(">u8")[0])


def flattened(image: Image.Image) -> Image.Image:
    """RGB over white: what a viewer sees where a picture is transparent. 16-bit grey is scaled, not clipped."""
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image, dtype=np.float64) / 257.0).clip(0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def strip(content: bytes, name: str, image: Image.Image) -> bytes:
    """The picture without EXIF, XMP, comments: segments dropped where the format allows it, else encoded anew without loss."""
    if name == "JPEG":
        return _strip_jpeg(content)
    if name == "PNG":
        return _strip_png(content)
    return _encoded(image)


def _encoded(image: Image.Image) -> bytes:
    """As PNG, first frame only."""
    out = io.BytesIO()
    clean = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    clean.info.clear()
    clean.save(out, "PNG")
    return out.getvalue()


def _strip_jpeg(content: bytes) -> bytes:
    """Drops comments and APPn segments but JFIF (0), ICC profiles (2) and Adobe's colour transform (14), up to the first scan."""
    out, place = [content[:2]], 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker == 0xDA:
            break
        end = place + 2 + struct.unpack(">H", content[place + 2 : place + 4])[0]
        dropped = marker == 0xFE or (0xE0 <= marker <= 0xEF and not _is_needed(marker, content[place + 4 : end]))
        if not dropped:
            out.append(content[place:end])
        place = end
    return b"".join(out) + _without_trailer(content[place:])


def _is_needed(marker: int, body: bytes) -> bool:
    return (
        (marker, body[:5]) == (0xE0, b"JFIF\x00")
        or (marker, body[:12]) == (0xE2, b"ICC_PROFILE\x00")
        or (marker, body[:5]) == (0xEE, b"Adobe")
    )


def _without_trailer(scans: bytes) -> bytes:
    """Up to the end-of-image marker: what cameras and editors append after it is not the picture."""
    end = scans.rfind(b"\xff\xd9")
    return scans[: end + 2] if end >= 0 else scans


def _strip_png(content: bytes) -> bytes:
    out, place = [content[:8]], 8
    while place + 12 <= len(content):
        end = place + 12 + struct.unpack(">I", content[place : place + 4])[0]
        if content[place + 4 : place + 8] in PNG_KEPT:
            out.append(content[place:end])
        if content[place + 4 : place + 8] == b"IEND":
            break
        place = end
    return b"".join(out)


def _dct_rows(rows: int, n: int) -> npt.NDArray[np.float64]:
    """The first rows of the orthonormal DCT-II matrix."""
    k, x = np.arange(rows)[:, None], np.arange(n)[None, :]
    matrix: npt.NDArray[np.float64] = np.cos(np.pi * (2 * x + 1) * k / (2 * n)) * np.sqrt(2.0 / n)
    matrix[0] /= np.sqrt(2.0)
    return matrix


_DCT = _dct_rows(8, 32)
