"""The command `rhizome`: what the UI's buttons do, through Dagster, so that history and lineage are one."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import RhizomeError
from pipeline.people import find_person
from pipeline.settings import read_settings

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

PAGES = {"report": "report.html", "duplicates": "duplicates.html", "ledger": "sources.html", "plan": "plan.html"}  # in reports/<person>/
CONSOLE = {"loggers": {"console": {"config": {"log_level": "INFO"}}}}  # Dagster's own bookkeeping is DEBUG
QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
app = typer.Typer(help="Learns how one person connects words and pictures.", no_args_is_help=True, pretty_exceptions_enable=False)
ROOT = Path(__file__).resolve().parent.parent


class Job(StrEnum):
    """The jobs, as the UI names them."""

    everything = "everything"
    refresh = "refresh"
    retrain = "retrain"


class Page(StrEnum):
    """The pages of a person: whether it learned anything; what counts as the same; what every source gave; what gathering would cost."""

    report = "report"
    duplicates = "duplicates"
    ledger = "ledger"
    plan = "plan"


@app.command()
def run(
    person: Annotated[str, typer.Argument(help="The name of a person file, without .yaml.")],
    job: Annotated[Job, typer.Option(help="refresh gathers, dedupes and pairs; retrain embeds, trains and evaluates.")] = Job.everything,
) -> None:
    """Materializes a job for one person, adding their partition where it is new."""
    _execute(person, job, None, CONSOLE)
    _tell_where_things_are(person)


@app.command()
def plan(person: Annotated[str, typer.Argument(help="The name of a person file, without .yaml.")]) -> None:
    """Says what gathering would cost, by host, and what will not be asked and why. Reads robots.txt and first listings only."""
    from rich.console import Console

    from assets.plan_print import print_plan
    from pipeline.scrape.plan_view import last_plan
    from pipeline.store import Home

    _execute(person, Job.refresh, ["crawl_plan"], QUIET)
    print_plan(last_plan(Home(read_settings().home), person), person, Console(markup=False, emoji=False, highlight=False))


@app.command()
def retry(
    person: Annotated[str, typer.Argument(help="The name of a person file, without .yaml.")],
    reason: Annotated[list[str] | None, typer.Option(help="Only what failed for this reason; may be given more than once.")] = None,
) -> None:
    """Asks again for the documents and pictures that failed, and for nothing else; then finds duplicates, pairs and splits anew."""
    from pipeline.scrape.retry import check_reasons, count_matching
    from pipeline.store import Home

    find_person(read_settings().people, person)
    reasons = sorted(check_reasons(reason or []))
    typer.echo(f"asking again for {count_matching(Home(read_settings().home), person, reasons)} that failed")
    ops = {asset: {"config": {"retry": reasons}} for asset in ("pages", "images")}
    _execute(person, Job.refresh, ["pages", "artefacts", "images", "duplicates", "pairs", "splits"], CONSOLE | {"ops": ops})
    _tell_where_things_are(person)


def _execute(person: str, job: Job, assets: list[str] | None, run_config: dict[str, Any]) -> None:
    from dagster import AssetKey

    from assets.definitions import defs
    from assets.instance import open_instance
    from assets.partitions import people

    settings = read_settings()
    find_person(settings.people, person)
    with open_instance(settings.home) as instance:
        instance.add_dynamic_partitions(people.name or "", [person])
        result = defs.resolve_job_def(job.value).execute_in_process(
            run_config=run_config,
            instance=instance,
            partition_key=person,
            raise_on_error=False,
            asset_selection=[AssetKey(name) for name in assets] if assets else None,
        )
        checks = [check for check in result.get_asset_check_evaluations() if not check.passed and check.description]
    if not result.success:
        raise RhizomeError("\n".join([*_what_failed(result), *(f"{check.check_name}: {check.description}" for check in checks)]))


def _what_failed(result: "ExecuteInProcessResult") -> list[str]:
    """The failed steps, each with the innermost reason it gave."""
    told = ["the run failed; more stands in the UI (`make ui`)."]
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        error = data.error
        while error is not None and error.cause is not None:
            error = error.cause
        reason = data.user_failure_data.description if data.user_failure_data else (error.message if error else None)
        told.append(f"{event.step_key}: {(reason or 'no reason given').strip()}")
    return told


@app.command()
def ui(port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 3000) -> None:
    """Opens the Dagster UI on 127.0.0.1 (it has no login: keep it there), over the same RHIZOME_HOME."""
    from assets.instance import dagster_home

    settings = read_settings()
    os.environ |= {"RHIZOME_HOME": str(settings.home), "RHIZOME_PEOPLE": str(settings.people)}  # absolute, before the folder changes
    os.environ["DAGSTER_HOME"] = str(dagster_home(settings.home))
    os.chdir(ROOT)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606


@app.command(name="open")
def open_page(
    person: Annotated[str, typer.Argument(help="The name of a person file, without .yaml.")],
    page: Annotated[
        Page, typer.Argument(help="The report, the duplicates to review, what every source gave, or the plan by host.")
    ] = Page.report,
) -> None:
    """Opens one of a person's pages in the browser and says where it stands; the UI's pages cannot link to a file."""
    import webbrowser

    settings = read_settings()
    find_person(settings.people, person)
    path = settings.home / "reports" / person / PAGES[page]
    if not path.exists():
        raise RhizomeError(f"there is no {path} yet; `rhizome run {person}` writes it.")
    typer.echo(path)
    webbrowser.open(path.as_uri())


@app.command()
def sql(query: Annotated[str, typer.Argument(help="A query on the snapshot that the last run published.")]) -> None:
    """Runs a query on the warehouse's snapshot and prints the rows."""
    import duckdb

    snapshot = read_settings().home / "warehouse.snapshot.duckdb"
    if not snapshot.exists():
        raise RhizomeError(f"there is no {snapshot} yet; `rhizome run PERSON` publishes one.")
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        try:
            connection.sql(query).show(max_rows=100)
        except duckdb.Error as error:
            raise RhizomeError(f'{error}\nThe tables are listed by: rhizome sql "show tables"') from error


@app.command()
def trace(model_id: Annotated[str, typer.Argument(help="A model, as the asset `adapter` and the report name it.")]) -> None:
    """Prints the pages that a model learned from, the heaviest first."""
    from pipeline.lineage.trace import trace as pages_of
    from pipeline.store import Home

    for page in pages_of(Home(read_settings().home), model_id):
        where = page.url or f"page {page.page_id} (no longer held)"
        typer.echo(f"hop {page.hop}  {page.pairs:4d} pairs  weight {page.weight:7.2f}  {page.kinds:24s}  {where}")


def _tell_where_things_are(person: str) -> None:
    home = read_settings().home
    typer.echo(f"\nreport     {home / 'reports' / person / 'report.html'} (rhizome open {person})")
    typer.echo(f'warehouse  {home / "warehouse.duckdb"} (read it with: rhizome sql "select ...")')
    typer.echo("UI         make ui, then open http://127.0.0.1:3000")


def main() -> None:
    """The entry point: our own errors are a message and exit status 1, not a traceback."""
    try:
        app()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except RhizomeError as error:
        typer.echo(f"rhizome: {error}", err=True)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # with torch loaded too, DuckDB 2.0 would print its own module's constants as leaks while Python tears down


if __name__ == "__main__":
    main()
