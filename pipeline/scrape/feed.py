"""Feeds of the open web: RSS and Atom, cut down to what leads on. Words stay with the pages that the entries point at."""

import io
import re
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import canonical, host, origin
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, moment, number, text
from pipeline.scrape.markup import load_html
from pipeline.scrape.records import EdgeKind, FoundLink, FoundPicture, Parsed, Source
from pipeline.scrape.substack_body import picture_of

LONGEST = 2 * 1024 * 1024  # characters; feedparser reads about 1 MB/s, and the longest feeds of blogs are half of this
MOST_ENTRIES, MOST_PICTURES = 200, 20  # of a feed, of an entry
GAP = 100  # places between two entries, so that no window around a picture reaches into another entry
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DOCTYPE = re.compile(r"<!DOCTYPE|<!ENTITY", re.IGNORECASE)
ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF|channel)\b")
FEED_TYPES = ("application/rss+xml", "application/atom+xml")
# What feedparser raises at bytes that it did not expect: `&#x110000;` alone is a ValueError, and a larger number an OverflowError.
UNEXPECTED = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
COMMENTS = re.compile(r"/comments?(?:/|$)|[?&]comments?\b", re.IGNORECASE)


def cut_feed(content: str) -> dict[str, Any]:
    """A feed's title, and of each entry its title, link, date and pictures, as a document that can be stored. Addresses stay as written.

    Raises DocumentRejected as open_feed does.
    """
    found = open_feed(content)
    entries = [_entry(entry) for entry in found.entries[:MOST_ENTRIES]]
    return {"title": text(found.feed, "title"), "entries": entries, "left": max(0, len(found.entries) - MOST_ENTRIES)}


def open_feed(content: str) -> Any:  # noqa: ANN401 - feedparser has no types
    """feedparser's reading of a feed.

    Raises DocumentRejected: `wrong_type` where this is no feed, `unreadable` where it declares a document type or entities, or where
    feedparser fails at it, `too_large`.
    """
    import feedparser

    if len(content) > LONGEST:
        raise DocumentRejected("too_large", f"a feed of {len(content):,} characters, read are {LONGEST:,}")
    if not ROOT.search(content):
        raise DocumentRejected("wrong_type", "neither RSS nor Atom")
    if DOCTYPE.search(content):
        raise DocumentRejected("unreadable", "a feed with a document type or entities of its own")
    # A stream: feedparser takes even bytes for the name of a file, where there is one of that name.
    stream = io.BytesIO(DECLARATION.sub("", content).encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        found = feedparser.parse(stream, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except UNEXPECTED as error:
        raise DocumentRejected("unreadable", f"feedparser: {error}") from error
    if not found.version and not found.entries:
        raise DocumentRejected("wrong_type", "neither RSS nor Atom")
    return found


def parse_feed(url: str, content: bytes) -> Parsed:
    """A redacted feed: its entries as links (`contains` within the site, `links_to` beyond it) and the pictures that they show."""
    feed = load_json(content)
    entries = list(mappings(feed.get("entries"))) if isinstance(feed, dict) else []
    links: dict[str, FoundLink] = {}
    pictures: list[FoundPicture] = []
    for place, entry in enumerate(entries):
        link = text(entry, "link")
        address = canonical(link, url) if link else None
        if address is not None and address != url:
            kind: EdgeKind = "contains" if host(address) == host(url) else "links_to"
            links.setdefault(address, FoundLink(address, kind, moment(entry.get("published"))))
        pictures += _pictures(entry, place * GAP, address or url)
    title, left = text(feed, "title"), number(feed, "left") or 0
    return Parsed(
        title=title,
        canonical_url=url,
        links=tuple(links.values()),
        pictures=tuple(pictures),
        rows=len(entries),
        stated=len(entries) + left,
        source=Source("web", "site", origin(url), title=title or host(url)) if origin(url) else None,
        remarks=(f"{left} older entries of the feed were left out",) if left else () if entries else ("the feed has no entries",),
    )


def feeds_of(root: HtmlElement, base: str, address: str) -> tuple[str, ...]:
    """The feeds that a page names for its own site, those of comments left out, in the page's order."""
    found: list[str] = []
    for tag in islice(root.iterfind(".//link[@href]"), 200):
        relation, kind = str(tag.get("rel") or "").lower(), str(tag.get("type") or "").strip().lower()
        feed = canonical(tag.get("href"), base) if "alternate" in relation and kind in FEED_TYPES else None
        own = feed is not None and host(feed).removeprefix("www.") == host(address).removeprefix("www.")
        if feed is not None and own and not COMMENTS.search(feed) and feed not in found:
            found.append(feed)
    return tuple(found)


def entry_moment(entry: Json) -> str | None:
    """When an entry was published, in UTC."""
    when = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")  # its own get warns where it falls back
    return "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*when[:6]) if when else None


def _entry(entry: Json) -> dict[str, Any]:
    return {
        "title": text(entry, "title"),
        "link": text(entry, "link"),
        "published": entry_moment(entry),
        "pictures": _shown(entry)[:MOST_PICTURES],
    }


def _shown(entry: Json) -> list[dict[str, Any]]:
    """The pictures of an entry: enclosed, or of Media RSS, or standing in its words."""
    found: list[dict[str, Any]] = [{"url": text(link, "href")} for link in _list(entry, "links") if _is_enclosed(link)]
    for media in (*_list(entry, "media_content"), *_list(entry, "media_thumbnail")):
        if text(media, "medium") in ("", "image") and not text(media, "type").startswith(("video", "audio")):
            found.append({"url": text(media, "url"), "width": number(media, "width"), "height": number(media, "height")})
    for words in (*_list(entry, "content"), mapping(entry, "summary_detail")):
        for tag in islice(load_html(str(words.get("value") or "")).iterfind(".//img[@src]"), MOST_PICTURES):
            found.append({"url": tag.get("src"), "alt": str(tag.get("alt") or ""), "width": tag.get("width"), "height": tag.get("height")})
    return found


def _is_enclosed(link: Json) -> bool:
    return text(link, "rel") == "enclosure" and text(link, "type").startswith("image/")


def _list(entry: Json, name: str) -> list[Any]:
    return list(mappings(entry.get(name)))


def _pictures(entry: Json, start: int, base: str) -> list[FoundPicture]:
    found: dict[str, FoundPicture] = {}
    for shown in list(mappings(entry.get("pictures")))[:MOST_PICTURES]:
        address = text(shown, "url")
        whole = canonical(address, base) if address else None
        picture = picture_of(whole, text(shown, "alt"), "", shown.get("width"), shown.get("height")) if whole else None
        if picture is not None and picture.image_url not in found:
            found[picture.image_url] = picture
    return [
        FoundPicture(start + place, picture.image_url, picture.alt, "", picture.width, picture.height)
        for place, picture in enumerate(found.values())
    ]
