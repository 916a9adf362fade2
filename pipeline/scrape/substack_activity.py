"""A person's activity on Substack: their own notes are passages with pictures, restacks and likes are edges."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pipeline.scrape.addresses import canonical
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, moment, number, text
from pipeline.scrape.passages import split, tidy
from pipeline.scrape.records import EdgeKind, FoundLink, FoundPassage, FoundPicture, Parsed
from pipeline.scrape.substack import CENTRE, publication, source_of
from pipeline.scrape.substack_body import picture_of, post_address

GAP = 100  # places between two notes, so that no window around a picture reaches into another note
DEEPEST = 100  # nodes within nodes of a note's document


def parse_activity(url: str, content: bytes) -> Parsed:
    """One page of an activity feed. Notes whose words were redacted, being others', give an edge and nothing else."""
    feed = load_json(content)
    items = list(mappings(feed.get("items"))) if isinstance(feed, dict) else []
    passages: list[FoundPassage] = []
    pictures: list[FoundPicture] = []
    links: dict[tuple[str, str], FoundLink] = {}
    for place, item in enumerate(items):
        note = mapping(item, "comment")
        if "body" in note:
            texts, shown = _note(note, place * GAP)
            passages += texts
            pictures += shown
        for link in _links(item, note, place * GAP):
            links.setdefault((link.url, link.kind), link)
    cursor = text(feed, "nextCursor")
    return Parsed(
        canonical_url=url,
        passages=tuple(passages),
        pictures=tuple(pictures),
        links=tuple(links.values()),
        keys=tuple(_key(item) for item in items),
        next_cursor=cursor or None,
        remarks=() if isinstance(feed, dict) and isinstance(feed.get("items"), list) else ("the feed has no items",),
    )


def _key(item: dict[str, Any]) -> str:
    """What tells an item from others: what was done, when, to which note or post."""
    context = mapping(item, "context")
    things = [str(mapping(item, name).get("id")) for name in ("comment", "post")]
    return " ".join([text(item, "entity_key"), text(context, "type"), text(context, "timestamp"), *things])


def _note(note: dict[str, Any], start: int) -> tuple[list[FoundPassage], list[FoundPicture]]:
    body = note.get("body")
    pieces = [piece for part in str(body).split("\n\n") for piece in split(tidy(part))] if isinstance(body, str) else []
    passages = [FoundPassage(start + place, piece, "note") for place, piece in enumerate(pieces)]
    pictures: list[FoundPicture] = []
    for attachment in mappings(note.get("attachments")):
        found = picture_of(text(attachment, "imageUrl"), width=number(attachment, "imageWidth"), height=number(attachment, "imageHeight"))
        if attachment.get("type") == "image" and found is not None:
            place = start + len(passages) + len(pictures)
            pictures.append(FoundPicture(place, found.image_url, width=found.width, height=found.height))
    return passages, pictures


def _links(item: dict[str, Any], note: dict[str, Any], start: int) -> list[FoundLink]:
    context = mapping(item, "context")
    what, when = text(context, "type"), moment(context.get("timestamp"))
    kind: EdgeKind | None = "restacks" if what.endswith("_restack") else "likes" if what.endswith("_like") else None
    found = [_post_link(mapping(item, "post"), mapping(item, "publication"), kind, when)] if kind else []
    if kind and note:
        found.append(_edge(f"{CENTRE}/note/c-{number(note, 'id')}", kind, when) if number(note, "id") else None)
    if "body" in note:
        own = _attached(note, moment(note.get("date")) or when)
        found += [replace(link, position=start) for link in own if link is not None]
    return [link for link in found if link is not None]


def _attached(note: dict[str, Any], when: datetime | None) -> list[FoundLink | None]:
    found: list[FoundLink | None] = []
    for attachment in mappings(note.get("attachments")):
        found.append(_edge(text(mapping(attachment, "linkMetadata"), "url"), "links_to", when))
        found.append(_post_link(mapping(attachment, "post"), mapping(attachment, "publication"), "embeds", when))
    return found + [_edge(href, "links_to", when) for href in _hrefs(note.get("body_json"))]


def _hrefs(node: Json, depth: int = 0) -> list[str]:
    """The link addresses of a note's document, in order."""
    if not isinstance(node, dict) or depth > DEEPEST:
        return []
    own = [text(mapping(mark, "attrs"), "href") for mark in mappings(node.get("marks"))]
    return own + [href for child in mappings(node.get("content")) for href in _hrefs(child, depth + 1)]


def _post_link(post: dict[str, Any], card: dict[str, Any], kind: EdgeKind, when: datetime | None) -> FoundLink | None:
    address = canonical(text(post, "canonical_url"))
    return FoundLink(address, kind, when, publication(card) or source_of(post, address)) if address else None


def _edge(href: str, kind: EdgeKind, when: datetime | None) -> FoundLink | None:
    address = post_address(href) if href else None
    return FoundLink(address, kind, when) if address else None
