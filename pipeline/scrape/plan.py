"""What gathering would cost, before it happens: by host, how many requests, how long, how much, and what will not be asked."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.scrape.client import Client
from pipeline.scrape.crawl import Crawl, record_consent
from pipeline.scrape.frontier import Request
from pipeline.scrape.guard import Guard
from pipeline.scrape.journal import Journal
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD
from pipeline.store import Home

KILOBYTES = {"substack_post": 44, "web_page": 60}  # a post's JSON is about 44 KB (SURFACES A.1)
OTHER_KILOBYTES = 30


@dataclass(frozen=True)
class PlanRow:
    """One host: requests that are known now, the most that could become of them, and what stands against it."""

    host: str
    known: int
    at_most: int
    minutes: float
    megabytes: float
    robots: str
    opted_out: str
    not_fetched: str


@dataclass
class _Host:
    known: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    open_ended: int = 0


def make_plan(home: Home, person: Person, *, connect_to: str | None, run_id: str, today: dt.date) -> list[PlanRow]:
    """The plan by host, without pictures and further links, also written to the table `plans`.

    Reads robots.txt, profiles, recommendations, settings and first listings only; what it reads is kept.
    Raises ConsentError where nobody agreed.
    """
    person.require_consent(today)
    record_consent(home, person)
    journal = Journal(home, person.person, "pages")
    client = Client(home, person, run_id, Guard(connect_to), journal=journal)
    crawl = Crawl(home, person, client, run_id, journal)
    crawl.survey()
    hosts = _tally(crawl, person)
    rows = [_row(name, tally, client, person) for name, tally in sorted(hosts.items())]
    with home.warehouse.transaction() as t:
        t.replace("plans", [{"person": person.person} | asdict(row) for row in rows], person=person.person)
    crawl.close()
    return rows


def _tally(crawl: Crawl, person: Person) -> dict[str, _Host]:
    hosts: defaultdict[str, _Host] = defaultdict(_Host)
    for request in crawl.requests():
        tally = hosts[host(request.url) or "(no host)"]
        if request.state == "failed":
            tally.refused[request.reason] += 1
        elif "paid" in request.context:
            tally.refused["paid"] += 1
        elif request.state == "waiting":
            tally.known[request.kind] += 1
            tally.open_ended += _more(request, person)
    return hosts


def _more(request: Request, person: Person) -> int:
    """How many requests could follow from a page of an archive: its posts, up to the cap."""
    return person.limits.posts_per_source - int(request.context["offset"]) if request.kind == "substack_archive" else 0


def _row(name: str, tally: _Host, client: Client, person: Person) -> PlanRow:
    known = sum(tally.known.values())
    at_most = known + tally.open_ended
    rules = client.rules_for(f"https://{name}/") if known else None
    interval = max(1 / person.limits.requests_per_second, min(rules.crawl_delay() or 0.0, 60.0) if rules else 0.0)
    kilobytes = sum(n * KILOBYTES.get(kind, OTHER_KILOBYTES) for kind, n in tally.known.items())
    verdict = (
        "not asked"
        if rules is None
        else "unreachable: closed"
        if rules.closed
        else "open"
        if rules.allows(f"https://{name}/")
        else "closed"
    )
    return PlanRow(
        host=name,
        known=known,
        at_most=at_most,
        minutes=round(at_most * interval / 60, 2),
        megabytes=round(kilobytes / 1000, 2),
        robots=verdict,
        opted_out="AI crawlers closed" if rules is not None and rules.opts_out(f"https://{name}/") else "",
        not_fetched=", ".join(f"{reason}: {n}" for reason, n in tally.refused.most_common())
        + (f". {IMPORT_INSTEAD}" if name == host(CENTRE) and tally.refused["robots"] else ""),
    )
