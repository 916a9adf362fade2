"""The completeness ledger as a page for people: every source by its name. It stands in a file, where forgetting reaches it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.scrape.outcomes import IN_WORDS
from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD
from pipeline.store import Home, write_atomically
from pipeline.untrusted import shown

LEDGER = """
    select s.source_id, coalesce(nullif(s.title, ''), s.url) as source, s.url, s.platform, s.kind, s.hop, s.reported, s.fetched,
           coalesce(k.skipped, 0) as skipped, coalesce(k.reasons, '') as reasons, coalesce(s.opted_out, '') as opted_out,
           coalesce(s.remarks, '') as remarks
    from sources s left join (
        select source_id, sum(n)::int as skipped, string_agg(reason || ': ' || n, ', ' order by n desc, reason) as reasons
        from skips where person = ? group by source_id) k using (source_id)
    where s.person = ? order by s.hop, s.reported desc, s.source_id"""
SKIPS = "select source_id, reason, sum(n)::int as n from skips where person = ? group by all order by n desc, reason"
REMARKS = "select archive, remark, n from import_remarks where person = ? order by archive, n desc, remark"
PARTS = {0: "The person's own", 1: "One link away", 2: "Two links away"}
TEMPLATES = Path(__file__).with_name("templates")
TITLE, ADDRESS = 160, 200  # characters of what strangers wrote


@dataclass(frozen=True)
class Skipped:
    """One reason with how often it applied."""

    name: str
    n: int

    @property
    def words(self) -> str:
        """The reason as a person would say it."""
        return IN_WORDS[self.name]  # type: ignore[index]


@dataclass(frozen=True)
class Line:
    """One source: reported = fetched + skipped. What strangers wrote is trimmed; the template escapes it."""

    title: str
    url: str
    kind: str
    hop: int
    reported: int
    fetched: int
    reasons: tuple[Skipped, ...]
    opted_out: str
    remarks: str
    pinterest: bool

    @property
    def skipped(self) -> int:
        """Items that did not come."""
        return sum(reason.n for reason in self.reasons)


@dataclass(frozen=True)
class Total:
    """The sum of lines."""

    reported: int
    fetched: int
    skipped: int
    reasons: tuple[Skipped, ...]


@dataclass(frozen=True)
class Part:
    """The sources of one distance: those from which something came, the largest first, and the others."""

    name: str
    sources: int
    total: Total
    came: list[Line]
    nothing: list[Line]


def write_ledger_page(home: Home, person: str) -> Path:
    """Writes `reports/<person>/sources.html` and returns where."""
    lines = _lines(home, person)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    closed = any(line.pinterest and any(reason.name == "robots" for reason in line.reasons) for line in lines)
    page = environment.get_template("sources.html").render(
        person=person,
        total=_total(lines),
        parts=[_part(hop, lines) for hop in sorted({line.hop for line in lines})],
        remarks=[row | {name: shown(row[name], TITLE) for name in ("archive", "remark")} for row in home.warehouse.rows(REMARKS, person)],
        advice=IMPORT_INSTEAD if closed else "",
    )
    path = home.reports / person / "sources.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page.encode("utf-8", "replace"))
    return path


def _lines(home: Home, person: str) -> list[Line]:
    reasons: dict[str, list[Skipped]] = {}
    for row in home.warehouse.rows(SKIPS, person):
        reasons.setdefault(row["source_id"], []).append(Skipped(row["reason"], row["n"]))
    return [_line(row, tuple(reasons.get(row["source_id"], ()))) for row in home.warehouse.rows(LEDGER, person, person)]


def _line(row: dict[str, Any], reasons: tuple[Skipped, ...]) -> Line:
    title, url = shown(row["source"] or "", TITLE), shown(row["url"] or "", ADDRESS).removeprefix("https://")
    return Line(
        title=title,
        url="" if title in (url, f"https://{url}") else url,
        kind=f"{row['platform'] or ''} {row['kind'] or ''}".strip(),
        hop=row["hop"] or 0,
        reported=row["reported"] or 0,
        fetched=row["fetched"] or 0,
        reasons=reasons,
        opted_out=shown(row["opted_out"], TITLE),
        remarks=shown(row["remarks"], ADDRESS),
        pinterest=row["platform"] == "pinterest",
    )


def _part(hop: int, lines: Iterable[Line]) -> Part:
    here = [line for line in lines if line.hop == hop]
    came, nothing = [line for line in here if line.fetched], [line for line in here if not line.fetched]
    return Part(PARTS.get(hop, f"{hop} links away"), len(here), _total(here), came, nothing)


def _total(lines: Iterable[Line]) -> Total:
    lines, reasons = list(lines), Counter[str]()
    for line in lines:
        reasons.update({reason.name: reason.n for reason in line.reasons})
    told = tuple(Skipped(name, n) for name, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return Total(sum(line.reported for line in lines), sum(line.fetched for line in lines), sum(reasons.values()), told)
