"""What a run may still ask for: requests and bytes in all, today's requests, and what comes on top at one host. Safe for many threads."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable

from pipeline.people import Person
from pipeline.store import Home

SPENT = """
    select count(*) as requests, coalesce(sum(bytes), 0)::bigint as bytes from fetches
    where person = ? and run_id = ? and outcome not in ('refused', 'stopped')"""
TODAY = "select count(*) as requests from fetches where person = ? and started_at >= ? and outcome not in ('refused', 'stopped')"
Now = Callable[[], dt.datetime]


def _utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Budget:
    """One run's allowance, over all its steps: what the run's earlier steps asked is counted, and of the day what any run asked.

    A day is a UTC day; a run that goes on past midnight has the new day's requests.
    A request is paid for before it is sent, with the most bytes that its answer may have; what did not come is paid back.
    """

    def __init__(self, home: Home, person: Person, run_id: str, now: Now = _utc) -> None:
        (spent,) = home.warehouse.rows(SPENT, person.person, run_id)
        self._requests = person.limits.requests_per_run - int(spent["requests"])
        self._bytes = person.limits.megabytes_per_run * 1_000_000 - int(spent["bytes"])
        self._repeats, self._repeated = person.limits.repeats_per_host, Counter[str]()
        self._now, self._day, self._per_day = now, now().date(), person.limits.requests_per_day
        midnight = dt.datetime.combine(self._day, dt.time(), dt.UTC)
        self._today = self._per_day - int(home.warehouse.rows(TODAY, person.person, midnight)[0]["requests"])
        self._lock = threading.Lock()

    def has(self, most_bytes: int) -> bool:
        """Whether one more request may be sent."""
        with self._lock:
            return self._has(most_bytes)

    def take(self, most_bytes: int) -> bool:
        """Pays for one request, where there is enough left."""
        with self._lock:
            if not self._has(most_bytes):
                return False
            self._requests, self._today = self._requests - 1, self._today - 1
            self._bytes -= most_bytes
            return True

    def give_back(self, unused_bytes: int) -> None:
        """Takes back what an answer did not need."""
        with self._lock:
            self._bytes += unused_bytes

    def _has(self, most_bytes: int) -> bool:
        if self._now().date() > self._day:
            self._day, self._today = self._now().date(), self._per_day
        return min(self._requests, self._today) > 0 and self._bytes >= most_bytes

    def repeat(self, host: str) -> bool:
        """Whether this host may be asked once more for what it, or whoever redirects to it, was asked already; counts it."""
        with self._lock:
            self._repeated[host] += 1
            return self._repeated[host] <= self._repeats
