"""The pins of a saved Pinterest page: by relay JSON, else redux state, else JSON-LD, else og: tags (SURFACES B.2)."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import PINTEREST, host
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, text
from pipeline.scrape.page_data import metadata_of

PIN = re.compile(r"/pin/(?:[^/?#]*--)?(\d{1,24})(?:[/?#]|$)")
OWNER = re.compile(r"^/([\w.-]{1,60})/(?:([^/?#]+)/?)?")
STATES = ("__PWS_INITIAL_PROPS__", "__PWS_DATA__")
Pins = list[dict[str, Any]]


def is_pinterest(url: str, root: HtmlElement) -> bool:
    """Whether a page is Pinterest's: by its address, else by its scripts."""
    if url:
        return PINTEREST.match(host(url)) is not None
    return any(script.get("id") in STATES or script.get("data-relay-response") == "true" for script in root.iter("script"))


def pins_of(root: HtmlElement, url: str) -> Pins:
    """The pins that a page is about, in the fields of Pinterest's JSON: the first way of telling them that tells any."""
    return relay_pins(root) or redux_pins(root, url) or linked_data_pins(root) or tagged_pins(root)


def relay_pins(root: HtmlElement) -> Pins:
    """A pin page's own pin, told in parts by several queries."""
    pins: dict[str, dict[str, Any]] = {}
    for value in _scripts(root, lambda script: script.get("data-relay-response") == "true"):
        if pin := relay_pin(mapping(value, "response")):
            merged = pins.setdefault(text(pin, "entityId") or text(pin, "id"), {})
            pins[text(pin, "entityId") or text(pin, "id")] = pin | {key: said for key, said in merged.items() if said}
    return list(pins.values())


def relay_pin(response: Json) -> dict[str, Any]:
    """The pin in an answer to the query v3GetPinQuery, or an empty object."""
    return mapping(mapping(mapping(response, "data"), "v3GetPinQuery"), "data")


def redux_pins(root: HtmlElement, url: str) -> Pins:
    """The pins of a page's state: of a pin page that pin alone, of a profile or a board those of its owner. Others are suggestions."""
    found: Pins = []
    for value in _scripts(root, lambda script: script.get("id") in STATES):
        state = mapping(value, "initialReduxState") or mapping(mapping(value, "props"), "initialReduxState")
        boards = mapping(state, "boards")
        for pin in mapping(state, "pins").values():
            if isinstance(pin, dict):
                board = pin.get("board")
                found.append(pin | {"board": boards.get(board)} if isinstance(board, str) else pin)
    return [pin for pin in found if _belongs(pin, url)]


def linked_data_pins(root: HtmlElement) -> Pins:
    """The postings of a page's JSON-LD."""
    found: Pins = []
    for value in _scripts(root, lambda script: (script.get("type") or "").strip().lower() == "application/ld+json"):
        for record in mappings(value if isinstance(value, list) else [value]):
            found += [_posting(part) for part in (record, *mappings(record.get("hasPart")))]
    return [pin for pin in found if pin["id"]]


def tagged_pins(root: HtmlElement) -> Pins:
    """The pin that a page's og: tags tell of."""
    said = metadata_of(root)
    number = PIN.search(said.get("og:url", ""))
    if number is None or said.get("og:type", "pinterestapp:pin") != "pinterestapp:pin":
        return []
    board = said.get("pinterestapp:pinboard", "")
    return [
        {
            "id": number.group(1),
            "title": said.get("og:title", ""),
            "description": said.get("og:description", ""),
            "link": said.get("pinterestapp:source") or said.get("og:see_also", ""),
            "images": {"orig": {"url": said.get("og:image", "")}},
            "pinner": {"username": _account(said.get("pinterestapp:pinner", "") or board)},
            "seo_noindex_reason": "noindex" if "noindex" in said.get("robots", "") else "",
        }
    ]


def _posting(record: dict[str, Any]) -> dict[str, Any]:
    main = record.get("mainEntityOfPage")
    address = text(main, "@id") if isinstance(main, dict) else str(main or "")
    number = PIN.search(address) or PIN.search(text(record, "url"))
    image, author = record.get("image"), record.get("author")
    return {
        "id": number.group(1) if number and text(record, "@type") == "SocialMediaPosting" else "",
        "title": text(record, "headline"),
        "description": text(record, "articleBody"),
        "link": text(mapping(record, "sharedContent"), "url"),
        "images": {"orig": {"url": text(image, "url") if isinstance(image, dict) else str(image or "")}},
        "pinner": {"username": _account(text(author, "url"))},
        "created_at": text(record, "datePublished"),
    }


def _account(url: str) -> str:
    found = OWNER.match(re.sub(r"^https?://[^/]+", "", url.rstrip("/") + "/"))
    return found.group(1) if found else ""


def _belongs(pin: dict[str, Any], url: str) -> bool:
    if number := PIN.search(url):
        return text(pin, "id") == number.group(1)
    page = OWNER.match(re.sub(r"^https?://[^/]+", "", url))
    if page is None:
        return True
    owner, board = page.group(1).lower(), page.group(2)
    path = text(mapping(pin, "board"), "url").lower().strip("/")
    if board and not board.startswith("_"):
        return path == f"{owner}/{board.lower()}"
    return path.split("/")[0] == owner or text(mapping(pin, "pinner"), "username").lower() == owner


def _scripts(root: HtmlElement, wanted: Callable[[HtmlElement], bool]) -> Iterator[Json]:
    for script in root.iter("script"):
        if wanted(script):
            try:
                yield load_json(script.text or "null")
            except DocumentRejected:
                continue
