"""Strangers' pages that the person saved: whether the sites they stand on keep them from training.

A crawl asks robots.txt and tdmrep.json before it asks for a page. An archive brings the page unasked, so the two are asked for
afterwards; until they are read, the site counts as opted out.
"""

from collections import defaultdict
from concurrent.futures import Executor

from pipeline.scrape.addresses import origin
from pipeline.scrape.client import Client
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook

CLOSED = "robots.txt or tdmrep.json closes it to training"


def settle_imported(shelf: Shelf, book: SourceBook, client: Client, pool: Executor, hops: int) -> None:
    """Notes the word of each site up to `hops` links away of which others' pages were imported. What closed a site once is not
    taken back here; what is further than anybody may be asked stays unknown.

    Asks for robots.txt and tdmrep.json where what is known of them is more than a day old.
    """
    pages: defaultdict[str, list[str]] = defaultdict(list)
    for row in shelf.all():
        open_or_unknown = book.opted_out(row["source_id"]) in (None, UNKNOWN)
        if row["kind"] == "web_page" and row["via"] != "crawl" and 0 < row["hop"] <= hops and open_or_unknown:
            pages[row["source_id"]].append(row["url"])
    for source_id, said in zip(pages, pool.map(lambda urls: word_on(urls, client), pages.values()), strict=True):
        book.settle(source_id, said)


def word_on(urls: list[str], client: Client) -> str | None:
    """Why a site that holds these pages may not train: it closes one of them, or cannot be asked. None where it may.

    A robots.txt that shuts us out together with the agents that gather for training closes it too.
    """
    closed = client.opts_out(urls[0])  # asks, where it has not been asked; the others are of the same origin
    rules = client.robots.held(origin(urls[0]))
    if rules is None or rules.closed:
        return UNKNOWN
    return CLOSED if closed or any(map(rules.forbids_training, urls)) else None
