"""A person's own account: its profile leads to publications, its activity to what the person pointed at."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pipeline.people import Person
from pipeline.scrape.follow_links import Links
from pipeline.scrape.follow_publications import Publications
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.post_requests import CENTRE, profile_url
from pipeline.scrape.records import Parsed, Source
from pipeline.scrape.sourcebook import SourceBook

MAX_ACTIVITY_PAGES = 200
STALE_PAGES = 2  # in a row without a new item: the cursors lead in a circle, whatever they look like


class Account:
    """Follows the person's own account. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, book: SourceBook, publications: Publications, links: Links) -> None:
        self._person, self._frontier, self._book = person, frontier, book
        self._publications, self._links = publications, links
        self._items: set[str] = set()  # of the activity, seen in this gathering

    def seed(self) -> None:
        """The person's own publications, and their profile."""
        handles = self._person.handles
        for name in handles.publications:
            self._publications.walk(Source("substack", "publication", f"https://{name}", name.split(".")[0]), 0, "person file")
        if handles.substack:
            url = profile_url(handles.substack)
            account = Source("substack", "account", f"{CENTRE}/@{handles.substack}", handles.substack)
            source_id = self._book.meet(account, 0, "person file")
            self._frontier.add(Request(url, url, "substack_profile", source_id, 0, "person file", {"account": account.url}))

    def profile(self, request: Request, parsed: Parsed) -> None:
        """Own publications, subscriptions, activity."""
        self._publications.walk_all(request, parsed, f"of {request.document_url}", own=True)
        if parsed.source is not None:  # only now is the account's name known
            self._book.meet(replace(parsed.source, url=request.context["account"]), request.hop, request.found_via)
        if parsed.source is not None and parsed.source.url != request.context["account"]:
            self._book.remark(request.source_id, f"the handle is now {parsed.source.handle}: write it into the person file")
        if parsed.source is not None and parsed.source.number is not None:
            self._activity(request, parsed.source.number, 0, None)

    def activity(self, request: Request, parsed: Parsed) -> None:
        """Documents that the person's notes and restacks point at, and the next page.

        A new note moves all others down by one, and pages are stored as they came: so all of them are asked every time.
        """
        self._links.follow(parsed, request.hop, request.document_url)
        page = int(request.context["page"]) + 1
        stale = 0 if set(parsed.keys) - self._items else int(request.context.get("stale", 0)) + 1
        self._items |= set(parsed.keys)
        if not parsed.next_cursor:
            return
        if parsed.next_cursor in request.context["seen"] or stale >= STALE_PAGES:
            self._book.remark(request.source_id, "its activity repeats itself")
        elif page >= MAX_ACTIVITY_PAGES:
            self._book.remark(request.source_id, f"activity beyond {MAX_ACTIVITY_PAGES} pages is not asked for")
        else:
            self._activity(request, int(request.context["user"]), page, parsed.next_cursor, stale)

    def _activity(self, request: Request, user: int, page: int, cursor: str | None, stale: int = 0) -> None:
        base = f"{CENTRE}/api/v1/reader/feed/profile/{user}"
        seen = [*request.context.get("seen", []), *([cursor] if cursor else [])]
        context: dict[str, Any] = {"account": request.context["account"], "user": user, "page": page, "seen": seen}
        context |= {"stale": stale} if stale else {}
        address, url = f"{base}#page-{page}", f"{base}?cursor={quote(cursor, safe='')}" if cursor else base
        self._frontier.add(Request(address, url, "substack_activity", request.source_id, 0, request.document_url, context), again=page > 0)
