"""Consent while a gathering goes on, which may last for days: it may run out, and the person may take it back."""

import datetime as dt
import time
from collections.abc import Callable

from pipeline.people import Person, load_person

EVERY_S = 2.0


def _utc() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


class ConsentWatch:
    """Reads the person file again, every other second at most. `today`: the day on which the gathering began."""

    def __init__(
        self, person: Person, today: dt.date, date: Callable[[], dt.date] = _utc, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.person, self._today = person, today
        self._date, self._begun = date, date()
        self._clock, self._checked = clock, clock()

    def check(self) -> None:
        """Raises ConsentError once consent is withdrawn or past its date, SettingsError where the file can no longer be read."""
        if self._clock() - self._checked >= EVERY_S:
            self._checked = self._clock()
            load_person(self.person.path).require_consent(self._today + (self._date() - self._begun))
