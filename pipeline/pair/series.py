"""Which documents are parts of one series, as far as their titles tell."""

import re
from collections import Counter
from collections.abc import Iterable

from pipeline.dedupe.words import normalised
from pipeline.pair.material import Document

COUNT = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
ORDINAL = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final"
MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
NUMBERED = re.compile(
    rf"\b(?:part|chapter|no|number|episode|ep|vol|volume|issue|week|day|book)\b[\s.#]*(?:the\s+)?(?:\d{{1,4}}|[ivxl]{{1,6}}|{COUNT}|{ORDINAL})\b"
    rf"|\b(?:{ORDINAL})\s+(?:part|chapter|episode|instal+ment)\b"
    rf"|\b(?:\d{{1,2}}\s+)?(?:{MONTH})\.?\s+\d{{1,4}}(?:\s*,\s*\d{{4}})?\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b"
    r"|#\s*\d{1,4}\b|(?<=[\s(\[])\d{1,3}\W*$",  # at the end, and not a year
    re.IGNORECASE,
)
HEAD = re.compile(r"^(.{3,60}?)\s*(?::\s|\s[|–—-]\s)")  # "Trends on Tuesday: the golden metric"
HEADED = 3  # titles of a source that begin with the same head; two may do so by chance


def title_stem(title: str) -> str:
    """A title without its number ("Tides, part 3" and "Tides, part 4" are one series); empty for a title without number."""
    stem, count = NUMBERED.subn(" ", title)
    return normalised(stem) if count else ""


def title_head(title: str) -> str:
    """What stands before a title's colon or dash; empty where there is none."""
    found = HEAD.match(title)
    return normalised(found.group(1)) if found else ""


def series_of(documents: Iterable[Document]) -> dict[str, tuple[str, str]]:
    """Document -> (source, name of its series): the head that HEADED titles of the source share, else the stem of a numbered title."""
    held = list(documents)
    heads = {d.document_id: (d.source_id, head) for d in held if (head := title_head(d.title))}
    common = {key for key, count in Counter(heads.values()).items() if count >= HEADED}
    numbered = {d.document_id: (d.source_id, stem) for d in held if (stem := title_stem(d.title))}
    return numbered | {name: key for name, key in heads.items() if key in common}
