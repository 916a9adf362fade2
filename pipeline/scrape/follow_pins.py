"""A person's own Pinterest account: its public feed is asked for, and the log says what to do where robots.txt closes it."""

import logging

from pipeline.people import Person
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD
from pipeline.scrape.records import Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook

log = logging.getLogger(__name__)


class Pins:
    """Follows the person's Pinterest account. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook) -> None:
        self._user, self._frontier, self._shelf, self._book = person.handles.pinterest, frontier, shelf, book

    def seed(self) -> None:
        """The account's feed."""
        if self._user:
            account = Source("pinterest", "account", f"{CENTRE}/{self._user}/", self._user)
            url, source_id = f"{CENTRE}/{self._user}/feed.rss", self._book.meet(account, 0, "person file")
            context = {"account": account.url, "platform": "pinterest"}
            self._frontier.add(Request(url, url, "pinterest_feed", source_id, 0, "person file", context))

    def feed(self, request: Request, parsed: Parsed) -> None:
        """A feed holds its pins whole: each is a document, and nothing more is asked."""
        for pin in parsed.pins:
            url = str(pin["url"])
            if not self._shelf.imported(url):
                context = request.context | {"pin": dict(pin)}
                self._frontier.add(Request(url, url, "pinterest_pin", request.source_id, 0, request.document_url, context), again=True)

    def failed(self, request: Request) -> None:
        """Says how to import what robots.txt closes."""
        if request.kind == "pinterest_feed" and request.reason == "robots":
            log.warning("%s: %s", request.url, IMPORT_INSTEAD)
