"""Posts of Substack as pages, answers and tools tell them, as documents: the person's own whole, others' where they are free."""

import json
import re
from typing import Any

from pipeline.people import Person
from pipeline.scrape.addresses import canonical, host, origin
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.fields import number, text
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.records import Document, Kind, Source
from pipeline.scrape.redact import is_free, redact
from pipeline.scrape.substack import source_of

TAG = re.compile(r"<[^>]{0,5000}>")
WHOLE = 0.6  # of the words that Substack counts; what a logged-out reader sees of a paid post is a third or less


def is_own_publication(person: Person, address: str) -> bool:
    """Whether an address stands on a publication of the person's."""
    hosts = {host(f"https://{name}").removeprefix("www.") for name in person.handles.publications}
    return host(address).removeprefix("www.") in hosts - {""}


def keep_post(post: dict[str, Any], url: str, person: Person, found: ImportedArchive, opted_out: str | None = None) -> None:
    """Takes a post in, at hop 0 where it is the person's own, else at hop 1; or counts why not. `url`: where it was found."""
    address = canonical(text(post, "canonical_url"), url) or canonical(f"/p/{text(post, 'slug')}", url)
    source = source_of(post, address) if address and text(post, "slug") else None
    if source is None or address is None:
        return found.remark("a post says neither its address nor its name")
    own = is_own_publication(person, address) or is_own_publication(person, source.url)
    why = _left_out(post, own, person)
    if why or found.holds(address):
        return found.skip(source, why or "imported", 0 if own else 1)
    content = _content(post, address, own)
    kind: Kind = "substack_export_post" if own else "substack_post"
    found.keep(Document(address, kind, "application/json", _base(source, address), 0 if own else 1, found.name, opted_out, content=content))
    return None


def _left_out(post: dict[str, Any], own: bool, person: Person) -> Reason:
    body = post.get("body_html")
    if post.get("is_published") is False and not (own and person.include_drafts):
        return "draft"
    if not is_free(post) and (not own or _is_preview(post)):
        return "paid"
    return "" if isinstance(body, str) and body.strip() else "empty"


def _is_preview(post: dict[str, Any]) -> bool:
    """Whether only the beginning of a paid post stands here: there is no marker, but a count of the whole one's words."""
    words = len(TAG.sub(" ", str(post.get("body_html") or "")).split())
    return words < WHOLE * (number(post, "wordcount") or 0)


def _content(post: dict[str, Any], address: str, own: bool) -> bytes:
    whole = post | {"canonical_url": address}
    return redact("substack_export_post" if own else "substack_post", json.dumps(whole).encode("utf-8", "replace"), own=own)


def _base(source: Source, address: str) -> Source:
    """The publication as the export and the crawl call it: by the origin of its posts."""
    base = origin(address)
    return source if source.url == base or not base else Source("substack", "publication", base, source.handle, source.title, source.number)
