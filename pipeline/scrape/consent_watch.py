"""Consent while a gathering goes on, which may last for days: it may run out, and the person may take it back."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from pipeline.people import Person, load_person
from pipeline.store import Home

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


def record_consent(home: Home, person: Person) -> None:
    """Notes on whose word this gathering rests, once per version of the person file."""
    row: dict[str, Any] = {"person": person.person, "file_sha256": person.file_sha256, "granted_by": person.consent.granted_by}
    row |= {"granted_on": person.consent.date, "expires_on": person.consent.expires, "scope": person.consent.scope}
    with home.warehouse.transaction() as t:
        known = t.query("select 1 from consents where person = ? and file_sha256 = ?", person.person, person.file_sha256)
        if not known.num_rows:
            t.append("consents", [row | {"recorded_at": dt.datetime.now(dt.UTC)}])
