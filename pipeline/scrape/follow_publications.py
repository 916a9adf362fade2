"""A publication's walk: its archive, its word on training, its posts up to the cap, and what it recommends."""

from dataclasses import replace

from pipeline.people import Person
from pipeline.scrape.follow_links import DEEPEST, Links
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.post_requests import (
    archive_request,
    archive_url,
    listed_of,
    post_request,
    publication_of,
    recommendations_request,
    settings_request,
)
from pipeline.scrape.records import ListedPost, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook


class Publications:
    """Walks publications. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook, links: Links) -> None:
        self._person, self._frontier, self._shelf, self._book, self._links = person, frontier, shelf, book, links

    def walk(self, source: Source, hop: int, found_via: str) -> None:
        """Asks for a publication's archive, and for its recommendations where they would still be in reach."""
        if hop > self._person.hops:
            return
        source_id = self._book.meet(source, hop, found_via)
        self._links.claim(source, source_id, hop)
        self._frontier.add(archive_request(source, source_id, hop, found_via, 0))
        if source.number is not None:
            self._recommendations(source, source_id, hop)

    def recommendations(self, request: Request, parsed: Parsed) -> None:
        """The publications that are recommended are one hop further."""
        for link in parsed.links:
            if link.to is not None:
                self.walk(link.to, request.hop + 1, f"recommended by {request.found_via}")

    def archive(self, request: Request, parsed: Parsed) -> None:
        """The first page waits for the publication's settings (may its posts be gathered?), later ones lead to their posts."""
        source = publication_of(request.context)
        if source.number is None and parsed.source is not None and parsed.source.number is not None:
            source = replace(source, number=parsed.source.number)
            self._recommendations(source, request.source_id, request.hop)
        offset, listed = int(request.context["offset"]), parsed.listed
        if offset == 0 and request.hop > 0 and not listed:
            self.close(request.source_id, UNKNOWN, [], request)
        elif offset == 0 and request.hop > 0:
            self._frontier.add(settings_request(source, request, listed), again=True)
        else:
            self._release(source, request, listed, offset)

    def settings(self, request: Request, parsed: Parsed) -> None:
        """The publication's word on training is known; its posts are asked for where it allows that."""
        why = UNKNOWN if parsed.opted_out == "unknown" else parsed.opted_out
        self._book.settle(request.source_id, why)
        listed = [listed_of(row) for row in request.context["listed"]]
        if why is None:
            for post in list(self._frontier.of_source(request.source_id)):
                self._frontier.add(post, again=post.state == "failed" and post.reason in ("opted_out", UNKNOWN))
            self._release(publication_of(request.context), request, listed, 0)
        else:
            self.close(request.source_id, UNKNOWN if why == UNKNOWN else "opted_out", listed, request)

    def close(self, source_id: str, reason: str, listed: list[ListedPost], request: Request) -> None:
        """A publication's posts will not be asked for."""
        for post in listed:
            self._frontier.add(post_request(publication_of(request.context), request, post))
        for waiting in list(self._frontier.of_source(source_id)):
            if waiting.kind == "substack_post" and waiting.state != "done":
                self._frontier.finish(waiting, "failed", reason, None)

    def failed(self, request: Request) -> None:
        """An archive or settings that could not be had, or that closed the publication: its posts are not asked for."""
        if request.kind in ("substack_archive", "substack_publication") and request.hop > 0 and not request.context.get("offset"):
            listed = [listed_of(row) for row in request.context.get("listed", [])]
            self.close(request.source_id, "opted_out" if request.reason == "opted_out" else UNKNOWN, listed, request)

    def holds_back(self, request: Request) -> bool:
        """Whether a post waits for its publication's word on training."""
        walked = request.kind == "substack_post" and "base" in request.context and "paid" not in request.context
        if not walked or self._book.opted_out(request.source_id) != UNKNOWN:
            return False
        return self._frontier.known(archive_url(publication_of(request.context), 0)) is not None

    def _release(self, source: Source, request: Request, listed: tuple[ListedPost, ...] | list[ListedPost], offset: int) -> None:
        """Asks for listed posts up to the cap, and for the archive's next page unless everything here was known."""
        cap = self._person.limits.posts_per_source
        fresh = False
        for place, post in enumerate(listed, offset):
            fresh |= self._post(source, request, post, over_cap=place >= cap)
        following = offset + len(listed)
        if listed and following < cap and (fresh or self._frontier.known(archive_url(source, following)) is None):
            self._frontier.add(archive_request(source, request.source_id, request.hop, request.found_via, following), again=True)

    def _post(self, source: Source, request: Request, post: ListedPost, over_cap: bool) -> bool:
        """Adds a listed post; whether it was not known before."""
        if self._shelf.imported(post.url):
            return False
        known = self._frontier.known(post.url)
        wanted = post_request(source, request, post)
        opened = known is not None and (
            known.reason in ("opted_out", UNKNOWN) or ("paid" in known.context and "paid" not in wanted.context)
        )
        self._frontier.add(wanted, again=opened)
        if over_cap and known is None:
            self._frontier.finish(wanted, "failed", "limit", None)
        return known is None

    def _recommendations(self, source: Source, source_id: str, hop: int) -> None:
        if hop < DEEPEST:
            self._frontier.add(recommendations_request(source, source_id, hop))
