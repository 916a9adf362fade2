"""Bytes to text and JSON, whatever a stranger's server sent. Everything else in this package reads through here, HTML by markup.py."""

import codecs
import json
import math
import re
from typing import Any

from pipeline.errors import DocumentRejected

LARGEST = 8 * 1024 * 1024  # bytes; a 6 MiB page already costs a parser seconds and hundreds of MB
# What these begin is no text, whatever it is called: PDF, PNG, JPEG, GIF, zip, gzip, RIFF (WebP, WAV), PostScript.
BINARY = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"%!PS")
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
META = re.compile(rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
ASCII_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n"))
SURROGATES = re.compile(r"[\ud800-\udfff]")
ESCAPING = re.compile(r"\s*[\"']?iso-2022-jp", re.IGNORECASE)  # its letters are ASCII between escapes, and so also valid UTF-8
NOT_TRUSTED = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})

Json = Any  # what json.loads gives: dict, list, str, int, float, bool or None


def decode(content: bytes, charset: str | None = None, largest: int = LARGEST) -> str:
    """The text of a document: by its byte order mark, as ISO-2022-JP where it says so and escapes, as UTF-8, by the HTTP
    charset, by its meta tag or XML declaration, else cp1252 with replacement.

    Line ends become `\\n`; control characters but `\\n` and `\\t` are gone. Raises DocumentRejected: `too_large`
    beyond `largest` bytes, `wrong_type` for what is no text.
    """
    if len(content) > largest:
        raise DocumentRejected("too_large", f"{len(content):,} bytes, read are {largest:,}")
    if content.startswith(BINARY):
        raise DocumentRejected("wrong_type", "a picture, an archive or a printed document, not a text")
    return clean(_decoded(content, charset))


def clean(text: str) -> str:
    """A text without control characters (but `\\n`, `\\t`) and without lone surrogates, which no database takes."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():  # a tenth of what the patterns take, and most texts are
        return text.encode().translate(None, ASCII_CONTROLS).decode()
    return SURROGATES.sub("\ufffd", CONTROLS.sub("", text))


def load_json(content: bytes | str, charset: str | None = None) -> Json:
    """A JSON document with clean strings. Raises DocumentRejected("not_json") for all that is not one, however hostile."""
    text = decode(content, charset) if isinstance(content, bytes) else content
    try:
        return _cleaned(json.loads(text, parse_constant=_refuse))
    except RecursionError as error:
        raise DocumentRejected("too_deep", "JSON nested deeper than Python's stack") from error
    except ValueError as error:
        raise DocumentRejected("not_json", str(error)[:200]) from error


def _decoded(content: bytes, charset: str | None) -> str:
    for mark, name in BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    declared = META.search(content[:4096])
    told = [name for name in (charset or "", declared.group(1).decode("ascii", "replace") if declared else "") if name]
    escaped = [name for name in told if b"\x1b" in content and ESCAPING.match(name)]
    for candidate in (*escaped, "utf-8", *told):
        text = _strictly(content, candidate)
        if text is not None:
            return text
    return content.decode("cp1252", "replace")


def _strictly(content: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup(name.strip(" \"'")).name
        if codec in NOT_TRUSTED:
            return None
        if codec == "utf-8":
            return codecs.getincrementaldecoder(codec)().decode(content)  # which may break off within its last letter
        # What calls itself Latin-1 on the web is cp1252 (WHATWG Encoding, section 4.2).
        return content.decode("cp1252" if codec in ("iso8859-1", "ascii") else codec)
    except (LookupError, ValueError):
        return None


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


def _cleaned(value: Json) -> Json:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number beyond what a float holds")
    return value
