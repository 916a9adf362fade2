"""One picture's bytes: checked, decoded to the end, measured, hashed, and stripped of metadata."""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from pipeline.scrape.fetched import MAX_PIXELS
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.strip import has_all_rows, strip_jpeg, strip_png

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # nearly all advisories of Pillow are about formats that we do not need
MIN_SIDE, MAX_ASPECT, MAX_FRAMES = 16, 30.0, 1000
FLAT = 2.0  # grey levels of standard deviation: below that all hashes look alike
FAULTS = (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, zlib.error, EOFError, IndexError)
BROKEN_EXIF = (*FAULTS, TypeError, KeyError, OverflowError)
STRIPPERS = {"JPEG": strip_jpeg, "PNG": strip_png}
ORIENTATION = 0x0112  # EXIF; the turns that set it right, by its value
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
        frames, name = _check(image), "JPEG" if image.format == "MPO" else str(image.format)  # several pictures in a file: the first
        image.load()
        if name == "PNG" and not has_all_rows(content):
            raise PictureRejected("undecodable")
        turn = _turn(image)
        upright = image.transpose(turn) if turn is not None else image
        stored = _encoded(upright) if turn is not None or _is_deep(image) else strip(content, name, image)
        return Picture(stored, name, upright.width, upright.height, frames, phash(upright))


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets a picture upright, or None. EXIF that cannot be read says nothing; the pixels are none the worse for it."""
    try:
        said = image.getexif().get(ORIENTATION)
    except BROKEN_EXIF:
        return None
    return TURNS.get(said) if isinstance(said, int) else None


def _is_deep(image: Image.Image) -> bool:
    """Whether a picture is grey in more than 8 bits, which Pillow's own conversion to RGB would clip to white."""
    return image.mode.startswith("I")


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
    return int(hash_of(LOW_WAVES @ grey @ LOW_WAVES.T))


def hash_of(low: npt.NDArray[np.floating]) -> npt.NDArray[np.uint64]:
    """uint64[...] of float[..., 8, 8] low coefficients: a bit for each that lies above their median, the first the highest."""
    flat = low.reshape(*low.shape[:-2], 64)
    above = flat > np.sort(flat, axis=-1)[..., 31:32]  # the lower of the middle two: exceeding it is exceeding the median
    hashes: npt.NDArray[np.uint64] = np.packbits(above, axis=-1).view(">u8")[..., 0].astype(np.uint64)
    return hashes


def flattened(image: Image.Image) -> Image.Image:
    """RGB over white: what a viewer sees where a picture is transparent. 16-bit grey is scaled, not clipped."""
    if _is_deep(image):
        image = Image.fromarray((np.asarray(image, dtype=np.float64) / 257.0).clip(0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def strip(content: bytes, name: str, image: Image.Image) -> bytes:
    """The picture without EXIF, XMP, comments: segments dropped where the format allows it, else encoded anew without loss."""
    stripped = STRIPPERS[name](content) if name in STRIPPERS else b""
    return stripped or _encoded(image)


def _encoded(image: Image.Image) -> bytes:
    """As PNG, 8 bits a channel, first frame only."""
    out = io.BytesIO()
    clean = (
        flattened(image) if _is_deep(image) else image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    )
    clean.info.clear()
    clean.save(out, "PNG")
    return out.getvalue()


def _waves(count: int, n: int) -> npt.NDArray[np.float64]:
    """The first `count` cosine waves of the DCT-II over n places, all of one height, as in the library imagehash."""
    k, x = np.arange(count)[:, None], np.arange(n)[None, :]
    waves: npt.NDArray[np.float64] = np.cos(np.pi * (2 * x + 1) * k / (2 * n)) * np.sqrt(2.0 / n)
    return waves


LOW_WAVES = _waves(8, 32)
