"""The circuit breaker: who turns us away is not asked again in this run, by whatever way."""

import threading
from collections import Counter

from pipeline.scrape.fetched import Fetched
from pipeline.scrape.pace import owner_of

IN_A_ROW = 3
MISSING_IN_A_ROW = 20  # a bucket's AccessDenied is about one picture; a long row of them is about us


class Breaker:
    """Stops hosts and owners for the run.

    A 403 on content stops its host at once, and no other: of a platform it may be one publication's own word. Three refusals in
    a row (403, 429, bot check), whichever of an owner's hosts give them, are the platform's word about us, and stop the owner.
    The owner is the one that the name tells (pace.owner_of): any site may say that it is Substack's, so no custom domain speaks
    for Substack, nor Substack for it.
    """

    def __init__(self) -> None:
        self._forbidden: set[str] = set()
        self._refused, self._missing = Counter[str](), Counter[str]()
        self._lock = threading.Lock()

    def note(self, host: str, found: Fetched, content: bool = True) -> None:
        """Takes an answer into account; anything but a refusal closes the row. `content`: it was not about robots.txt."""
        owner = owner_of(host)
        with self._lock:
            if found.status == 403 and found.reason == "not_found":
                self._missing[host] += 1
            elif found.status == 403 and content:
                self._forbidden.add(host)
                self._refused[owner] += 1
            elif found.status == 429 or found.reason == "blocked":
                self._refused[owner] += 1
            elif found.status is not None and self._refused[owner] < IN_A_ROW:
                self._refused[owner] = self._missing[host] = 0

    def is_open(self, host: str) -> bool:
        """Whether the host is no longer asked."""
        turned_away = host in self._forbidden or self._refused[owner_of(host)] >= IN_A_ROW
        return turned_away or self._missing[host] >= MISSING_IN_A_ROW
