"""The circuit breaker: who turns us away three times running is not asked again in this run."""

import threading

from pipeline.scrape.fetched import Fetched

IN_A_ROW = 3
MISSING_IN_A_ROW = 20  # a bucket's AccessDenied is about one picture; a long row of them is about us


class Breaker:
    """Counts refusals per host. Opens after three of 403, 429 or a bot check in a row; ends with the run."""

    def __init__(self) -> None:
        self._refused: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, host: str, found: Fetched) -> None:
        """Takes an answer into account; anything but a refusal closes the row."""
        with self._lock:
            if found.status == 403 and found.reason == "not_found":
                self._missing[host] = self._missing.get(host, 0) + 1
            elif found.status in (403, 429) or found.reason == "blocked":
                self._refused[host] = self._refused.get(host, 0) + 1
            elif found.status is not None:
                self._refused[host] = self._missing[host] = 0

    def is_open(self, host: str) -> bool:
        """Whether the host is no longer asked."""
        return self._refused.get(host, 0) >= IN_A_ROW or self._missing.get(host, 0) >= MISSING_IN_A_ROW
