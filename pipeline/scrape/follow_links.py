"""What a document's links lead to: posts of publications in reach, and pages of the open web."""

import re

from pipeline.people import Person
from pipeline.scrape.addresses import host, origin
from pipeline.scrape.frontier import Frontier, Request
from pipeline.scrape.post_requests import CENTRE, by_id_url, context_of, post_url
from pipeline.scrape.records import FoundLink, Parsed, Source
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook

BY_NUMBER = re.compile(r"https://substack\.com/(?:home/post|@[\w.-]+)/p-(\d{1,15})(?:[/?#]|$)")  # SURFACES A.1
FOLLOWED = frozenset({"links_to", "embeds", "saves", "restacks"})
DEEPEST = 2


class Links:
    """Turns links into requests. Belongs to the crawl's main thread."""

    def __init__(self, person: Person, frontier: Frontier, shelf: Shelf, book: SourceBook) -> None:
        self._person, self._frontier, self._shelf, self._book = person, frontier, shelf, book
        self._hosts: dict[str, int] = {}
        self._fed = {origin(request.url) for request in frontier.all() if request.kind == "web_feed"}
        for request in frontier.all():
            if is_linked(request):
                self._count(host(request.url))

    def follow(self, parsed: Parsed, hop: int, found_via: str) -> int:
        """The documents that a document points at are one hop further; how many of them are over the cap."""
        if hop >= DEEPEST or parsed.opted_out is not None:
            return 0
        followed = [link for link in parsed.links if link.kind in FOLLOWED]
        cap = self._person.limits.links_per_document
        for link in followed[:cap]:
            self._link(link, hop + 1, found_via)
        self._feed(parsed, hop, found_via)
        return max(0, len(followed) - cap)

    def recount(self) -> None:
        """Of each host the pages up to the cap wait or are asked already, those beyond it do not: caps and hops may have changed."""
        self._hosts.clear()
        linked = [request for request in self._frontier.all() if is_linked(request)]
        for request in sorted(linked, key=lambda request: (_is_over(request), request.hop, request.order_key)):
            over = self._count(host(request.url)) > self._person.limits.pages_per_host
            if _is_over(request) and not over:
                self._frontier.ask_again(request)
            elif over and self._frontier.is_waiting(request):
                self._frontier.finish(request, "failed", "limit", None)

    def feed(self, request: Request, parsed: Parsed) -> None:
        """A feed leads to pages of its own site, one hop further; what it says of others they will say themselves."""
        for link in parsed.links:
            if link.kind == "contains":
                self._page(link.url, origin(link.url), host(link.url), request.hop + 1, request.document_url)
        self._book.remark(request.source_id, *parsed.remarks)

    def holds_back(self, request: Request) -> bool:
        """Whether a page may yet turn out to be a publication's post: all listings are read before it is asked as a page."""
        return request.kind == "web_page" and "/p/" in request.url and self._frontier.awaits_listings

    def _feed(self, parsed: Parsed, hop: int, found_via: str) -> None:
        """Asks for the feed of a site that the person points at: one of each, and where its pages would still be in reach."""
        if not parsed.feeds or parsed.source is None or hop + 1 > min(self._person.hops, DEEPEST) or parsed.source.url in self._fed:
            return
        self._fed.add(parsed.source.url)
        source_id = self._book.meet(parsed.source, hop, found_via)
        self._add(Request(parsed.feeds[0], parsed.feeds[0], "web_feed", source_id, hop, found_via, {"linked": True}))

    def claim(self, source: Source, source_id: str, hop: int) -> None:
        """Pages turn out to be posts of a publication: they are asked as such, and its word on training holds for what is held."""
        for request in self._frontier.pages_at(source.url):
            if request.hop <= self._person.hops and request.state != "failed" and request.url.startswith(f"{source.url}/p/"):
                self._shelf.assign(request.document_url, source_id)
                url, nearest = post_url(source, _slug(request.url, source.url)), min(hop, request.hop)
                context = context_of(source) | {"linked": True}
                wanted = Request(request.document_url, url, "substack_post", source_id, nearest, request.found_via, context)
                self._frontier.add(wanted, again=True)

    def point(self, request: Request, parsed: Parsed) -> None:
        """What an address by number points at is known: the post is asked for, if its publication is open to training."""
        if parsed.source is None or not parsed.listed:
            return
        post, source = parsed.listed[0], parsed.source
        source_id = self._book.meet(source, request.hop, request.found_via)
        if self._book.opted_out(source_id) == UNKNOWN:
            self._book.settle(source_id, UNKNOWN if parsed.opted_out == "unknown" else parsed.opted_out)
        self._frontier.moved(request, post.url, request.url)
        if self._book.opted_out(source_id) is None:
            self._post(FoundLink(post.url, "links_to", to=source), source.url, post.slug, request.hop, request.found_via)

    def _link(self, link: FoundLink, hop: int, found_via: str) -> None:
        if self._is_old(link, hop):
            return
        base, name = origin(link.url), host(link.url)
        publication = link.to.url if link.to is not None else base
        if link.to is not None and link.url == link.to.url:
            return  # a publication that is mentioned: subscribing and recommending lead to publications, mentioning does not
        if number := BY_NUMBER.match(link.url):
            self._by_number(link.url, int(number.group(1)), hop, found_via)
            return
        publication = self._book.publication_at(publication) or publication
        is_post = link.url.startswith(f"{base}/p/")
        if is_post and (name.endswith(".substack.com") or self._book.is_publication(publication)):
            self._post(link, publication, _slug(link.url, base), hop, found_via)
        elif name != "substack.com" and not name.endswith(".substack.com"):
            self._page(link.url, base, name, hop, found_via)

    def _is_old(self, link: FoundLink, hop: int) -> bool:
        """Whether an earlier link led to the same page, by a way no longer: so do most links of a site."""
        known = self._frontier.known(link.url) if link.to is None and "/p/" not in link.url else None
        return known is not None and known.kind == "web_page" and known.document_url == link.url and known.hop <= hop

    def _post(self, link: FoundLink, base: str, slug: str, hop: int, found_via: str) -> None:
        """A post of a publication in reach, or one that the person themself points at."""
        if self._shelf.imported(link.url) or not (self._book.is_publication(base) or hop == 1) or hop > self._person.hops:
            return
        source = link.to or Source("substack", "publication", base, host(base).split(".")[0])
        source_id = self._book.meet(source, hop, found_via)
        hop = max(0, min(hop, self._book.hop(source_id)))
        url, known = post_url(Source("substack", "publication", base), slug), self._frontier.known(link.url)
        if known is not None and known.state != "waiting" and "pointed" not in known.context:
            self._frontier.note(known, pointed=True)
        self._add(
            Request(link.url, url, "substack_post", source_id, hop, found_via, context_of(source) | {"linked": True, "pointed": True})
        )

    def _page(self, url: str, base: str, name: str, hop: int, found_via: str) -> None:
        if self._shelf.imported(url) or hop > DEEPEST:
            return
        source_id = self._book.meet(Source("web", "site", base, title=name), hop, found_via) if hop <= self._person.hops else ""
        self._add(Request(url, url, "web_page", source_id, hop, found_via))

    def _by_number(self, url: str, number: int, hop: int, found_via: str) -> None:
        """A post by its number alone. Whose it is, and whether they keep it from training, is in one answer."""
        if hop <= self._person.hops:
            centre = self._book.meet(Source("web", "site", CENTRE, title=host(CENTRE)), hop, found_via)
            context = {"pointer": True, "linked": True}
            self._add(Request(url, by_id_url(number), "substack_publication", centre, hop, found_via, context))

    def _add(self, request: Request) -> None:
        """Adds what a link leads to, up to the cap on its host."""
        known = self._frontier.known(request.document_url)
        before = known.hop if known is not None else DEEPEST + 1
        self._frontier.add(request)
        entered = request.hop <= self._person.hops < before
        if entered and self._count(host(request.url)) > self._person.limits.pages_per_host:
            self._frontier.finish(known or request, "failed", "limit", None)

    def _count(self, name: str) -> int:
        self._hosts[name] = self._hosts.get(name, 0) + 1
        return self._hosts[name]


def _is_over(request: Request) -> bool:
    """Whether a cap keeps a request from being asked; what a budget kept is to be asked the next time in any case."""
    return request.state == "failed" and request.reason == "limit" and request.retry_at is None


def is_linked(request: Request) -> bool:
    """Whether a request is a page or a post that a link led to: what the cap per host is about."""
    return request.kind == "web_page" or bool(request.context.get("linked"))


def _slug(url: str, base: str) -> str:
    return url[len(base) :].split("/")[2].split("?")[0]
