"""What sources say that they have, read anew from their stored listings: what the crawl made of them does not enter into it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from pipeline.people import Person
from pipeline.scrape.follow_links import DEEPEST
from pipeline.scrape.frontier import LISTINGS, Frontier
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Parsed
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.store import Blobs

COUNTED = ("substack_profile", "substack_archive", "substack_recommendations", "web_feed", "pinterest_feed")


@dataclass
class _Claim:
    """What the pages of one source's listing of one kind say together: entries by its own word, on its pages, and read."""

    stated: int = 0
    rows: int = 0
    unread: int = 0
    items: set[str] = field(default_factory=set)  # documents
    sources: set[str] = field(default_factory=set)

    def add(self, parsed: Parsed, cap: int) -> None:
        self.stated = max(self.stated, parsed.stated or 0)
        self.rows += parsed.rows
        self.unread += parsed.unread
        self.items |= {post.url for post in parsed.listed} | {str(pin["url"]) for pin in parsed.pins}
        told = [link.to.url for link in parsed.links if link.to is not None]
        self.sources |= set(told[:cap])


def missing_by_claim(blobs: Blobs, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook) -> dict[str, Counter[str]]:
    """By source: what its listings have and no page and no request stands for, by reason.

    `limit`: entries behind a cap, or not come to yet; `not_listed`: entries that it counts and does not show; `unreadable`: entries
    that could not be read; `lost`: entries that were read and that nothing came of, which is a fault of ours.
    """
    missing: defaultdict[str, Counter[str]] = defaultdict(Counter)
    unasked = {request.source_id for request in frontier.all() if request.kind in LISTINGS and request.state == "waiting"}
    for (source_id, kind, hop), claim in _claims(blobs, person, shelf).items():
        behind: Reason = "limit" if _is_capped(kind, claim, person) or source_id in unasked else "not_listed"
        lost = sum(frontier.known(url) is None and shelf.held(url) is None for url in claim.items)
        if hop < min(person.hops, DEEPEST):
            lost += sum(not book.knows(url) for url in claim.sources)
        missing[source_id] += Counter({behind: max(0, claim.stated - claim.rows), "unreadable": claim.unread})
        missing[source_id]["limit" if source_id in unasked else "lost"] += lost
    return missing


def _claims(blobs: Blobs, person: Person, shelf: Shelf) -> dict[tuple[str, str, int], _Claim]:
    claims: defaultdict[tuple[str, str, int], _Claim] = defaultdict(_Claim)
    for row in shelf.all():
        if row["kind"] in COUNTED:
            claims[row["source_id"], row["kind"], row["hop"]].add(_read(blobs, row), person.limits.sources_per_listing)
    return claims


def _read(blobs: Blobs, row: dict[str, Any]) -> Parsed:
    return parse(row["kind"], row["url"], blobs.get(row["sha256"]))


def _is_capped(kind: str, claim: _Claim, person: Person) -> bool:
    """Whether we stopped reading at a cap of our own."""
    caps = {"substack_archive": person.limits.posts_per_source, "substack_recommendations": person.limits.sources_per_listing}
    return kind == "web_feed" or claim.rows >= caps.get(kind, claim.rows + 1)
