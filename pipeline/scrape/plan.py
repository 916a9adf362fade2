"""What gathering would cost, before it happens: by host, how many requests, how long, how much, and what will not be asked."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.scrape.client import Client
from pipeline.scrape.consent_watch import record_consent
from pipeline.scrape.crawl import Crawl
from pipeline.scrape.fetched import DOCUMENT_BYTES, IMAGE_BYTES
from pipeline.scrape.guard import Guard
from pipeline.scrape.journal import Journal
from pipeline.scrape.pace import MAX_CRAWL_DELAY_S, SLACK
from pipeline.scrape.pinterest import CENTRE
from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD
from pipeline.scrape.plan_bounds import AtMost, Bounds
from pipeline.scrape.plan_known import HostKnown, Known, what_is_known
from pipeline.scrape.plan_total import ELSEWHERE, PlanRow, total_of
from pipeline.scrape.robots import Rules
from pipeline.store import Home

SAID = "select url, opted_out from sources where person = ? and opted_out is not null order by url"


@dataclass(frozen=True)
class Plan:
    """The rows by host (the most requests first, hosts that nobody named yet last), and the whole in a sentence."""

    rows: list[PlanRow]
    summary: str


def make_plan(home: Home, person: Person, *, connect_to: str | None, run_id: str, today: dt.date) -> Plan:
    """The plan, also written to the tables `plans`, `plan_skips` and `plan_totals`.

    Reads robots.txt, profiles, recommendations, settings and first listings only; what it reads is kept, and the gathering of
    the same run asks none of it again. Raises ConsentError where nobody agreed.
    """
    person.require_consent(today)
    record_consent(home, person)
    journal = Journal(home, person.person, "pages")
    client = Client(home, person, run_id, Guard(connect_to), journal=journal)
    crawl = Crawl(home, person, client, run_id, journal)
    left_out = crawl.survey().skipped
    known = what_is_known(home, person, client, crawl.requests())
    _add_left_out(home, person.person, known.hosts, left_out)
    plan = _Planner(home, person, client).plan(known, Bounds(known, person.limits))
    _write(home, person.person, plan, known.hosts)
    crawl.leave()
    return plan


def _add_left_out(home: Home, person: str, hosts: Mapping[str, HostKnown], left_out: Mapping[str, Counter[str]]) -> None:
    """What the archives hold and nobody will be asked for: drafts, private pins, pins that are gone."""
    urls = {row["source_id"]: row["url"] for row in home.warehouse.rows("select source_id, url from sources where person = ?", person)}
    for source_id, reasons in left_out.items():
        hosts[host(urls[source_id])].refused.update({reason: n for reason, n in reasons.items() if n})


class _Planner:
    """Turns what is known of hosts into rows."""

    def __init__(self, home: Home, person: Person, client: Client) -> None:
        self._person, self._client = person, client
        self._said: defaultdict[str, set[str]] = defaultdict(set)
        for row in home.warehouse.rows(SAID, person.person):
            self._said[host(row["url"])].add(row["opted_out"])
        self._intervals: dict[str, float] = {}

    def plan(self, known: Known, bounds: Bounds) -> Plan:
        """All rows and their sum."""
        for name in known.hosts:
            owner = self._client.pace.owner_of(name)
            self._intervals[owner] = max(self._interval(owner), min(self._delay(name), MAX_CRAWL_DELAY_S))
        rows = [self._row(name, tally, bounds.of(tally)) for name, tally in known.hosts.items()]
        rows.sort(key=lambda row: (-row.known, -row.at_most, row.host))
        rows.append(self._row(ELSEWHERE, HostKnown(), bounds.elsewhere()))
        return Plan(rows, total_of(rows, self._person.limits, self._intervals, known.held, bounds.total()).summary)

    def _row(self, name: str, known: HostKnown, most: AtMost) -> PlanRow:
        owner = self._client.pace.owner_of(name) if name != ELSEWHERE else ""
        minutes = self._interval(owner) / 60
        allowed = self._person.limits.megabytes_per_run
        megabytes = min(allowed, (most.documents * DOCUMENT_BYTES + most.pictures * IMAGE_BYTES) / 1e6)
        return PlanRow(
            host=name,
            owner=owner,
            known=known.total,
            documents=known.listings + known.documents,
            revalidations=known.revalidations,
            pictures=known.own_pictures + known.pictures,
            at_most=most.requests,
            documents_at_most=most.documents,
            pictures_at_most=most.pictures,
            minutes=round(known.total * minutes, 2),
            minutes_at_most=round(most.requests * minutes, 2),
            megabytes=round(known.bytes / 1e6, 2),
            megabytes_at_most=round(megabytes, 2),
            sizes=", ".join(f"{n} {source}" for source, n in known.sizes.most_common()),
            crawl_delay=self._delay(name),
            robots=self._verdict(name, known),
            opted_out=self._opted_out(name),
            not_fetched=", ".join(f"{reason}: {n}" for reason, n in known.refused.most_common() if n)
            + (f". {IMPORT_INSTEAD}" if name == host(CENTRE) and known.refused["robots"] else ""),
        )

    def _interval(self, owner: str) -> float:
        """Seconds from one request of an owner to the next."""
        return self._intervals.get(owner, SLACK / self._person.limits.requests_per_second)

    def _delay(self, name: str) -> float:
        rules = self._rules(name)
        return (rules.crawl_delay() or 0.0) if rules is not None else 0.0

    def _rules(self, name: str) -> Rules | None:
        return self._client.robots.held(f"https://{name}")

    def _verdict(self, name: str, known: HostKnown) -> str:
        rules = self._rules(name)
        if rules is None:
            return "not asked"
        if rules.closed:
            return "unreachable: closed"
        if not rules.allows(f"https://{name}/"):
            return "closed"
        return f"open but for {known.refused['robots']}" if known.refused["robots"] else "open"

    def _opted_out(self, name: str) -> str:
        rules = self._rules(name)
        said = sorted(self._said[name])
        closed = rules is not None and not rules.closed and rules.opts_out(f"https://{name}/")
        return ", ".join(said) or ("AI crawlers closed" if closed else "")


def _write(home: Home, person: str, plan: Plan, hosts: Mapping[str, HostKnown]) -> None:
    skips = [
        {"host": name, "reason": reason, "n": n}
        for name, known in sorted(hosts.items())
        for reason, n in sorted(known.refused.items())
        if n
    ]
    total = {"person": person, "made_at": dt.datetime.now(dt.UTC), "summary": plan.summary}
    with home.warehouse.transaction() as t:
        t.replace("plans", [{"person": person} | asdict(row) for row in plan.rows], person=person)
        t.replace("plan_skips", [{"person": person} | row for row in skips], person=person)
        t.replace("plan_totals", [total], person=person)
