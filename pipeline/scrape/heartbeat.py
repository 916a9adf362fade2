"""How far long work is, said in the log: done, to do, rate, time left."""

import logging
import time
from collections.abc import Callable

EVERY_S = 15.0  # each line is a row in Dagster's event log, and a gathering may last for days
log = logging.getLogger(__name__)


class Heartbeat:
    """Says how far the work is, now and then. `what` names it, as in "pictures of ada"."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._begun = self._said = clock()

    def beat(self, done: int, left: int) -> None:
        """Notes how much is done, and how much more is known to be done; says so if the last time is long enough ago."""
        now = self._clock()
        if now - self._said < EVERY_S:
            return
        self._said = now
        rate = done / (now - self._begun)
        wait = f", {_spelled(left / rate)} to go" if rate else ""
        log.info("%s: %s of %s known so far, %.1f a second%s", self._what, f"{done:,}", f"{done + left:,}", rate, wait)


def _spelled(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
