"""What an answer leads to: which requests follow from a profile, an archive, a publication's settings, a page."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pipeline.people import Person
from pipeline.scrape.addresses import host, origin
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.records import FoundLink, ListedPost, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook

CENTRE = "https://substack.com"
LISTED_AT_ONCE = 25  # of at most 50 (SURFACES A.1)
FOLLOWED = frozenset({"links_to", "embeds", "saves", "restacks"})
MAX_ACTIVITY_PAGES = 200
DEEPEST = 2


class Follower:
    """Turns what was read into requests. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook) -> None:
        self._person, self._frontier, self._shelf, self._book = person, frontier, shelf, book
        self._hosts: dict[str, int] = {}
        for request in frontier.all():
            if request.kind == "web_page":
                self._count(host(request.url))

    def seed(self) -> None:
        """The person's own accounts."""
        handles = self._person.handles
        for name in handles.publications:
            self.walk(Source("substack", "publication", f"https://{name}", name.split(".")[0]), 0, "person file")
        if handles.substack:
            url = f"{CENTRE}/api/v1/user/{quote(handles.substack, safe='')}/public_profile"
            account = Source("substack", "account", f"{CENTRE}/@{handles.substack}", handles.substack)
            self._frontier.add(
                Request(
                    url, url, "substack_profile", self._book.meet(account, 0, "person file"), 0, "person file", {"account": account.url}
                )
            )

    def walk(self, source: Source, hop: int, found_via: str) -> None:
        """Asks for a publication's archive, and for its recommendations where they would still be in reach."""
        if hop > self._person.hops:
            return
        source_id = self._book.meet(source, hop, found_via)
        self._claim(source, source_id, hop)
        self._archive(source, source_id, hop, found_via, 0)
        if source.number is not None:
            self._recommendations(source, source_id, hop)

    def profile(self, request: Request, parsed: Parsed) -> None:
        """Own publications, subscriptions, activity."""
        for link in parsed.links:
            if link.to is not None:
                self.walk(link.to, 0 if link.kind == "contains" else 1, f"{link.kind} of {request.document_url}")
        if parsed.source is not None and parsed.source.number is not None:
            self._activity(request, parsed.source.number, 0, None)

    def activity(self, request: Request, parsed: Parsed) -> None:
        """Documents that the person's notes and restacks point at, and the next page."""
        self.links(parsed, request.hop, request.document_url)
        page = int(request.context["page"]) + 1
        if parsed.next_cursor and parsed.next_cursor not in request.context["seen"] and page < MAX_ACTIVITY_PAGES:
            self._activity(request, int(request.context["user"]), page, parsed.next_cursor)

    def recommendations(self, request: Request, parsed: Parsed) -> None:
        """The publications that are recommended are one hop further."""
        for link in parsed.links:
            if link.to is not None:
                self.walk(link.to, request.hop + 1, f"recommended by {request.found_via}")

    def archive(self, request: Request, parsed: Parsed) -> None:
        """The first page waits for the publication's settings (may its posts be gathered?), later ones lead to their posts."""
        source = _publication(request.context)
        if source.number is None and parsed.source is not None and parsed.source.number is not None:
            source = replace(source, number=parsed.source.number)
            self._recommendations(source, request.source_id, request.hop)
        offset, listed = int(request.context["offset"]), parsed.listed
        if offset == 0 and request.hop > 0 and not listed:
            self.close(request.source_id, UNKNOWN, [], request)
        elif offset == 0 and request.hop > 0:
            self._settings(source, request, listed)
        else:
            self.release(source, request, listed, offset)

    def settings(self, request: Request, parsed: Parsed) -> None:
        """The publication's word on training is known; its posts are asked for where it allows that."""
        why = UNKNOWN if parsed.opted_out == "unknown" else parsed.opted_out
        self._book.settle(request.source_id, why)
        listed = [_listed(row) for row in request.context["listed"]]
        if why is None:
            for post in list(self._frontier.of_source(request.source_id)):
                self._frontier.add(post, again=post.state == "failed" and post.reason in ("opted_out", UNKNOWN))
            self.release(_publication(request.context), request, listed, 0)
        else:
            self.close(request.source_id, UNKNOWN if why == UNKNOWN else "opted_out", listed, request)

    def release(self, source: Source, request: Request, listed: tuple[ListedPost, ...] | list[ListedPost], offset: int) -> None:
        """Asks for listed posts up to the cap, and for the archive's next page unless everything here was known."""
        cap = self._person.limits.posts_per_source
        fresh = False
        for place, post in enumerate(listed, offset):
            fresh |= self._post(source, request, post, over_cap=place >= cap)
        following = offset + len(listed)
        if listed and following < cap and (fresh or self._frontier.known(_archive_url(source, following)) is None):
            self._archive(source, request.source_id, request.hop, request.found_via, following, again=True)

    def close(self, source_id: str, reason: str, listed: list[ListedPost], request: Request) -> None:
        """A publication's posts will not be asked for."""
        for post in listed:
            self._frontier.add(self._post_request(_publication(request.context), request, post))
        for waiting in list(self._frontier.of_source(source_id)):
            if waiting.kind == "substack_post" and waiting.state != "done":
                self._frontier.finish(waiting, "failed", reason, None)

    def failed(self, request: Request) -> None:
        """An archive or settings that could not be had, or that closed the publication: its posts are not asked for."""
        if request.kind in ("substack_archive", "substack_publication") and request.hop > 0 and not request.context.get("offset"):
            listed = [_listed(row) for row in request.context.get("listed", [])]
            self.close(request.source_id, "opted_out" if request.reason == "opted_out" else UNKNOWN, listed, request)

    def holds_back(self, request: Request) -> bool:
        """Whether a post waits for its publication's word on training."""
        walked = request.kind == "substack_post" and "base" in request.context and "paid" not in request.context
        if not walked or self._book.opted_out(request.source_id) != UNKNOWN:
            return False
        return self._frontier.known(_archive_url(_publication(request.context), 0)) is not None

    def links(self, parsed: Parsed, hop: int, found_via: str) -> None:
        """The documents that a document points at are one hop further."""
        if hop < DEEPEST and parsed.opted_out is None:
            for link in parsed.links:
                if link.kind in FOLLOWED:
                    self._link(link, hop + 1, found_via)

    def _link(self, link: FoundLink, hop: int, found_via: str) -> None:
        base, name = origin(link.url), host(link.url)
        publication = link.to.url if link.to is not None else base
        if link.to is not None and link.url == link.to.url:
            return  # a publication that is mentioned: subscribing and recommending lead to publications, mentioning does not
        path = link.url[len(base) :]
        publication = self._book.publication_at(publication) or publication
        if path.startswith("/p/") and (name.endswith(".substack.com") or self._book.is_publication(publication)):
            self._linked_post(link, publication, path.split("/")[2].split("?")[0], hop, found_via)
        elif name != "substack.com" and not name.endswith(".substack.com"):
            self._page(link.url, base, name, hop, found_via)

    def _claim(self, source: Source, source_id: str, hop: int) -> None:
        """Pages that wait to be asked turn out to be posts of a publication."""
        for request in list(self._frontier.all()):
            if request.kind == "web_page" and request.state == "waiting" and request.url.startswith(f"{source.url}/p/"):
                url = f"{source.url}/api/v1/posts/{quote(request.url.split('/')[4].split('?')[0], safe='')}"
                wanted = Request(
                    request.document_url, url, "substack_post", source_id, min(hop, request.hop), request.found_via, _context(source)
                )
                self._frontier.add(wanted)

    def _linked_post(self, link: FoundLink, base: str, slug: str, hop: int, found_via: str) -> None:
        """A post of a publication in reach, or one that the person themself points at."""
        if self._shelf.imported(link.url) or not (self._book.is_publication(base) or hop == 1) or hop > self._person.hops:
            return
        source = link.to or Source("substack", "publication", base, host(base).split(".")[0])
        source_id = self._book.meet(source, hop, found_via)
        url = f"{base}/api/v1/posts/{quote(slug, safe='')}"
        hop = max(0, min(hop, self._book.hop(source_id)))
        self._frontier.add(Request(link.url, url, "substack_post", source_id, hop, found_via, _context(source)))

    def _page(self, url: str, base: str, name: str, hop: int, found_via: str) -> None:
        if self._shelf.imported(url) or hop > DEEPEST:
            return
        known = self._frontier.known(url)
        source_id = self._book.meet(Source("web", "site", base, title=name), hop, found_via) if hop <= self._person.hops else ""
        request = Request(url, url, "web_page", source_id, hop, found_via)
        self._frontier.add(request)
        if known is None and hop <= self._person.hops and self._count(name) > self._person.limits.pages_per_host:
            self._frontier.finish(request, "failed", "limit", None)

    def _post(self, source: Source, request: Request, post: ListedPost, over_cap: bool) -> bool:
        """Adds a listed post; whether it was not known before."""
        if self._shelf.imported(post.url):
            return False
        known = self._frontier.known(post.url)
        wanted = self._post_request(source, request, post)
        opened = known is not None and (
            known.reason in ("opted_out", UNKNOWN) or ("paid" in known.context and "paid" not in wanted.context)
        )
        self._frontier.add(wanted, again=opened)
        if over_cap and known is None:
            self._frontier.finish(wanted, "failed", "limit", None)
        return known is None

    def _post_request(self, source: Source, request: Request, post: ListedPost) -> Request:
        url = f"{source.url}/api/v1/posts/{quote(post.slug, safe='')}"
        context = _context(source) | ({"paid": _row(post)} if post.audience != "everyone" and request.hop > 0 else {})
        return Request(post.url, url, "substack_post", request.source_id, request.hop, source.url, context)

    def _archive(self, source: Source, source_id: str, hop: int, found_via: str, offset: int, again: bool = False) -> None:
        url = _archive_url(source, offset)
        context = _context(source) | {"offset": offset}
        self._frontier.add(Request(url, url, "substack_archive", source_id, hop, found_via, context), again)

    def _recommendations(self, source: Source, source_id: str, hop: int) -> None:
        if hop < DEEPEST:
            url = f"{source.url}/api/v1/recommendations/from/{source.number}"
            self._frontier.add(Request(url, url, "substack_recommendations", source_id, hop, source.url, _context(source)))

    def _settings(self, source: Source, request: Request, listed: tuple[ListedPost, ...]) -> None:
        asked = next((post for post in listed if post.audience == "everyone"), listed[0])
        url = f"{CENTRE}/api/v1/posts/by-id/{asked.number}"
        context = _context(source) | {"listed": [_row(post) for post in listed]}
        settings = Request(f"{source.url}/#settings", url, "substack_publication", request.source_id, request.hop, source.url, context)
        self._frontier.add(settings, again=True)

    def _activity(self, request: Request, user: int, page: int, cursor: str | None) -> None:
        base = f"{CENTRE}/api/v1/reader/feed/profile/{user}"
        seen = [*request.context.get("seen", []), *([cursor] if cursor else [])]
        context: dict[str, Any] = {"account": request.context["account"], "user": user, "page": page, "seen": seen}
        url = f"{base}?cursor={quote(cursor, safe='')}" if cursor else base
        again = page > 0 and self._changed(f"{base}#page-{page}", url)
        self._frontier.add(
            Request(f"{base}#page-{page}", url, "substack_activity", request.source_id, 0, request.document_url, context), again
        )

    def _changed(self, document_url: str, url: str) -> bool:
        known = self._frontier.known(document_url)
        return known is not None and known.url != url

    def _count(self, name: str) -> int:
        self._hosts[name] = self._hosts.get(name, 0) + 1
        return self._hosts[name]


def _archive_url(source: Source, offset: int) -> str:
    return f"{source.url}/api/v1/archive?sort=new&search=&offset={offset}&limit={LISTED_AT_ONCE}"


def _context(source: Source) -> dict[str, Any]:
    return {"base": source.url, "number": source.number, "handle": source.handle, "title": source.title}


def _publication(context: dict[str, Any]) -> Source:
    return Source("substack", "publication", context["base"], context["handle"], context["title"], context["number"])


def _row(post: ListedPost) -> dict[str, Any]:
    """A listed post as a row of an archive's JSON."""
    date = post.published_at.isoformat() if post.published_at else None
    return {
        "id": post.number, "slug": post.slug, "canonical_url": post.url, "title": post.title, "audience": post.audience,
        "post_date": date, "wordcount": post.wordcount, "type": post.kind,
    }  # fmt: skip


def _listed(row: dict[str, Any]) -> ListedPost:
    return ListedPost(row["id"], row["slug"], row["canonical_url"], row["title"], row["audience"], None, row["wordcount"], row["type"])
