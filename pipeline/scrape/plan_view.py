"""The last plan of a person, as it is shown: hosts that will be asked, and what will not be asked with the reason in words."""

from dataclasses import dataclass
from typing import Any

from pipeline.scrape.outcomes import IN_WORDS
from pipeline.scrape.plan_total import ELSEWHERE
from pipeline.store import Home

ROWS = """
    select * exclude (person) from plans where person = $1 and (known > 0 or (host = $2 and at_most > 0))
    order by host = $2, known desc, at_most desc, host"""
NOT_ASKED = """
    select reason, sum(n)::int as n, count(*)::int as hosts, list(host order by n desc, host)[:3] as first from plan_skips
    where person = ? group by reason order by n desc, reason"""


@dataclass(frozen=True)
class NotAsked:
    """What will not be asked for one reason: how many addresses, of which hosts."""

    reason: str
    n: int
    words: str
    hosts: str


@dataclass(frozen=True)
class PlanView:
    """The last plan: a summary, rows of the table `plans` (hosts that nobody named yet last), and what will not be asked."""

    summary: str
    rows: list[dict[str, Any]]
    not_asked: list[NotAsked]


def last_plan(home: Home, person: str) -> PlanView:
    """The last plan of a person; an empty one where none was made."""
    told = home.warehouse.rows("select summary from plan_totals where person = ?", person)
    refused = [NotAsked(row["reason"], row["n"], IN_WORDS[row["reason"]], _named(row)) for row in home.warehouse.rows(NOT_ASKED, person)]
    return PlanView(told[0]["summary"] if told else "", home.warehouse.rows(ROWS, person, ELSEWHERE), refused)


def _named(row: dict[str, Any]) -> str:
    more = row["hosts"] - len(row["first"])
    return ", ".join(row["first"]) + (f" and {more} more" if more else "")
