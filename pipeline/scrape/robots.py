"""robots.txt as RFC 9309 wants it: 4xx allows all, 5xx and silence forbid all, rules are at most a day old. Beside it tdmrep.json."""

import datetime as dt
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from protego import Protego

from pipeline.errors import DocumentRejected
from pipeline.scrape.agents import AI_AGENTS, TOKEN
from pipeline.scrape.decode import decode
from pipeline.scrape.fetched import ROBOTS_BYTES, Fetched, charset
from pipeline.scrape.journal import Journal
from pipeline.scrape.outcomes import Outcome, Reason
from pipeline.scrape.reservations import WELL_KNOWN, cut_reservations, reserves
from pipeline.store import Home

MAX_AGE = dt.timedelta(hours=24)
DIRECTIVE = re.compile(r"\s*[a-z -]{4,20}\s*:", re.IGNORECASE)
VERSION = re.compile(r"(\s*user.?agent\s*:[^/]*)/.*", re.IGNORECASE)  # `Rhizome/0.1` means us too; protego compares it whole
SIGNAL = re.compile(r"^\s*content-signal\s*:.*\bai-train\s*=\s*no\b", re.IGNORECASE | re.MULTILINE)  # contentsignals.org; in any group
OF_THE_HOST: frozenset[Reason] = frozenset({"unresolvable", "not_public", "bad_certificate", "bad_tls"})


@dataclass(frozen=True)
class Rules:
    """What one origin allows. `status` is null where nothing answered.

    `fault`: why nothing of the host can be asked, where that shows already. `tdmrep`: its reservations, None while not asked.
    """

    status: int | None
    body: str
    fetched_at: dt.datetime
    fault: tuple[Outcome, Reason] | None = None
    tdmrep: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parsed", Protego.parse(self.body if self.readable else ""))

    @property
    def readable(self) -> bool:
        """Whether there are rules at all."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def closed(self) -> bool:
        """Whether an error closes the whole origin (RFC 9309, 2.3.1.4)."""
        return self.status is None or self.status >= 500

    @property
    def lacks_reservations(self) -> bool:
        """Whether the origin may yet be asked for its tdmrep.json."""
        return self.tdmrep is None and not self.closed

    def allows(self, url: str) -> bool:
        """Whether we may ask for an address of this origin."""
        return not self.closed and bool(self._protego.can_fetch(url, TOKEN))

    def verdict(self, url: str, trains: bool) -> tuple[Outcome, Reason]:
        """Why an address of this origin may not be asked; no reason where it may. `trains`: what comes is to be trained on."""
        if self.closed:
            return self.fault or ("refused", "robots_unreachable")
        if trains and self.opts_out(url):
            return "refused", "opted_out"
        return "refused", "" if self.allows(url) else "robots"

    def crawl_delay(self) -> float | None:
        """Seconds between requests that the origin wants of us."""
        delay = self._protego.crawl_delay(TOKEN)
        return float(delay) if delay is not None and math.isfinite(delay) and delay > 0 else None

    def opts_out(self, url: str) -> bool:
        """Whether agents that gather for training are shut out where we are not, or training is refused or reserved:
        the publisher's word on training."""
        return (self.allows(url) and self._shuts_out(url)) or self.reserves(url)

    def forbids_training(self, url: str) -> bool:
        """`opts_out`, or shut out together with us: of what came in another way than by asking."""
        return self._shuts_out(url) or self.reserves(url)

    def _shuts_out(self, url: str) -> bool:
        return self.readable and not all(self._protego.can_fetch(url, agent) for agent in AI_AGENTS)

    def reserves(self, url: str) -> bool:
        """Whether training is refused or reserved, for whoever it may be."""
        return self._signalled or (self.tdmrep is not None and reserves(self.tdmrep, url))

    @cached_property
    def _signalled(self) -> bool:
        return self.readable and SIGNAL.search(self.body) is not None

    @property
    def _protego(self) -> Any:  # noqa: ANN401 - protego has no types
        return self._parsed  # type: ignore[attr-defined]


class Robots:
    """Rules by origin, from memory, from the warehouse, else by `fetch`, once however many threads ask."""

    def __init__(
        self,
        home: Home,
        fetch: Callable[[str], Fetched],
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        journal: Journal | None = None,
    ) -> None:
        self._fetch, self._now, self._journal = fetch, now, journal
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._fresh: dict[str, dict[str, Any]] = {}
        held = home.warehouse.rows("select * from robots where fetched_at > ?", now() - MAX_AGE)
        self._rules = {row["origin"]: Rules(row["status"], row["body"], row["fetched_at"], tdmrep=row["tdmrep"]) for row in held}

    def rules(self, origin: str, reservations: bool = False) -> Rules:
        """The rules of an origin such as https://example.com; the first request to any host is this one's.

        `reservations`: its tdmrep.json is asked for too, where robots.txt allows that.
        """
        known = self._rules.get(origin)
        if known is not None and self._is_fresh(known) and not (reservations and known.lacks_reservations):
            return known
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            if origin not in self._rules or not self._is_fresh(self._rules[origin]):
                self._keep(origin, self._ask(origin))
            if reservations and self._rules[origin].lacks_reservations:
                self._keep(origin, replace(self._rules[origin], tdmrep=self._ask_reservations(origin)))
            return self._rules[origin]

    def _is_fresh(self, rules: Rules) -> bool:
        return rules.fetched_at >= self._now() - MAX_AGE

    def held(self, origin: str) -> Rules | None:
        """The rules of an origin where they are known; nothing is asked."""
        return self._rules.get(origin)

    def drain(self) -> list[dict[str, Any]]:
        """Rows for the table `robots` that came since the last call. Errors are not kept: the next run asks again."""
        with self._lock:
            fresh, self._fresh = list(self._fresh.values()), {}
        return fresh

    def _keep(self, origin: str, rules: Rules) -> None:
        self._rules[origin] = rules
        if rules.closed:
            return
        row = {"origin": origin, "status": rules.status, "body": rules.body, "fetched_at": rules.fetched_at, "tdmrep": rules.tdmrep}
        if self._journal is not None:
            self._journal.note("robots", row)
        with self._lock:
            self._fresh[origin] = row

    def _ask(self, origin: str) -> Rules:
        found = self._fetch(f"{origin}/robots.txt")
        fault = (found.outcome, found.reason) if found.reason in OF_THE_HOST else None
        return Rules(_status(found), _body(found) if found.outcome == "kept" else "", self._now(), fault)

    def _ask_reservations(self, origin: str) -> str:
        url = f"{origin}{WELL_KNOWN}"
        found = self._fetch(url) if self._rules[origin].allows(url) else None
        return cut_reservations(found.content.decode("utf-8", "replace")) if found is not None and found.outcome == "kept" else ""


def _status(found: Fetched) -> int | None:
    """The status that decides: too many redirects count as 4xx (RFC 9309, 2.3.1.2), whatever did not come whole as silence."""
    if found.reason in ("too_many_redirects", "redirect_loop", "bad_redirect"):
        return 404
    if found.outcome == "kept" or (found.status is not None and found.status in range(200, 300) and found.reason == "http_error"):
        return found.status  # 204 and its like: there are no rules
    return found.status if found.status is not None and found.status >= 400 and found.reason not in ("rate_limited", "blocked") else None


def _body(found: Fetched) -> str:
    """The lines that may be rules: comments, and the page that some sites answer instead, may hold somebody's address.

    A line cut off at the cap would be another rule.
    """
    content = found.content
    if len(content) >= ROBOTS_BYTES:
        content = content[:ROBOTS_BYTES].rpartition(b"\n")[0]
    try:
        lines = [line.partition("#")[0] for line in decode(content, charset(found.headers)).splitlines()]
    except DocumentRejected:
        return ""  # a picture, or whatever else is served at any address
    return "\n".join(VERSION.sub(r"\1", line) for line in lines if DIRECTIVE.match(line))
