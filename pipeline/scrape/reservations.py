"""tdmrep.json: which parts of a site are reserved from text and data mining (W3C's TDM Reservation Protocol, EU DSM Art. 4(3))."""

import json
from typing import Any

from urllib3.util import parse_url

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import load_json
from pipeline.scrape.fields import mappings

WELL_KNOWN = "/.well-known/tdmrep.json"
KEY = "tdm-reservation"
LONGEST = 500  # characters of a pattern


def cut_reservations(text: str) -> str:
    """What of a tdmrep.json is kept: patterns and whether they are reserved. Empty for what is none: most sites answer any
    address with some page."""
    try:
        rules = list(mappings(load_json(text)))
    except DocumentRejected:
        return ""
    found = [{"location": rule["location"], KEY: int(_is_reserved(rule))} for rule in rules if _is_pattern(rule.get("location"))]
    return json.dumps(found) if found else ""


def reserves(text: str, url: str) -> bool:
    """Whether what cut_reservations kept reserves an address: the longest pattern that matches decides, in doubt for the reservation."""
    if not text:
        return False
    target = parse_url(url).request_uri
    matching = [rule for rule in json.loads(text) if _matches(rule["location"], target)]
    longest = max((len(rule["location"]) for rule in matching), default=0)
    return any(rule[KEY] for rule in matching if len(rule["location"]) == longest)


def _is_reserved(rule: dict[str, Any]) -> bool:
    return str(rule.get(KEY)).strip().lower() in ("1", "1.0", "true")


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and len(value) <= LONGEST


def _matches(pattern: str, target: str) -> bool:
    """A pattern as in robots.txt: a prefix, `*` for anything, `$` for the end. Without regular expressions: a stranger wrote it."""
    first, *others = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    place = len(first)
    for part in others:
        place = target.find(part, place)
        if place < 0:
            return False
        place += len(part)
    last = others[-1] if others else first
    return not pattern.endswith("$") or (target.endswith(last) if others else place == len(target))
