"""robots.txt as RFC 9309 wants it: 4xx allows all, 5xx and silence forbid all, rules are at most a day old."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protego import Protego

from pipeline.scrape.fetched import ROBOTS_BYTES, Fetched
from pipeline.scrape.journal import Journal
from pipeline.store import Home

TOKEN = "rhizome"  # noqa: S105 - the product token that robots.txt may name
AI_AGENTS = ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended")
MAX_AGE = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Rules:
    """What one origin allows. `status` is null where nothing answered."""

    status: int | None
    body: str
    fetched_at: dt.datetime

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

    def allows(self, url: str) -> bool:
        """Whether we may ask for an address of this origin."""
        return not self.closed and bool(self._protego.can_fetch(url, TOKEN))

    def crawl_delay(self) -> float | None:
        """Seconds between requests that the origin wants of us."""
        delay = self._protego.crawl_delay(TOKEN)
        return float(delay) if delay else None

    def opts_out(self, url: str) -> bool:
        """Whether agents that gather for training are shut out where we are not: the publisher's word on training."""
        return self.allows(url) and not all(self._protego.can_fetch(url, agent) for agent in AI_AGENTS)

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
        self._fresh: list[dict[str, Any]] = []
        held = home.warehouse.rows("select * from robots where fetched_at > ?", now() - MAX_AGE)
        self._rules = {row["origin"]: Rules(row["status"], row["body"], row["fetched_at"]) for row in held}

    def rules(self, origin: str) -> Rules:
        """The rules of an origin such as https://example.com; the first request to any host is this one's."""
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            if origin not in self._rules or self._rules[origin].fetched_at < self._now() - MAX_AGE:
                self._rules[origin] = self._ask(origin)
            return self._rules[origin]

    def drain(self) -> list[dict[str, Any]]:
        """Rows for the table `robots` that came since the last call. Errors are not kept: the next run asks again."""
        with self._lock:
            fresh, self._fresh = self._fresh, []
        return fresh

    def _ask(self, origin: str) -> Rules:
        found = self._fetch(f"{origin}/robots.txt")
        body = found.content[:ROBOTS_BYTES].decode("utf-8-sig", "replace").replace("\x00", "") if found.outcome == "kept" else ""
        rules = Rules(_status(found), body, self._now())
        if not rules.closed:
            row = {"origin": origin, "status": rules.status, "body": rules.body, "fetched_at": rules.fetched_at}
            if self._journal is not None:
                self._journal.note("robots", row)
            with self._lock:
                self._fresh.append(row)
        return rules


def _status(found: Fetched) -> int | None:
    """The status that decides: too many redirects count as 4xx (RFC 9309, 2.3.1.2), whatever did not come whole as silence."""
    if found.outcome == "kept":
        return found.status
    if found.reason in ("too_many_redirects", "redirect_loop", "bad_redirect"):
        return 404
    return found.status if found.status is not None and found.status >= 400 and found.reason != "rate_limited" else None
