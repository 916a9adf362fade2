"""An account's public feed: RSS of its newest pins (SURFACES B.3). Read only where robots.txt allows it, which today it does not.

A feed tells a pin's words and picture, not its board nor the page behind it: an import tells more.
"""

import re
from html import unescape
from typing import Any

from pipeline.scrape.addresses import image_key
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.feed import entry_moment, open_feed
from pipeline.scrape.fields import mappings, text
from pipeline.scrape.markup import load_html
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.records import Parsed

IMPORT_INSTEAD = (
    "Pinterest's robots.txt closes it to programs like this one, and it is obeyed. To have your pins, ask Pinterest for your data "
    "(Settings > Privacy and data > Request your data) and name the file under `archives:` in your person file."
)
PIN = re.compile(r"/pin/(?:[\w-]*--)?(\d{1,24})(?:/|$)")


def cut_pins(content: str) -> dict[str, Any]:
    """A feed as JSON: `items`, each a pin in the fields that the importer gives it. Raises DocumentRejected for what is no feed."""
    pins = {pin["id"]: pin for pin in map(_pin, open_feed(content).entries) if pin is not None}
    return {"items": list(pins.values())}


def parse_feed(url: str, content: bytes) -> Parsed:
    """The pins that a feed holds whole, as documents of their own."""
    feed = load_json(content)
    items = feed.get("items") if isinstance(feed, dict) else None
    return Parsed(canonical_url=url, pins=tuple(pin for pin in mappings(items) if text(pin, "url")))


def _pin(entry: Json) -> dict[str, Any] | None:
    number = PIN.search(text(entry, "link")) or PIN.search(text(entry, "id"))
    if number is None:
        return None
    body = load_html(text(entry, "summary"))
    sources = [str(image.get("src") or "") for image in body.iter("img")]
    keys = [key for key in map(image_key, sources) if key and key.startswith("pinterest:")]
    return {
        "id": number.group(1),
        "url": f"{CENTRE}/pin/{number.group(1)}/",
        "title": unescape(text(entry, "title")),
        "details": unescape(" ".join(" ".join(body.itertext()).split())),  # entities are escaped twice there
        "image": keys[0].removeprefix("pinterest:") if keys else "",
        "created_at": entry_moment(entry),
    }
