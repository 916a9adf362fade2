"""A plan's rows, their sum, and the sentence that says it: what is known, how long it takes, the most it could become."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.people import Limits

ELSEWHERE = "(hosts found on the way)"


@dataclass(frozen=True)
class PlanRow:
    """One host: the requests that are known now, the most that could become of them, and what stands against it.

    `known` = `documents` (posts, pages, listings) + `revalidations` (documents that are held, asked conditionally) +
    `pictures` + requests for the host's rules. `minutes` are those of the known requests at the configured pace,
    which all hosts of an `owner` share; `megabytes` are estimates, unpacked, resting on what `sizes` names.
    """

    host: str
    owner: str
    known: int
    documents: int
    revalidations: int
    pictures: int
    at_most: int
    documents_at_most: int
    pictures_at_most: int
    minutes: float
    minutes_at_most: float
    megabytes: float
    megabytes_at_most: float
    sizes: str
    crawl_delay: float
    robots: str
    opted_out: str
    not_fetched: str


@dataclass(frozen=True)
class PlanTotal:
    """The sum of a plan. `minutes`: the documents of the slowest owner, then the pictures of the slowest owner."""

    known: int
    documents: int
    revalidations: int
    pictures: int
    rules: int  # requests for robots.txt and tdmrep.json
    held: int  # documents
    at_most: int
    minutes: float
    minutes_at_most: float
    megabytes: float
    megabytes_at_most: float
    slowest: tuple[str, str]  # the owner whose documents, and the owner whose pictures, take longest
    seconds_apart: float
    requests_per_run: int

    @property
    def summary(self) -> str:
        """The plan in three sentences."""
        held = f"{self.held:,} documents are held." if self.held else ""
        return " ".join(part for part in (held, self._known(), self._time(), self._most()) if part)

    def _known(self) -> str:
        if not self.known:
            return "Nothing waits to be asked."
        parts = {
            "documents": self.documents,
            "pictures": self.pictures,
            "documents that are held and only asked whether they changed": self.revalidations,
            "requests for robots.txt and tdmrep.json": self.rules,
        }
        what = ", ".join(f"{n:,} {name}" for name, n in parts.items() if n)
        return f"{self.known:,} requests are known ({what}), about {self.megabytes:,.0f} MB."

    def _time(self) -> str:
        if not self.known:
            return ""
        owners = " and ".join(f"{what} of {owner}" for what, owner in zip(("documents", "pictures"), self.slowest, strict=True) if owner)
        runs = -(-self.known // self.requests_per_run)
        more = f" A run ends after {self.requests_per_run:,} requests, so it takes {runs} runs." if runs > 1 else ""
        return f"At one request in {self.seconds_apart:.3g} s per owner they take about {spell(self.minutes)} (longest: {owners}).{more}"

    def _most(self) -> str:
        if self.at_most <= self.known:
            return ""
        most = f"at most {self.at_most:,} requests, {spell(self.minutes_at_most)} and {self.megabytes_at_most:,.0f} MB in one run"
        return f"What is found on the way may bring more: {most}."


def total_of(rows: Iterable[PlanRow], limits: Limits, intervals: Mapping[str, float], held: int, most: int) -> PlanTotal:
    """The sum over hosts.

    `intervals`: seconds between two requests of an owner, where it is not the configured pace. `held`: documents. `most`: the
    most requests of one run.
    """
    rows, apart = list(rows), 1 / limits.requests_per_second
    at_most = min(most, sum(row.at_most for row in rows))
    pace = _Waits(rows, intervals, apart)
    waits = [pace.longest(lambda row: row.known - row.pictures), pace.longest(lambda row: row.pictures)]
    return PlanTotal(
        known=sum(row.known for row in rows),
        documents=sum(row.documents for row in rows),
        revalidations=sum(row.revalidations for row in rows),
        pictures=sum(row.pictures for row in rows),
        rules=sum(row.known - row.documents - row.revalidations - row.pictures for row in rows),
        held=held,
        at_most=at_most,
        minutes=sum(minutes for _, minutes in waits),
        minutes_at_most=pace.at_most(at_most),
        megabytes=sum(row.megabytes for row in rows),
        megabytes_at_most=min(limits.megabytes_per_run, sum(row.megabytes_at_most for row in rows)),
        slowest=(waits[0][0], waits[1][0]),
        seconds_apart=apart,
        requests_per_run=limits.requests_per_run,
    )


def spell(minutes: float) -> str:
    """A length of time as a person would say it."""
    if minutes < 1.5:
        return f"{max(1, round(minutes * 60))} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


class _Waits:
    """How long owners keep us waiting: they are asked side by side, the requests of one owner one by one."""

    def __init__(self, rows: list[PlanRow], intervals: Mapping[str, float], apart: float) -> None:
        self._rows, self._intervals, self._usual = rows, intervals, apart

    def longest(self, requests: Callable[[PlanRow], int]) -> tuple[str, float]:
        """(owner, minutes) of whoever's requests take longest."""
        waits = {owner: n * self._apart(owner) / 60 for owner, n in self._sums(requests).items() if n}
        owner = max(waits, key=lambda name: waits[name], default="")
        return owner, waits.get(owner, 0.0)

    def at_most(self, requests: int) -> float:
        """The minutes of so many requests at worst: one after another, those of the slowest owners first."""
        owners, minutes = self._sums(lambda row: row.at_most), 0.0
        for owner in sorted(owners, key=self._apart, reverse=True):
            asked = min(owners[owner], requests)
            minutes += asked * self._apart(owner) / 60
            requests -= asked
        return minutes

    def _sums(self, requests: Callable[[PlanRow], int]) -> Counter[str]:
        owners = Counter[str]()
        for row in self._rows:
            owners[row.owner] += requests(row)
        return owners

    def _apart(self, owner: str) -> float:
        return self._intervals.get(owner, self._usual)
