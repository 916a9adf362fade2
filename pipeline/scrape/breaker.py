"""The circuit breaker: who turns us away is not asked again in this run, by whatever way."""

import threading

from pipeline.scrape.fetched import Fetched

IN_A_ROW = 3
MISSING_IN_A_ROW = 20  # a bucket's AccessDenied is about one picture; a long row of them is about us


class Breaker:
    """Stops hosts for the run: at a 403 on content, and at the third 429 or bot check in a row."""

    def __init__(self) -> None:
        self._refused: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, host: str, found: Fetched, content: bool = True) -> None:
        """Takes an answer into account; anything but a refusal closes the row. `content`: it was not about robots.txt."""
        with self._lock:
            if found.status == 403 and found.reason == "not_found":
                self._missing[host] = self._missing.get(host, 0) + 1
            elif found.status == 403 and content:
                self._refused[host] = IN_A_ROW
            elif found.status == 429 or found.reason == "blocked":
                self._refused[host] = self._refused.get(host, 0) + 1
            elif found.status is not None and self._refused.get(host, 0) < IN_A_ROW:
                self._refused[host] = self._missing[host] = 0

    def is_open(self, host: str) -> bool:
        """Whether the host is no longer asked."""
        return self._refused.get(host, 0) >= IN_A_ROW or self._missing.get(host, 0) >= MISSING_IN_A_ROW
