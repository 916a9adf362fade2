"""HAR files: what a browser recorded. Only the bodies of pages, of known answers and of pictures they show are read; cookies, headers,
posted data and IP addresses are never looked at, but for what a header says about training."""

import base64
import binascii
from collections import defaultdict
from functools import partial
from typing import Any

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical
from pipeline.scrape.archives.api_answers import is_answer, keep_answer
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.page_pictures import Read, bring_inlined, bring_shown, original_of
from pipeline.scrape.archives.saved_page import keep_page
from pipeline.scrape.decode import decode, load_json
from pipeline.scrape.fields import mapping, mappings, number, text
from pipeline.scrape.markup import load_html
from pipeline.scrape.masks import mask_url
from pipeline.scrape.optouts import header_opt_out

LARGEST = 512 * 1024 * 1024  # bytes
TRAINING = ("x-robots-tag", "tdm-reservation")  # the only headers that are read
Entry = dict[str, Any]


def read_har(content: bytes, person: Person, found: ImportedArchive) -> None:
    """The pages, posts and pins of a recording, with the pictures that they show. Raises ArchiveError for what is no HAR."""
    try:
        entries = mapping(load_json(decode(content, largest=LARGEST)), "log").get("entries")
    except DocumentRejected as error:
        raise ArchiveError(f"{found.name} is no HAR that can be read: {error}. Record it again.") from error
    if not isinstance(entries, list):
        raise ArchiveError(f"{found.name} is JSON without log.entries; needed: a HAR file.")
    first, offers = len(found.documents), defaultdict[str, list[Read]](list)
    for entry in mappings(entries):
        _take(entry, person, found, offers)
    for reads in offers.values():  # of several sizes of a picture the largest first
        reads.sort(key=lambda read: -len(read.args[0]["text"]))  # type: ignore[attr-defined]
    bring_shown(found.documents[first:], offers, found)


def _take(entry: Entry, person: Person, found: ImportedArchive, offers: dict[str, list[Read]]) -> None:
    url, response = canonical(text(mapping(entry, "request"), "url")), mapping(entry, "response")
    body = mapping(response, "content")
    kind = text(body, "mimeType").split(";")[0].strip().lower()
    if why := _nothing_of(url, number(response, "status"), body):
        return found.remark(why)
    assert url is not None
    if kind.startswith("image/"):
        return _offer(url, body, response, offers)
    if kind in ("text/html", "application/xhtml+xml") and _is_page(entry):
        return _page(mask_url(url), body, response, person, found)
    if "json" in kind and is_answer(url):
        return _answer(url, body, response, person, found)
    return found.remark(f"an answer of the kind {kind[:40] or 'unknown'} is not read")


def _nothing_of(url: str | None, status: int | None, body: Entry) -> str:
    """Why an entry gives nothing; empty where it may give something."""
    if url is None:
        return "an entry has no web address"
    if status == 304:
        return "an answer of the status 304 holds no body; record with the cache switched off"
    if status != 200:
        return f"an answer of the status {status if status is not None else 'unknown'} is not read"
    return "" if isinstance(body.get("text"), str) else "an answer holds no body; save the recording with content"


def _page(url: str, body: Entry, response: Entry, person: Person, found: ImportedArchive) -> None:
    try:
        root = load_html(bring_inlined(_bytes(body), found))
    except DocumentRejected as error:
        return found.remark(f"a page cannot be read: {error.reason}")
    return keep_page(root, url, person, found, header_opt_out(_about_training(response), "document"))


def _answer(url: str, body: Entry, response: Entry, person: Person, found: ImportedArchive) -> None:
    try:
        value = load_json(_bytes(body))
    except DocumentRejected as error:
        return found.remark(f"an answer cannot be read: {error.reason}")
    return keep_answer(url, value, person, found, header_opt_out(_about_training(response), "listing"))


def _offer(url: str, body: Entry, response: Entry, offers: dict[str, list[Read]]) -> None:
    address = original_of(url)
    if address and header_opt_out(_about_training(response), "picture") is None:
        offers[address].append(partial(_bytes, body))


def _bytes(body: Entry) -> bytes:
    said = str(body["text"])
    try:
        return base64.b64decode(said) if text(body, "encoding") == "base64" else said.encode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return b""


def _is_page(entry: Entry) -> bool:
    """Whether an answer is a page that was visited: frames within pages, which are mostly advertisements, say that they are."""
    asked = {text(header, "name").lower(): text(header, "value") for header in mappings(mapping(entry, "request").get("headers"))}
    return text(entry, "_resourceType") in ("", "document") and asked.get("sec-fetch-dest", "document") == "document"


def _about_training(response: Entry) -> dict[str, str]:
    said = ((text(header, "name").lower(), text(header, "value")) for header in mappings(response.get("headers")))
    return {name: value for name, value in said if name in TRAINING}
