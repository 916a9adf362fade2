"""The polite client: every request of ours goes through `Client.get`, which never raises for what the web does."""

import datetime as dt
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from itertools import count
from typing import Any

import numpy as np

from pipeline.errors import AddressError, SettingsError
from pipeline.identifiers import id_of
from pipeline.people import Person
from pipeline.scrape.addresses import redirect_target
from pipeline.scrape.body import Patience
from pipeline.scrape.breaker import Breaker
from pipeline.scrape.budget import Budget
from pipeline.scrape.fetched import DOCUMENT_BYTES, REDIRECTS, Ask, Fetched, http_date, retry_after
from pipeline.scrape.guard import Guard
from pipeline.scrape.journal import Journal
from pipeline.scrape.masked import is_masked
from pipeline.scrape.masks import mask_url
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.pace import SUBSTACK, Pace, Stopped
from pipeline.scrape.robots import Robots
from pipeline.scrape.wire import CAPS, Wire
from pipeline.store import Home

MAX_REDIRECTS = 5
MAX_ATTEMPTS = 3
MAX_WAIT_S = 30.0  # a longer Retry-After is left to the next run
TRIES = {"server_error": MAX_ATTEMPTS, "rate_limited": MAX_ATTEMPTS, "blocked": 1}  # a bot check is no better the second time
MOST_PER_SECOND = 2.0  # of one owner on the real internet; a simulated world on this machine may be asked faster
Known = Callable[[str], bool]


class Client:
    """Asks politely for one person in one run: guard, robots, pace, retries, circuit breaker, and a row for every attempt."""

    def __init__(
        self,
        home: Home,
        person: Person,
        run_id: str,
        guard: Guard,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        journal: Journal | None = None,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        """`journal` is told of every attempt at once; `authorities`: who is trusted to vouch for certificates, if not the usual.

        Raises SettingsError where the person file wants more requests per second than the real internet is asked.
        """
        _check_pace(person, guard)
        agent = f"Rhizome/{version('rhizome')} (+{person.contact})"
        self.pace = Pace(home.pace, person.limits.requests_per_second)
        self._patience, self._guard, self._wire = patience, guard, Wire(guard, agent, patience, authorities, self.pace.stopped)
        self._breaker = Breaker()
        self._person, self._run_id = person.person, run_id
        self._budget = Budget(home, person, run_id)
        self._lock = threading.Lock()
        self._jitter = np.random.default_rng()  # not the same in every process, or they would all come back at once
        self._attempts: list[dict[str, Any]] = []
        self._journal = journal
        self._count = count(1)
        self.robots = Robots(home, lambda url: self.get(Ask(url, "robots")), journal=journal)

    def get(self, ask: Ask, known: Known = lambda _: False) -> Fetched:
        """Fetches one address, following up to five redirects of which each is checked like the first. Raises Stopped.

        `known` says of a redirect's target whether the caller holds it already; then it is not asked (`moved_to_known`). Targets
        are asked as they were written, with whatever token they carry, and told of masked.
        """
        found = self._followed(ask, known)
        masked = mask_url(found.url)
        return found if masked == found.url else replace(found, url=masked)

    def _followed(self, ask: Ask, known: Known) -> Fetched:
        seen: set[str] = set()
        for _ in range(MAX_REDIRECTS + 1):
            seen.add(ask.url)
            found = self._refusal(ask) or self._attempt(ask)
            if found.status not in REDIRECTS:
                return self._unless_reserved(ask, found)
            target = redirect_target(ask.url, found.headers.get("location", ""))
            if target in seen:
                return replace(found, outcome="rejected", reason="redirect_loop" if found.headers.get("location") else "bad_redirect")
            if mask_url(target) == target and known(target):  # what had to be masked is nobody's name
                return replace(found, url=target, outcome="unchanged", reason="moved_to_known")
            ask = replace(ask, url=target, etag=None, last_modified=None)
            if not self.may_repeat(target):
                return self.refuse(ask, Fetched(target, "stopped", "limit"))
        return replace(found, outcome="rejected", reason="too_many_redirects")

    def may_repeat(self, url: str) -> bool:
        """Whether this address's host may be asked for something that was asked already, here or by way of a redirect."""
        return self._budget.repeat(_host(url))

    @property
    def is_spent(self) -> bool:
        """Whether the run's or the day's allowance is at its end, so that no document can be asked for."""
        return not self._budget.has(DOCUMENT_BYTES)

    def forbidden(self, url: str, trains: bool) -> Reason:
        """Why an address will not be asked, empty where it will be: its own spelling, or its origin's robots.txt, which is asked for."""
        try:
            address = self._guard.check(url)
        except AddressError as error:
            return error.reason  # type: ignore[return-value]
        if is_masked(url):
            return "masked"
        return self.robots.rules(f"{address.scheme}://{address.host}").verdict(url, trains)[1]

    def drain(self) -> list[dict[str, Any]]:
        """Rows for the table `fetches` since the last call."""
        with self._lock:
            rows, self._attempts = self._attempts, []
        return rows

    def refuse(self, ask: Ask, found: Fetched) -> Fetched:
        """Notes that an address was not asked, and why."""
        return self._note(ask, found, dt.datetime.now(dt.UTC))

    def _refusal(self, ask: Ask) -> Fetched | None:
        try:
            address = self._guard.check(ask.url)
        except AddressError as error:
            return self.refuse(ask, Fetched(ask.url, "refused", error.reason))  # type: ignore[arg-type]
        if is_masked(ask.url):
            return self.refuse(ask, Fetched(ask.url, "refused", "masked"))
        if not self._budget.has(CAPS[ask.want]):
            return self.refuse(ask, Fetched(ask.url, "stopped", "limit"))
        if held := self._held_back(ask, address.host):
            return self.refuse(ask, held)
        return None if ask.want == "robots" else self._closed(ask, f"{address.scheme}://{address.host}", address.host)

    def _closed(self, ask: Ask, origin: str, host: str) -> Fetched | None:
        rules = self.robots.rules(origin)
        if delay := rules.crawl_delay():
            self.pace.slow_down(host, delay)
        if rules.closed and not self._budget.has(CAPS[ask.want]):
            return self.refuse(ask, Fetched(ask.url, "stopped", "limit"))  # robots.txt itself could not be asked for
        outcome, reason = rules.verdict(ask.url, ask.trains)
        return self.refuse(ask, Fetched(ask.url, outcome, reason)) if reason else None

    def opts_out(self, url: str) -> bool:
        """Whether the host of what is held closes it to training now."""
        try:
            address = self._guard.check(url)
        except AddressError:
            return False
        reservations = self.pace.owner_of(address.host) != SUBSTACK
        return self.robots.rules(f"{address.scheme}://{address.host}", reservations=reservations).opts_out(url)

    def _unless_reserved(self, ask: Ask, found: Fetched) -> Fetched:
        """tdmrep.json's word on what came. It is asked once a host has something, or every dead link would cost one request more.

        Not of Substack, where publications have a switch of their own and no such file.
        """
        if found.outcome not in ("kept", "unchanged") or not ask.trains:
            return found
        address = self._guard.check(ask.url)
        if self.pace.owner_of(address.host) == SUBSTACK:
            return found
        rules = self.robots.rules(f"{address.scheme}://{address.host}", reservations=True)
        return self.refuse(ask, Fetched(ask.url, "refused", "opted_out")) if rules.reserves(ask.url) else found

    def _attempt(self, ask: Ask) -> Fetched:
        """Up to three tries; the last one's result."""
        host = self._guard.check(ask.url).host
        for attempt in range(1, MAX_ATTEMPTS + 1):
            found = self._once(ask, host)
            if found.outcome != "retry_later":
                return found
            wait = self._wait(found, attempt)
            if wait > MAX_WAIT_S:
                self.pace.rest(host, wait)
            if attempt >= TRIES.get(found.reason, 2) or wait > MAX_WAIT_S or self._breaker.is_open(host) or not self.may_repeat(ask.url):
                return replace(found, wait=wait)
            self.pace.pause(host, wait)
        return found

    def _once(self, ask: Ask, host: str) -> Fetched:
        if not self._budget.take(CAPS[ask.want]):
            return self.refuse(ask, Fetched(ask.url, "stopped", "limit"))
        with self.pace.turn(host, picture=ask.want == "image"):
            started = dt.datetime.now(dt.UTC)
            held = self._held_back(ask, host)  # what others were told while this one waited for its turn
            found = held or self._wire.send(ask)
        if found.reason == "too_slow" and self.pace.stopped.is_set():
            raise Stopped  # cut off by us, which says nothing of the server
        self._budget.give_back(CAPS[ask.want] - len(found.content))
        if held is not None:
            return self.refuse(ask, found)
        if "x-sub" in found.headers or "substack" in found.headers.get("x-served-by", "").lower():
            self.pace.learn_substack(host)
        self._breaker.note(host, found, content=ask.want != "robots")
        return self._note(ask, found, started)

    def _held_back(self, ask: Ask, host: str) -> Fetched | None:
        """Why a host is left alone for now, as far as it said so itself."""
        if self._breaker.is_open(host):
            return Fetched(ask.url, "stopped", "circuit_open")
        wait = self.pace.resting(host)
        return Fetched(ask.url, "stopped", "rate_limited", wait=wait) if wait else None

    def _wait(self, found: Fetched, attempt: int) -> float:
        """Seconds until the next try: what the server asked for, else a minute after a 429, else exponential backoff; with jitter."""
        now = http_date(found.headers.get("date")) or dt.datetime.now(dt.UTC)
        told = retry_after(found.headers.get("retry-after"), now)
        if told is not None:
            return told
        with self._lock:
            chance = float(self._jitter.random())
        if found.status == 429:
            return self._patience.limited * (1 + chance / 2)
        return self._patience.backoff * 2.0 ** (attempt - 1) * (0.5 + chance)

    def _note(self, ask: Ask, found: Fetched, started: dt.datetime) -> Fetched:
        url = mask_url(ask.url)
        row = {
            "person": self._person,
            "fetch_id": id_of(self._person, self._run_id, next(self._count), url),
            "url": url,
            "host": _host(ask.url),
            "source_id": ask.source_id,
            "hop": ask.hop,
            "started_at": started,
            "status": found.status,
            "bytes": len(found.content),
            "outcome": found.outcome,
            "reason": found.reason,
            "run_id": self._run_id,
        }
        if self._journal is not None:
            self._journal.note("fetches", row)
        with self._lock:
            self._attempts.append(row)
        return found


def _check_pace(person: Person, guard: Guard) -> None:
    asked = person.limits.requests_per_second
    if guard.seam is None and asked > MOST_PER_SECOND:
        raise SettingsError(
            f"{person.path}: `requests_per_second: {asked:g}` would be asked of the real internet; at most {MOST_PER_SECOND:g} per second "
            f"of one owner are allowed there. Write `requests_per_second: 0.5` under `limits:` (or up to {MOST_PER_SECOND:g}), or leave "
            f"the line out."
        )


def _host(url: str) -> str:
    return url.split("/")[2].lower() if url.count("/") >= 2 else ""
