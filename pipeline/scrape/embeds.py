"""Other people's posts, notes and comments that a post embeds: where they stand is kept, what they say is not (SURFACES, section D)."""

import json

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.scrape.markup import having, load_html, to_html
from pipeline.scrape.substack_body import data_of

QUOTING = ("tweet", "twitter-embed", "bluesky-wrap", "instagram", "comment")  # Substack's widgets that hold somebody's words and name
ADDRESSES = ("url", "uri", "instagram_id")  # of a widget's data: by these the edge is found
WIDGETS = XPath(f"//*[@data-attrs and {having(*QUOTING)}]")


def cut_embeds(root: HtmlElement) -> bool:
    """Empties such widgets of all but their address; whether there was any."""
    widgets = WIDGETS(root)
    for tag in widgets:
        data = data_of(tag)
        tag.set("data-attrs", json.dumps({name: data[name] for name in ADDRESSES if isinstance(data.get(name), str)}))
        tag.text = None
        del tag[:]
    return bool(widgets)


def without_embeds(body: str) -> str:
    """A body with such widgets emptied; untouched where it has none."""
    if not any(name in body for name in QUOTING):
        return body
    root = load_html(body)
    return to_html(root) if cut_embeds(root) else body
