"""Reading fields of hostile JSON: each function gives the value in its type, or the type's way of saying nothing."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pipeline.scrape.decode import Json

LONGEST = 4000  # characters of a name, title or alternative text; a megabyte of title is a prank
JOINED = frozenset("\u200d\ufe0e\ufe0f") | frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # joiner, variants, skin tones
MARKS = 100  # on one letter; what has more is cut within


def text(record: Json, name: str) -> str:
    """A field as a single line of text; numbers are written out; empty where it is missing or a structure."""
    value = record.get(name) if isinstance(record, dict) else None
    if isinstance(value, str):
        return shortened(" ".join(value.split()))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def shortened(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, cut where no letter is parted from its marks and no emoji from its joiner."""
    end = longest
    while max(0, longest - MARKS) < end < len(text) and (_hangs_on(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end]


def number(record: Json, name: str) -> int | None:
    """A field as a whole number that a database can hold, or None. Digits in a text count."""
    value = record.get(name) if isinstance(record, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def mapping(record: Json, name: str) -> dict[str, Any]:
    """A field as an object, empty where it is none."""
    value = record.get(name) if isinstance(record, dict) else None
    return value if isinstance(value, dict) else {}


def mappings(value: Json) -> Iterator[dict[str, Any]]:
    """The objects of a list; nothing where it is no list."""
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def moment(value: object) -> datetime | None:
    """A time in UTC from ISO 8601 or Pinterest's `YYYY/MM/DD HH:MM:SS`; a time without zone is UTC. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace("/", "-"))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _hangs_on(letter: str) -> bool:
    return unicodedata.combining(letter) > 0 or letter in JOINED
