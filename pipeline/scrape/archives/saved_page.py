"""One saved web page, whatever saved it: Pinterest's pins, Substack's posts, else the page itself."""

import re
from typing import Any

from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical, host, origin
from pipeline.scrape.archives.api_pin import keep_pin, read_pin
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.page_pins import is_pinterest, pins_of
from pipeline.scrape.archives.post_documents import is_own_publication, keep_post
from pipeline.scrape.fields import mappings
from pipeline.scrape.markup import to_html
from pipeline.scrape.masks import mask
from pipeline.scrape.page_data import metadata_of
from pipeline.scrape.preloads import preloads_of
from pipeline.scrape.records import Document, Source
from pipeline.scrape.redact import redact
from pipeline.scrape.web import CANONICAL

SAVED_FROM = (  # the comments that browsers and SingleFile leave; the page's own word comes after them
    re.compile(r"<!--\s*saved from url=\(\d+\)(\S+?)\s*-->", re.IGNORECASE),
    re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", re.IGNORECASE),
)
LOOK = 8192  # characters at the beginning in which such a comment stands
LISTS = ("posts", "newPosts", "topPosts", "pinnedPosts")


def address_of(text: str, root: HtmlElement) -> str:
    """Where a page was saved from; empty where nothing says so."""
    said = [found.group(1) for pattern in SAVED_FROM if (found := pattern.search(text[:LOOK]))]
    said += [*CANONICAL(root), metadata_of(root).get("og:url", "")]
    return next((mask(url) for saying in said if (url := canonical(str(saying)))), "")


def keep_page(root: HtmlElement, url: str, person: Person, found: ImportedArchive, opted_out: str | None = None) -> None:
    """Takes in what a page holds. `url`: its address; `opted_out`: what its answer's headers say about training."""
    if is_pinterest(url, root):
        _keep_pins(root, url, person, found)
    elif posts := _preloaded(root, found):
        for post, is_own in posts:
            if is_own or post.get("body_html"):
                keep_post(post, url, person, found, opted_out)
            else:
                found.remark("a post that a page lists without its text is not read; save its own page")
    else:
        _keep_web_page(root, url, person, found, opted_out)


def _keep_pins(root: HtmlElement, url: str, person: Person, found: ImportedArchive) -> None:
    pins = [pin for record in pins_of(root, url) if (pin := read_pin(record)) is not None]
    if not pins:
        found.remark("a Pinterest page tells of no pin")
        found.skip(Source("pinterest", "account", "https://www.pinterest.com/"), "unreadable", 1)
    for pin in pins:
        keep_pin(pin, person, found)


def _preloaded(root: HtmlElement, found: ImportedArchive) -> list[tuple[dict[str, Any], bool]]:
    """The posts in a Substack page's preloads, and of each whether the page is its own or only lists it."""
    posts: list[tuple[dict[str, Any], bool]] = []
    for script in root.iter("script"):
        try:
            told = preloads_of(script.text or "")
        except DocumentRejected:
            found.remark("a page's preloaded data cannot be read")
            continue
        own = told.get("post")
        posts += [(own | {"publication": told.get("pub")}, True)] if isinstance(own, dict) else []
        posts += [(post, False) for name in LISTS for post in mappings(told.get(name))]
    return posts


def _keep_web_page(root: HtmlElement, url: str, person: Person, found: ImportedArchive, opted_out: str | None) -> None:
    own = is_own_publication(person, url)
    source = Source("web", "site", origin(url), title=host(url))
    hop = 0 if own else 1
    if not url:
        found.remark("a page does not say where it was saved from")
        return found.skip(Source("import", "collection", f"import:{found.name}", title=found.name), "bad_address")
    if found.holds(url):
        return found.skip(source, "imported", hop)
    try:
        content = redact("web_page", to_html(root).encode("utf-8", "replace"), own=own)
    except DocumentRejected as error:
        return found.skip(source, error.reason, hop)  # type: ignore[arg-type]
    found.keep(Document(url, "web_page", "text/html", source, hop, found.name, opted_out, content=content))
    return None
