"""One entry to all parsers: the redacted bytes of a document in, what it says out. Nothing is fetched here."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pipeline.errors import DocumentRejected
from pipeline.scrape import collection, feed, pinterest, pinterest_feed, substack, substack_activity, web
from pipeline.scrape.reading import glance
from pipeline.scrape.records import Kind, Parsed

VERSION = 3  # raise it when any parser, or artefacts.py, would make other rows of the same page: all pages are then read anew

PARSERS: dict[Kind, Callable[[str, bytes], Parsed]] = {
    "substack_profile": substack.parse_profile,
    "substack_archive": substack.parse_archive,
    "substack_recommendations": substack.parse_recommendations,
    "substack_activity": substack_activity.parse_activity,
    "substack_publication": substack.parse_publication,
    "substack_post": substack.parse_post,
    "substack_export_post": substack.parse_export,
    "pinterest_board": pinterest.parse_board,
    "pinterest_pin": pinterest.parse_pin,
    "imported_picture": collection.parse_picture,
    "pinterest_feed": pinterest_feed.parse_feed,
    "web_page": web.parse_page,
    "web_feed": feed.parse_feed,
}


OUTLINES: dict[Kind, Callable[[str, bytes], Parsed]] = PARSERS | {
    "substack_post": partial(substack.parse_post, walk=glance),
    "web_page": partial(web.parse_page, walk=glance),
}


def parse(kind: Kind, url: str, content: bytes) -> Parsed:
    """What a document says. `url` is the address it was asked at; `canonical_url` of the answer is its own.

    Raises DocumentRejected for bytes that are no such document.
    """
    return _parsed(PARSERS[kind], url, content)


def outline(kind: Kind, url: str, content: bytes) -> Parsed:
    """What a crawl needs of a document: `parse` without passages and pictures, and without what only reading them tells, which is
    where links stand and whether there are words at all."""
    return replace(_parsed(OUTLINES[kind], url, content), passages=(), pictures=())


def _parsed(parser: Callable[[str, bytes], Parsed], url: str, content: bytes) -> Parsed:
    try:
        return parser(url, content)
    except RecursionError as error:
        raise DocumentRejected("too_deep", "nested deeper than Python's stack") from error
