"""Strangers' titles, passages, addresses and pictures, made fit to stand in a page that a person opens.

Escaping is the template's business (autoescape); here is what escaping leaves: characters that turn a line round, addresses
that are no web addresses, e-mail addresses, endless titles, and pictures that would be fetched from somewhere.
"""

import base64
import io
import re
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

EMAIL = re.compile(r"[\w.+%'-]{1,64}(?:@|%40|＠)[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
MARKS = re.compile(f"({_MARK}{{2}}){_MARK}+")
JOINERS = re.compile(r"(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)|^[\u200c\u200d]+")
DROPPED = ("Cf", "Cs", "Co", "Cn")  # format, surrogate, private and unassigned characters
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
HOUSE = Path(__file__).resolve().parent / "templates"  # what every page shares
LONGEST = 2000  # characters of any text on a page
THUMBNAIL_PIXELS = 160
JPEG_QUALITY = 78
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)  # what Pillow raises on damaged bytes


def shown(text: str, limit: int = 400) -> str:
    """A text in one line of at most `limit` characters, cut at a word where one is near, without controls or e-mail addresses.

    Format characters go (bidirectional controls, zero-width spaces); the two joiners stay where Persian, Indic scripts and emoji
    need them. Piles of combining marks, which would cover the lines above and below, are cut to two.
    """
    spaced = "".join(" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in text[: 4 * limit])
    kept = "".join(c for c in JOINERS.sub("", spaced) if c in "\u200c\u200d" or unicodedata.category(c) not in DROPPED)
    line = EMAIL.sub("[e-mail address]", MARKS.sub(r"\1", " ".join(kept.split())))
    if len(line) <= limit:
        return line
    head, _, _ = line[: limit - 1].rpartition(" ")
    return (head if len(head) > limit // 2 else line[: limit - 1]) + "…"


def web_address(url: str | None) -> str | None:
    """The address where a link may point to it: http or https, a host, no user name, no controls, no e-mail address; else None."""
    if not url or len(url) > 2000 or EMAIL.search(url) or any(unicodedata.category(character)[0] in "CZ" for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def thumbnail(content: bytes) -> str | None:
    """A data address of a JPEG of at most 160 × 160 pixels without metadata; None where the bytes are no picture we read."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            picture.draft("RGB", (2 * THUMBNAIL_PIXELS, 2 * THUMBNAIL_PIXELS))
            small = picture.convert("RGBA")
    except UNREADABLE:
        return None
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    stream = io.BytesIO()
    flat.save(stream, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return data_address(stream.getvalue(), "image/jpeg")


def data_address(content: bytes, media_type: str) -> str:
    """Bytes as a `data:` address, so that the page loads nothing from anywhere."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def page_environment(templates: Path) -> Environment:
    """Templates of a folder, and the house's own, that escape and trim whatever they are given."""
    return Environment(
        loader=FileSystemLoader([templates, HOUSE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )


def _safe(value: object) -> object:
    """The last thing before escaping: no text reaches the page untrimmed, whichever field it came by."""
    return shown(value, LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value
