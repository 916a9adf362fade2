"""Which publications the listings that are held lead to: the person's profile, and what publications recommend, hop by hop.

A publication that the person no longer shows as a subscription, and nobody in reach recommends, is out of the consent's reach.
"""

from collections import defaultdict

from pipeline.identifiers import id_of
from pipeline.scrape.parse import parse
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.store import Blobs

LEADING = ("substack_profile", "substack_recommendations")


def reached(blobs: Blobs, shelf: Shelf, book: SourceBook, hops: int) -> set[str]:
    """The ids of the person's own sources and of all publications up to so many links away from them."""
    leads = _leads(blobs, shelf, book)
    found = frontier = {source_id for source_id in book.ids() if book.hop(source_id) == 0}
    for _ in range(hops):
        frontier = {far for near in frontier for far in leads[near]} - found
        found = found | frontier
    return found


def _leads(blobs: Blobs, shelf: Shelf, book: SourceBook) -> defaultdict[str, set[str]]:
    """The publications that each source's listing tells of, at every domain at which they are known."""
    leads: defaultdict[str, set[str]] = defaultdict(set)
    named = book.ids_by_handle()
    for row in shelf.all():
        if row["kind"] in LEADING:
            links = parse(row["kind"], row["url"], blobs.get(row["sha256"])).links
            told = [link.to for link in links if link.to is not None]
            leads[row["source_id"]].update(*({id_of("source", source.url)} | named[source.handle] for source in told))
    return leads
