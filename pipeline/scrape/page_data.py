"""What a page says about itself in its head and its JSON-LD: title, author, date, and whether it may train anything."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, moment, text

CLOSING = frozenset(("noai", "noimageai", "noindex", "none"))
ROBOTS = re.compile(r"^(robots|googlebot|bingbot|gptbot|claudebot|ccbot|google-extended)$", re.IGNORECASE)
DATES = ("article:published_time", "datePublished", "date", "dc.date", "dcterms.created", "og:published_time")


def title_of(soup: BeautifulSoup) -> str:
    """The title: Open Graph's, else the first heading, else the window's."""
    if found := _meta(soup, "og:title"):
        return found
    for name in ("h1", "title"):
        tag = soup.find(name)
        if tag is not None and (words := " ".join(tag.get_text(" ").split())):
            return words
    return ""


def author_of(soup: BeautifulSoup) -> str:
    """The author's name as the page's metadata says it, or an empty text."""
    for record in _records(soup):
        authors = record.get("author")
        for author in mappings(authors if isinstance(authors, list) else [authors]):
            if name := text(author, "name"):
                return name
    return _meta(soup, "author")


def published_of(soup: BeautifulSoup) -> datetime | None:
    """When the page says that it was published, in UTC, or None."""
    said = [_meta(soup, name) for name in DATES] + [text(record, "datePublished") for record in _records(soup)]
    said += [str(tag["datetime"]) for tag in soup.select("article time[datetime], main time[datetime]")[:1]]
    return next((when for value in said if (when := moment(value)) is not None), None)


def opt_out_of(soup: BeautifulSoup) -> str | None:
    """The page's own word against training (meta robots noai, noimageai, noindex, none; tdm-reservation 1), or None."""
    reasons = []
    for tag in soup.find_all("meta", attrs={"content": True}):
        name, content = str(tag.get("name") or tag.get("property") or ""), str(tag["content"]).lower()
        if ROBOTS.match(name.strip()):
            words = set(re.split(r"[\s,;]+", content))
            reasons += [f"meta {name.strip().lower()}: {word}" for word in sorted(words & CLOSING)]
        elif name.strip().lower() == "tdm-reservation" and content.strip() == "1":
            reasons.append("meta tdm-reservation")
    return ", ".join(dict.fromkeys(reasons)) or None


def _meta(soup: BeautifulSoup, name: str) -> str:
    for attribute in ("property", "name", "itemprop"):
        tag = soup.find("meta", attrs={attribute: re.compile(f"^{re.escape(name)}$", re.IGNORECASE), "content": True})
        if tag is not None:
            return " ".join(str(tag["content"]).split())
    return ""


def _records(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    """The objects of a page's JSON-LD, those of a @graph included."""
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            value: Json = load_json(script.string or "null")
        except DocumentRejected:
            continue
        for record in mappings(value if isinstance(value, list) else [value]):
            yield record
            yield from mappings(record.get("@graph"))
            if main := mapping(record, "mainEntity"):
                yield main
