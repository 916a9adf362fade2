"""A publication's walk: its archive, its word on training, its posts up to the cap, and what it recommends."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.people import Person
from pipeline.scrape.archive_walk import ArchiveWalks
from pipeline.scrape.archives.post_documents import is_own_publication
from pipeline.scrape.follow_links import DEEPEST, Links
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.post_requests import (
    archive_request,
    archive_url,
    listed_of,
    most_recommendation_pages,
    post_request,
    publication_of,
    recommendations_request,
    settings_address,
    settings_request,
)
from pipeline.scrape.records import ListedPost, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook


class Publications:
    """Walks publications. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook, links: Links) -> None:
        self._person, self._frontier, self._shelf, self._book, self._links = person, frontier, shelf, book, links
        self._recommended: dict[str, set[str]] = {}  # publications told of since the first page was read
        self._walks = ArchiveWalks(frontier, shelf, book, person.limits.posts_per_source)

    def walk(self, source: Source, hop: int, found_via: str) -> None:
        """Asks for a publication's archive, and for its recommendations where they would still be in reach."""
        if hop > self._person.hops:
            return
        source_id = self._book.meet(source, hop, found_via)
        self._links.claim(source, source_id, hop)
        known = self._frontier.known(archive_url(source, 0))
        again = known is not None and known.reason == "unlinked"
        self._frontier.add(archive_request(source, source_id, hop, found_via, 0), again)
        if source.number is not None:
            self._recommendations(source, source_id, hop)

    def walk_all(self, request: Request, parsed: Parsed, found_via: str, own: bool = False, before: int = 0) -> None:
        """Walks the publications that a listing leads to, up to the cap, of which `before` stood on earlier pages. Of an own profile those
        that it `contains`, or that the person file names, are the person's own; where they are somebody's guest is one hop away."""
        told = [link for link in parsed.links if link.to is not None]
        cap = max(0, self._person.limits.sources_per_listing - before)
        for link in told[:cap]:
            assert link.to is not None
            is_own = own and (link.kind == "contains" or self._is_named(link.to))
            self.walk(link.to, 0 if is_own else request.hop + 1, f"{link.kind} {found_via}")
        self._frontier.note_over(request, max(0, len(told) - cap))
        self._book.remark(request.source_id, *parsed.remarks)

    def recommendations(self, request: Request, parsed: Parsed) -> None:
        """The publications that are recommended are one hop further; those that the page only counts are asked for."""
        offset, cap = int(request.context.get("offset", 0)), self._person.limits.sources_per_listing
        self.walk_all(request, parsed, f"by {request.found_via}", before=offset)
        seen = self._recommended[request.source_id] = set() if offset == 0 else self._recommended.get(request.source_id, set())
        fresh = {link.url for link in parsed.links} - seen
        seen |= fresh
        following, page = offset + parsed.rows, int(request.context.get("page", 0)) + 1
        if fresh and following < min(parsed.stated or 0, cap) and page < most_recommendation_pages(cap):
            source = publication_of(request.context)
            wanted = recommendations_request(source, request.source_id, request.hop, following, page)
            self._frontier.add(wanted, again=True)
        else:
            self._drop_pages_after(request, page)

    def _drop_pages_after(self, request: Request, page: int) -> None:
        """What later pages said the last time is not true any more."""
        for other in self._frontier.of_source(request.source_id):
            if other.kind == request.kind and int(other.context.get("page", 0)) >= page:
                self._shelf.gone(other.document_url)

    def moved(self, request: Request, base: str) -> bool:
        """A publication whose archive answers from another origin has its home there. Whether that one is walked already."""
        if not base or base == request.context["base"]:
            return False
        home = replace(publication_of(request.context), url=base)
        is_known = self._frontier.known(archive_url(home, 0)) is not None
        self._book.remark(request.source_id, f"moved to {base}")
        request.source_id = self._book.meet(home, request.hop, request.found_via)
        self._frontier.note(request, base=base)
        if not is_known:
            self._frontier.moved(request, request.document_url, archive_url(home, int(request.context["offset"])))
            self._links.claim(home, request.source_id, request.hop)
        return is_known

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
            self._frontier.add(settings_request(source, request, listed, parsed.rows), again=True)
        else:
            self._release(source, request, listed, offset, parsed.rows)

    def settings(self, request: Request, parsed: Parsed) -> None:
        """The publication's word on training is known; its posts are asked for where it allows that."""
        why = UNKNOWN if parsed.opted_out == "unknown" else parsed.opted_out
        self._book.settle(request.source_id, why)
        listed = [listed_of(row) for row in request.context["listed"]]
        if why is None:
            for post in list(self._frontier.of_source(request.source_id)):
                self._frontier.add(post, again=post.state == "failed" and post.reason in ("opted_out", UNKNOWN, "unlinked"))
            self._release(publication_of(request.context), request, listed, 0, int(request.context.get("rows", 0)))
        else:
            self.close(request.source_id, UNKNOWN if why == UNKNOWN else "opted_out", listed, request)

    def close(self, source_id: str, reason: str, listed: list[ListedPost], request: Request) -> None:
        """A publication's posts will not be asked for."""
        for post in listed:
            self._frontier.add(post_request(publication_of(request.context), request, post))
        for waiting in list(self._frontier.of_source(source_id)):
            if waiting.kind == "substack_post" and waiting.state != "done":
                self._frontier.finish(waiting, "failed", reason, None)

    def leave(self, reached: set[str]) -> None:
        """What is held of publications that no listing leads to any more is not used, and not asked for, but for posts linked to."""
        for request in self._frontier.all():
            walked = "base" in request.context and request.state != "waiting" and request.reason != "unlinked"
            if walked and request.source_id not in reached and "pointed" not in request.context:
                self._shelf.gone(request.document_url)
                self._frontier.finish(request, "failed", "unlinked", None)

    def failed(self, request: Request) -> None:
        """An archive or settings that could not be had, or that closed the publication: its posts are not asked for."""
        if request.kind in ("substack_archive", "substack_publication") and request.hop > 0 and not request.context.get("offset"):
            listed = [listed_of(row) for row in request.context.get("listed", [])]
            self.close(request.source_id, "opted_out" if request.reason == "opted_out" else UNKNOWN, listed, request)

    def holds_back(self, request: Request) -> bool:
        """Whether a post waits for its publication's word on training, which is asked for anew before its posts are."""
        if request.kind != "substack_post" or "base" not in request.context or "paid" in request.context:
            return False
        source = publication_of(request.context)
        archive, settings = (self._frontier.known(url) for url in (archive_url(source, 0), settings_address(source)))
        if self._book.opted_out(request.source_id) == UNKNOWN:
            return archive is not None
        return request.hop > 0 and any(one is not None and one.state == "waiting" for one in (archive, settings))

    def _release(self, source: Source, request: Request, listed: Sequence[ListedPost], offset: int, rows: int) -> None:
        """Asks for listed posts up to the cap, and for the archive's next page unless the walk is at its end."""
        following = self._walks.after(request.source_id, listed, offset, rows)
        for place, post in enumerate(listed, offset):
            self._post(source, request, post, over_cap=place >= self._person.limits.posts_per_source)
        if following is not None:
            self._book.walk(request.source_id, None)
            self._frontier.add(archive_request(source, request.source_id, request.hop, request.found_via, following), again=True)

    def _post(self, source: Source, request: Request, post: ListedPost, over_cap: bool) -> None:
        """Adds a listed post, or one more post than the cap allows, which is not asked for."""
        if self._shelf.imported(post.url):
            return
        known, wanted = self._frontier.known(post.url), post_request(source, request, post)
        if known is None or known.state == "waiting":
            self._frontier.add(wanted)
            if over_cap:
                self._frontier.finish(known or wanted, "failed", "limit", None)
            return
        closed = known.state == "failed" and (
            known.reason in ("opted_out", UNKNOWN, "unlinked") or (known.reason == "limit" and not over_cap)
        )
        self._frontier.add(wanted, again=closed or ("paid" in known.context and "paid" not in wanted.context))
        self._frontier.note(known, listed=True)

    def _is_named(self, source: Source) -> bool:
        """Whether the person file names a publication as the person's own, by its domain or by its name at substack.com."""
        return is_own_publication(self._person, source.url) or is_own_publication(self._person, f"https://{source.handle}.substack.com")

    def _recommendations(self, source: Source, source_id: str, hop: int) -> None:
        if hop < DEEPEST:
            self._frontier.add(recommendations_request(source, source_id, hop))
