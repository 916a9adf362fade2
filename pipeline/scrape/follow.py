"""What an answer leads to: which requests follow from a profile, an archive, a publication's settings, a page."""

from pipeline.people import Person
from pipeline.scrape.addresses import origin
from pipeline.scrape.answer import Answer
from pipeline.scrape.follow_account import Account
from pipeline.scrape.follow_again import follow_again
from pipeline.scrape.follow_links import Links
from pipeline.scrape.follow_pins import Pins
from pipeline.scrape.follow_publications import Publications
from pipeline.scrape.frontier import LISTINGS, Frontier, Request
from pipeline.scrape.records import Parsed
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.store import Home


class Follower:
    """Turns what was read into requests. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook) -> None:
        self._person, self._frontier, self._shelf = person, frontier, shelf
        self._links = Links(person, frontier, shelf, book)
        self._publications = Publications(person, frontier, shelf, book, self._links)
        self._account = Account(person, frontier, book, self._publications, self._links)
        self._listings = {"substack_profile": self._account.profile, "substack_activity": self._account.activity}
        self._listings |= {"substack_archive": self._publications.archive, "substack_publication": self._publications.settings}
        self._listings |= {"substack_recommendations": self._publications.recommendations}
        self._pins = Pins(person, frontier, shelf, book)
        self._listings |= {"pinterest_feed": self._pins.feed, "web_feed": self._links.feed}

    def seed(self) -> None:
        """The person's own accounts."""
        self._account.seed()
        self._pins.seed()

    def again(self, home: Home) -> None:
        """Follows what is held again, where hops or limits changed."""
        follow_again(home, self._person, self._frontier, self._shelf, self._links)

    def links(self, parsed: Parsed, hop: int, found_via: str) -> None:
        """The documents that a document points at are one hop further."""
        self._links.follow(parsed, hop, found_via)

    def holds_back(self, request: Request) -> bool:
        """Whether a request waits for what another one will say."""
        return self._publications.holds_back(request) or self._links.holds_back(request)

    def leave(self, reached: set[str]) -> None:
        """What no listing leads to any more is not used."""
        self._publications.leave(reached)

    def after(self, answer: Answer) -> None:
        """What follows from an answer that is noted in the frontier already."""
        request, parsed = answer.request, answer.parsed
        if request.kind == "substack_archive" and parsed is not None and self._publications.moved(request, origin(answer.fetched.url)):
            return
        if parsed is None:
            if request.state == "failed":
                self._publications.failed(request)
                self._pins.failed(request)
        elif answer.opted_out is not None and request.kind == "substack_archive":
            self._publications.close(request.source_id, "opted_out", list(parsed.listed), request)
        elif "pointer" in request.context:
            self._links.point(request, parsed)
        elif request.kind in LISTINGS:
            self._listings[request.kind](request, parsed)
        else:
            self._frontier.note_over(request, self._links.follow(parsed, request.hop, request.document_url))
