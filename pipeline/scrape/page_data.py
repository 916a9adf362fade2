"""What a page says about itself in its head and its JSON-LD: title, author, date, and whether it may train anything."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.agents import AI_AGENTS, TOKEN
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, moment, shortened, text
from pipeline.scrape.optouts import says_reserved

CLOSING = frozenset(("noai", "noimageai", "noindex", "none"))
ROBOTS = frozenset(("robots", "googlebot", "bingbot", TOKEN, *(agent.lower() for agent in AI_AGENTS)))  # whose meta tags are meant for us
DATES = ("article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "og:published_time")
METAS, RECORDS = XPath("//meta[@content]"), XPath("//script[@type]")
TIMES = XPath("//article//time/@datetime | //main//time/@datetime", smart_strings=False)


def metadata_of(root: HtmlElement) -> dict[str, str]:
    """What the page's meta tags say, by lower-case name; `property` counts before `name` before `itemprop`, the first before others."""
    found: dict[str, str] = {}
    metas = METAS(root)
    for attribute in ("property", "name", "itemprop"):
        for tag in metas:
            if name := (tag.get(attribute) or "").strip().lower():
                found[name] = found.get(name) or " ".join(tag.get("content").split())
    return found


def title_of(root: HtmlElement, metadata: Mapping[str, str]) -> str:
    """The title: Open Graph's, else the first heading, else the window's."""
    if found := metadata.get("og:title"):
        return shortened(found)
    for name in ("h1", "title"):
        tag = next(root.iter(name), None)
        if tag is not None and (words := " ".join(" ".join(tag.itertext()).split())):
            return shortened(words)
    return ""


def author_of(root: HtmlElement, metadata: Mapping[str, str]) -> str:
    """The author's name as the page's metadata says it, or an empty text."""
    for record in _records(root):
        authors = record.get("author")
        for author in mappings(authors if isinstance(authors, list) else [authors]):
            if name := text(author, "name"):
                return name
    return shortened(metadata.get("author", ""))


def published_of(root: HtmlElement, metadata: Mapping[str, str]) -> datetime | None:
    """When the page says that it was published, in UTC, or None."""
    said = [metadata.get(name) for name in DATES] + [text(record, "datePublished") for record in _records(root)] + TIMES(root)[:1]
    return next((when for value in said if (when := moment(value)) is not None), None)


def opt_out_of(root: HtmlElement) -> str | None:
    """The page's own word against training (meta robots noai, noimageai, noindex, none; tdm-reservation 1), or None."""
    reasons = []
    for tag in METAS(root):
        name = str(tag.get("name") or tag.get("property") or tag.get("http-equiv") or "").strip().lower()
        content = tag.get("content").lower()
        if name in ROBOTS:
            words = set(re.split(r"[\s,;]+", content))
            reasons += [f"meta {name}: {word}" for word in sorted(words & CLOSING)]
        elif name == "tdm-reservation" and says_reserved(content):
            reasons.append("meta tdm-reservation")
    return ", ".join(dict.fromkeys(reasons)) or None


def _records(root: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of a page's JSON-LD, those of a @graph included."""
    for script in RECORDS(root):
        if script.get("type").strip().lower() != "application/ld+json":
            continue
        try:
            value: Json = load_json(script.text or "null")
        except DocumentRejected:
            continue
        for record in mappings(value if isinstance(value, list) else [value]):
            yield record
            yield from mappings(record.get("@graph"))
            if main := mapping(record, "mainEntity"):
                yield main
