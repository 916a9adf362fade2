"""What a browser's recording holds besides pages: JSON answers of Pinterest and Substack. Everything else is not read."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pipeline.people import Person
from pipeline.scrape.addresses import PINTEREST, host
from pipeline.scrape.archives.api_pin import keep_pin, read_pin
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.page_pins import relay_pin
from pipeline.scrape.archives.post_documents import keep_post
from pipeline.scrape.decode import Json
from pipeline.scrape.fields import mapping, mappings

RESOURCE = re.compile(r"^/resource/(\w+)Resource/get/$")
OF_PINS = frozenset(("Pin", "BoardFeed", "BoardSectionPins", "UserPins", "UserActivityPins"))  # others suggest, search, or tell of people
GRAPH = "/_/graphql/"
POSTS = re.compile(r"^/api/v1/(?:posts(?:/[^/]+)?|posts/by-id/\d+|archive)/?$")


def is_answer(url: str) -> bool:
    """Whether an address is one whose JSON may be read."""
    path = urlsplit(url).path
    if PINTEREST.match(host(url)):
        found = RESOURCE.match(path)
        return path == GRAPH or (found is not None and found.group(1) in OF_PINS)
    return POSTS.match(path) is not None


def keep_answer(url: str, value: Json, person: Person, found: ImportedArchive, opted_out: str | None = None) -> None:
    """Takes in the pins or posts of an answer."""
    if PINTEREST.match(host(url)):
        for record in _pins(value):
            if (pin := read_pin(record)) is not None:
                keep_pin(pin, person, found)
        return
    for post in _posts(value):
        if post.get("body_html"):
            keep_post(post, url, person, found, opted_out)
        else:
            found.remark("a post that an answer lists without its text is not read")


def _pins(value: Json) -> Iterator[dict[str, Any]]:
    if pin := relay_pin(value):
        yield pin
    answer = mapping(value, "resource_response")
    data = answer.get("data")
    if isinstance(data, dict):
        results = data.get("results")
        yield from mappings(results) if isinstance(results, list) else [data]
    yield from mappings(data)


def _posts(value: Json) -> Iterator[dict[str, Any]]:
    """A post, {post, publication, publicationSettings}, a bare list or an envelope."""
    if not isinstance(value, dict):
        yield from mappings(value)
    elif isinstance(value.get("post"), dict):
        yield value["post"] | {"publication": value.get("publication")}
    elif isinstance(value.get("posts"), list):
        yield from mappings(value["posts"])
    elif "slug" in value:
        yield value
