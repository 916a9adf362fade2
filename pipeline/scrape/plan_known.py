"""What is known of a gathering before it happens, by host: what waits to be asked, and what will not be asked and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import DocumentRejected, StoreError
from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.scrape.answer import trains
from pipeline.scrape.client import MAX_ATTEMPTS, Client
from pipeline.scrape.follow_links import is_linked
from pipeline.scrape.frontier import LISTINGS, Request
from pipeline.scrape.pace import SUBSTACK
from pipeline.scrape.parse import parse
from pipeline.scrape.plan_sizes import Size, Sizes
from pipeline.scrape.records import FoundPicture
from pipeline.scrape.reservations import WELL_KNOWN
from pipeline.scrape.wanted_pictures import kept_pictures, wanted_pictures
from pipeline.store import Home

THREADS = 32
NO_HOST = "(no host)"
HELD = "select url, kind from pages where person = ? and current"
UNPARSED = """
    select g.* from pages g left join sources s using (person, source_id)
    where g.person = ? and g.current and g.opted_out is null and s.opted_out is null
        and g.page_id not in (select page_id from edges where person = ?)"""
SETTLED = "select image_url from images where outcome in ('kept', 'rejected')"
BROUGHT = "select image_url from imported_pictures where person = ?"


@dataclass
class HostKnown:
    """What is known of one host."""

    listings: int = 0
    documents: int = 0
    revalidations: int = 0  # documents that are held already: a conditional request, and hardly a byte
    own_pictures: int = 0  # of the person's own archives
    pictures: int = 0  # of documents crawled before
    rules: int = 0  # tries of a robots.txt that cannot be had, and a tdmrep.json where something comes that will train
    trains: bool = False
    linked: int = 0  # pages and posts that links led to so far, asked or not
    archives: list[int] = field(default_factory=list)  # offsets at which archives go on
    recommendations: list[int] = field(default_factory=list)  # pages at which recommendations go on
    activity: list[int] = field(default_factory=list)  # pages at which activity goes on
    bytes: float = 0.0
    sizes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """Listings and documents."""
        return self.listings + self.documents + self.revalidations

    @property
    def total(self) -> int:
        """All requests that are known."""
        return self.asked + self.own_pictures + self.pictures + self.rules

    def weigh(self, size: Size) -> None:
        """Adds an answer."""
        self.bytes += size.bytes
        self.sizes[size.source] += 1


@dataclass
class Known:
    """Everything that is known. `leads`: something waits whose links will be followed. `held`: documents of today."""

    hosts: defaultdict[str, HostKnown] = field(default_factory=lambda: defaultdict(HostKnown))
    leads: bool = False
    held: int = 0


@dataclass(frozen=True)
class _Wanted:
    """One picture that will be asked for."""

    url: str
    hop: int
    own: bool
    picture: FoundPicture | None = None


def what_is_known(home: Home, person: Person, client: Client, requests: Iterable[Request]) -> Known:
    """Counts the requests of the frontier and the pictures of what is held. Asks each host for its robots.txt."""
    known, sizes, requests = Known(), Sizes(home, person.person), list(requests)
    pictures = list(_pictures(home, person))
    waiting = [request for request in requests if _is_asked(request)]
    asked = [(request.url, trains(request)) for request in waiting] + [(wanted.url, wanted.hop != 0) for wanted in pictures]
    with ThreadPoolExecutor(THREADS) as pool:  # a dead host takes half a minute to say nothing
        forbidden = list(pool.map(lambda ask: client.forbidden(*ask), asked))
    held = {row["url"] for row in home.warehouse.rows(HELD, person.person) if row["kind"] not in LISTINGS}
    known.held = len(held)
    for request in requests:
        _note(known.hosts[host(request.url) or NO_HOST], request)
    for request, reason in zip(waiting, forbidden[: len(waiting)], strict=True):
        tally = known.hosts[host(request.url) or NO_HOST]
        if _refused(tally, reason):
            continue
        known.leads |= request.hop < person.hops
        tally.trains |= trains(request)
        _wait(tally, request, request.document_url in held, sizes)
    for wanted, reason in zip(pictures, forbidden[len(waiting) :], strict=True):
        _picture(known.hosts[host(wanted.url) or NO_HOST], wanted, reason, sizes)
    for name, tally in known.hosts.items():
        tally.rules = _rules(name, tally, client)
    _cap_pictures(known, person.limits.pictures_per_host, kept_pictures(home, person))
    return known


def _is_asked(request: Request) -> bool:
    """Whether a request will be sent: what a listing told whole needs no request of its own."""
    return request.state == "waiting" and "paid" not in request.context and "pin" not in request.context


def _note(tally: HostKnown, request: Request) -> None:
    tally.linked += is_linked(request)
    if request.state == "failed":
        tally.refused[request.reason] += 1
    elif "paid" in request.context:
        tally.refused["paid"] += 1


def _refused(tally: HostKnown, reason: str) -> bool:
    tally.refused[reason] += bool(reason)
    return bool(reason)


def _wait(tally: HostKnown, request: Request, held: bool, sizes: Sizes) -> None:
    if request.kind == "substack_archive":
        tally.archives.append(int(request.context["offset"]))
    elif request.kind == "substack_recommendations":
        tally.recommendations.append(int(request.context.get("page", 0)))
    elif request.kind == "substack_activity":
        tally.activity.append(int(request.context["page"]))
    if held and request.kind not in LISTINGS:
        tally.revalidations += 1
        return
    tally.listings += request.kind in LISTINGS
    tally.documents += request.kind not in LISTINGS
    tally.weigh(sizes.document(host(request.url), request.kind, request.context.get("words")))


def _picture(tally: HostKnown, wanted: _Wanted, reason: str, sizes: Sizes) -> None:
    if _refused(tally, reason):
        return
    tally.trains |= wanted.hop != 0
    tally.own_pictures += wanted.own
    tally.pictures += not wanted.own
    stated = (wanted.picture.bytes, wanted.picture.width, wanted.picture.height) if wanted.picture else (None, None, None)
    tally.weigh(sizes.picture(host(wanted.url), wanted.url, *stated))


def _rules(name: str, tally: HostKnown, client: Client) -> int:
    """A robots.txt that could not be had is asked again by whoever wants something behind it, as often as now; a tdmrep.json
    once something came."""
    rules = client.robots.held(f"https://{name}")
    if rules is None:
        return 0
    if rules.closed and rules.fault is None and tally.refused["robots_unreachable"]:
        return MAX_ATTEMPTS if rules.status is not None else 2
    is_asked = tally.trains and rules.tdmrep is None and client.pace.owner_of(name) != SUBSTACK
    return int(is_asked and rules.allows(f"https://{name}{WELL_KNOWN}"))


def _cap_pictures(known: Known, most: int, kept: Counter[str]) -> None:
    for name, tally in known.hosts.items():
        over = max(0, tally.pictures - max(0, most - kept[name]))
        tally.pictures -= over
        tally.refused["limit"] += over


def _pictures(home: Home, person: Person) -> Iterator[_Wanted]:
    """Pictures that will be asked for: of pages parsed before, as the tables tell, and of those not parsed yet."""
    seen = {row["image_url"] for row in home.warehouse.rows(SETTLED) + home.warehouse.rows(BROUGHT, person.person)}
    for row in wanted_pictures(home, person).ask:
        if row["image_url"] not in seen:
            seen.add(row["image_url"])
            yield _Wanted(row["image_url"], row["hop"], row["own"])
    for page in home.warehouse.rows(UNPARSED, person.person, person.person):
        for picture in _shown(home, page, person.limits.pictures_per_document):
            if picture.image_url not in seen:
                seen.add(picture.image_url)
                yield _Wanted(picture.image_url, page["hop"], page["via"] != "crawl", picture)


def _shown(home: Home, page: dict[str, Any], most: int) -> tuple[FoundPicture, ...]:
    try:
        found = parse(page["kind"], page["url"], home.blobs.get(page["sha256"])).pictures
    except (DocumentRejected, StoreError):
        return ()  # the asset `artefacts` counts and names it
    return found if page["via"] != "crawl" else found[:most]
