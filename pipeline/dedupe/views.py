"""What is kept of a picture for telling copies: a small grey view of the whole, another without plain bars, and their colours.

A copy in bars equals the original once the bars are off, so both views are kept where they differ. Everything near is found
and decided on these views; the stored bytes are decoded once.
"""

import io
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.dedupe.alignment import SIDE
from pipeline.scrape.picture import FORMATS, flattened

Bytes: TypeAlias = NDArray[np.uint8]
Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom

COLOURS = 8  # pixels a side of the two colour planes
READ = 64  # pixels a side that decoding may shrink to: a JPEG of 512 then decodes at an eighth, in half the time
CLOSE = 192  # the same for looking closely at what is in doubt
PLAIN = 5.0  # grey levels of standard deviation along a line of a bar, JPEG noise included
BAR = 8.0  # grey levels that lines of one bar differ in
LEFT = 0.4  # of each axis must be left after trimming: a small thing on a plain ground is no picture in bars
BLUR = 1  # pixels beside a bar that hold some of it


@dataclass(frozen=True)
class View:
    """`grey`: uint8[SIDE, SIDE]; `colours`: uint8[2, COLOURS, COLOURS], blue and red differences, 128 for none."""

    grey: Bytes
    colours: Bytes


def views(content: bytes) -> list[View]:
    """The whole picture, then, where it stands in plain bars, what is inside them. Raises OSError where the bytes are no picture."""
    planes = _read(content, READ)
    return [_view(planes, box) for box in _boxes(planes)]


def closely(content: bytes, inside: bool) -> Bytes:
    """uint8[CLOSE, CLOSE]: the grey of the whole picture, or of what is inside its bars, for looking closely. Raises OSError."""
    small, planes = _read(content, READ), _read(content, CLOSE)
    left, top, right, bottom = _boxes(small)[-1 if inside else 0]
    across, down = planes.width / small.width, planes.height / small.height
    box = (left * across, top * down, right * across, bottom * down)
    return np.asarray(planes.getchannel(0).resize((CLOSE, CLOSE), Image.Resampling.BICUBIC, box=box))


def _read(content: bytes, side: int) -> Image.Image:
    """Brightness and two colour differences, over white, of about `side` to twice as many pixels a side."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", (side, side))
        picture = flattened(opened)
    picture.thumbnail((2 * side, 2 * side))
    return picture.convert("YCbCr")


def _boxes(planes: Image.Image) -> list[Box]:
    """The whole, and what is inside the bars where there are any."""
    inner = inside_bars(np.asarray(planes.getchannel(0), dtype=np.float32))
    return list(dict.fromkeys([(0, 0, planes.width, planes.height), inner]))


def inside_bars(grey: NDArray[np.float32]) -> Box:
    """Left, top, right and bottom of what is left when plain bars are off; the whole where there are none."""
    height, width = grey.shape
    top, bottom = _plain_ends(grey)
    left, right = _plain_ends(grey[top : height - bottom].T)
    box = (left, top, width - right, height - bottom)
    enough = box[2] - box[0] >= LEFT * width and box[3] - box[1] >= LEFT * height
    return box if enough else (0, 0, width, height)


def _plain_ends(lines: NDArray[np.float32]) -> tuple[int, int]:
    """How many lines at the start and at the end are plain and alike, with the blurred one beside them."""
    return _plain_start(lines), _plain_start(lines[::-1])


def _plain_start(lines: NDArray[np.float32]) -> int:
    if lines[0].std() >= PLAIN:  # most pictures: nothing more to look at
        return 0
    mean = lines.mean(1)
    plain = (lines.std(1) < PLAIN) & (np.abs(mean - mean[0]) < BAR)
    return 0 if plain.all() else int(np.argmin(plain)) + BLUR


def _view(planes: Image.Image, box: Box) -> View:
    small = planes.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box)
    colours = np.asarray(small.reduce(SIDE // COLOURS))[..., 1:].transpose(2, 0, 1)
    return View(np.asarray(small.getchannel(0)), colours)
