"""What failed, and which of it may be asked for again: never what we ourselves decided not to ask."""

from collections import Counter
from collections.abc import Collection

from pipeline.errors import SettingsError
from pipeline.scrape.outcomes import OURS, REASONS
from pipeline.store import Home

DOCUMENTS = "select reason, count(*) as n from frontier where person = ? and state = 'failed' group by reason"
PICTURES = """
    select reason, count(*) as n from images where outcome <> 'kept' and image_url in (select image_url from pictures where person = ?)
    group by reason"""
RETRIED = REASONS - OURS


def failures(home: Home, person: str) -> Counter[str]:
    """How many documents and pictures of a person failed, by reason."""
    found: Counter[str] = Counter()
    for sql in (DOCUMENTS, PICTURES):
        found.update({row["reason"]: row["n"] for row in home.warehouse.rows(sql, person)})
    return found


def check_reasons(reasons: Collection[str]) -> frozenset[str]:
    """The reasons to ask again for; all that may be where none is named. Raises SettingsError for one that may not be, or is none."""
    for reason in sorted(set(reasons) - RETRIED):
        what = "is our own decision, which asking again would not change" if reason in OURS else "is no reason"
        raise SettingsError(f"{reason!r} {what}; needed: one of {', '.join(sorted(RETRIED))}.")
    return frozenset(reasons) or RETRIED


def count_matching(home: Home, person: str, reasons: Collection[str]) -> int:
    """How many failures a retry would ask again. Raises SettingsError where there is none, and says what there is."""
    found = failures(home, person)
    matching = sum(n for reason, n in found.items() if reason in reasons)
    if not matching:
        there = ", ".join(f"{reason}: {n}" for reason, n in found.most_common() if reason in RETRIED) or "nothing that may be asked again"
        raise SettingsError(f"nothing of {person!r} failed for {', '.join(sorted(reasons))}; what failed: {there}.")
    return matching
