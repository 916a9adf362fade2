"""Gathering: what would be fetched, the documents, what they say, and the pictures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets import show
from assets.materialize import Metadata, Work, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.scrape.images import fetch_images
from pipeline.scrape.ledger_page import LEDGER, write_ledger_page
from pipeline.scrape.parse import VERSION
from pipeline.scrape.plan import make_plan
from pipeline.scrape.plan_page import write_plan_page
from pipeline.scrape.plan_view import last_plan
from pipeline.scrape.retry import check_reasons
from pipeline.store import Home


class Again(dg.Config):
    """Ask again only for what failed, by reason (`timeout`, `server_error`, ...); everything that is due where it is left out."""

    retry: list[str] | None = None

    def reasons(self) -> frozenset[str] | None:
        """The reasons, checked; an empty list stands for all that may be asked again."""
        return None if self.retry is None else check_reasons(self.retry)


@person_asset("scrape", kinds={"python"}, code_version="2")
def crawl_plan(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """What gathering would cost, before it happens: hosts, requests, minutes at the configured pace, megabytes, robots
    verdicts, opt-outs, and what will not be fetched and why. Reads robots.txt, profiles and first listings only, and says
    "at most" where those cannot tell."""

    def compute(work: Work) -> None:
        with workplace.internet(work.person) as connect_to:
            make_plan(work.home, work.person, connect_to=connect_to, run_id=work.run_id, today=_today())

    return materialize(context, workplace, compute=compute, show=_show_plan, inputs=(), always=True)


def _show_plan(home: Home, person: str) -> Metadata:
    """Sums; the hosts, which are strangers', stand in a page of their own."""
    view = last_plan(home, person)
    not_asked = [{"addresses": row.n, "why": row.words} for row in view.not_asked]
    return {
        "dagster/row_count": len(view.rows),
        "summary": view.summary,
        "plan": show.rows(PLANNED, [_planned(view.rows)]),
        "plan by host": dg.MetadataValue.path(str(write_plan_page(home, person))),
        "not asked": show.rows(("addresses", "why"), not_asked),
    }


def _planned(rows: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The sum over hosts in few columns; the table `plans` holds them all."""
    names = {"known": "known", "documents": "documents", "held": "revalidations", "pictures": "pictures"}
    sums = {name: sum(row[column] for row in rows) for name, column in names.items()}
    return {"hosts": len(rows), **sums, "MB": round(sum(row["megabytes"] for row in rows), 1)}


@person_asset("scrape", kinds={"duckdb"}, code_version="1", deps=[crawl_plan])
def pages(context: dg.AssetExecutionContext, workplace: Workplace, config: Again) -> dg.MaterializeResult[None]:
    """The documents, imported from the person's own archives and crawled where that is allowed, redacted before they touch
    the disk. Asks again every time, with conditional requests; continues where a killed run stopped. The ledger says for
    every source what it reported, what was fetched, and what was skipped for which reason."""

    def compute(work: Work) -> None:
        with workplace.internet(work.person) as connect_to:
            gather(work.home, work.person, connect_to=connect_to, run_id=work.run_id, today=_today(), retry=retry)

    retry = config.reasons()
    return materialize(context, workplace, compute=compute, show=_show_pages, inputs=(), always=True)


def _show_pages(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, "select count(*) from pages where person = ? and current", person),
        "ledger by name": dg.MetadataValue.path(str(write_ledger_page(home, person))),
        "ledger": show.table(home, UNNAMED_LEDGER, person, person),
        "attempts of the last run": show.table(home, ATTEMPTS, person, person),
    }


@person_asset("scrape", kinds={"duckdb"}, code_version=str(VERSION), deps=[pages])
def artefacts(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """What the documents say: passages in reading order, places where pictures stand, and the links between them. Parsed
    from the stored pages, so parsing again never fetches again."""

    def compute(work: Work) -> None:
        parse_pages(work.home, work.person)

    return materialize(context, workplace, compute=compute, show=_show_artefacts, inputs=("pages",), config={"parsers": VERSION})


def _show_artefacts(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, "select count(*) from artefacts where person = ?", person),
        "by hop": show.table(home, "select hop, modality, count(*) as n from artefacts where person = ? group by all order by all", person),
        "edges": show.table(home, "select kind, count(*) as n from edges where person = ? group by all order by all", person),
    }


@person_asset("scrape", kinds={"duckdb"}, code_version="2", deps=[artefacts])
def images(context: dg.AssetExecutionContext, workplace: Workplace, config: Again) -> dg.MaterializeResult[None]:
    """The pictures' bytes, fetched once per address, decoded to the end before they are kept, measured, hashed, and stripped
    of metadata. A picture that cannot be kept is a row with its reason."""

    def compute(work: Work) -> None:
        with workplace.internet(work.person) as connect_to:
            fetch_images(work.home, work.person, connect_to=connect_to, run_id=work.run_id, today=_today(), retry=retry)

    retry = config.reasons()
    return materialize(context, workplace, compute=compute, show=_show_images, inputs=("artefacts",), always=True)


def _show_images(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, f"select count(*) from ({OF_PERSON}) where outcome = 'kept'", person),
        "outcomes": show.table(home, OUTCOMES, person),
        "formats": show.table(home, FORMATS, person),
    }


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


PLANNED = ("hosts", "known", "documents", "held", "pictures", "MB")
OF_PERSON = "select distinct i.* from images i join pictures p using (image_url) where p.person = ?"
OUTCOMES = f"select outcome, reason, count(*) as n from ({OF_PERSON}) group by all order by n desc, outcome, reason"
FORMATS = f"""
    select format, count(*) as n, median(width)::int as width, median(height)::int as height
    from ({OF_PERSON}) where outcome = 'kept' group by all order by n desc, format"""
UNNAMED_LEDGER = f"""
    select hop, platform, kind, reported, fetched, skipped, reasons, opted_out, source_id from ({LEDGER})
    order by hop, reported desc, source_id"""
ATTEMPTS = """
    select outcome, reason, count(*) as n, sum(bytes)::bigint as bytes from fetches
    where person = ? and run_id = (select max_by(run_id, started_at) from fetches where person = ?)
    group by all order by n desc, outcome, reason"""
