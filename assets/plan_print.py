"""A crawl plan on a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.scrape.plan_view import PlanView

MOST_ROWS = 30
SUMMED = ("documents", "revalidations", "pictures", "known")  # the sum of minutes says nothing: owners are asked side by side
NARROW = 100  # columns of text; below it what is least needed is left out


def print_plan(view: PlanView, person: str, console: Console) -> None:
    """Prints the summary, a row per host, what will not be asked and why, and what to do next, within the terminal's width."""
    console.print()
    if view.rows:
        console.print(_hosts(view, wide=console.width >= NARROW))
    if view.not_asked:
        console.print(_not_asked(view))
    console.print()
    console.print(view.summary, style="bold")
    console.print(_next(person), soft_wrap=True)


def _hosts(view: PlanView, wide: bool) -> Table:
    table = Table(title="What is known, by host, and the most it could become", title_justify="left", box=None, pad_edge=False)
    table.add_column("host", overflow="fold")
    numbers = ["documents", "held", "pictures", "known", "at most", "minutes", "MB"] if wide else ["known", "at most", "min", "MB"]
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("robots.txt", overflow="fold")
    for row in _shortened(view.rows):
        counts = [row["documents"], row["revalidations"], row["pictures"]] if wide else []
        cells = [f"{n:,}" if n else "" for n in [*counts, row["known"], row["at_most"]]]
        delay = f", {row['crawl_delay']:g} s apart" if row["crawl_delay"] else ""
        table.add_row(row["host"], *cells, f"{row['minutes']:.1f}", f"{row['megabytes']:.1f}", row["robots"] + delay)
    sums = [sum(row[name] for row in view.rows) for name in (SUMMED if wide else SUMMED[-1:])]
    table.add_section()
    megabytes = sum(row["megabytes"] for row in view.rows)
    table.add_row("in all", *(f"{n:,}" if n else "" for n in sums), "", "", f"{megabytes:.1f}", "", style="bold")
    return table


def _shortened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first rows and the last; those between in one."""
    over = rows[MOST_ROWS - 1 : -1]
    if not over:
        return rows
    numbers = ("documents", "revalidations", "pictures", "known", "at_most", "minutes", "megabytes")
    between = {name: sum(row[name] for row in over) for name in numbers}
    return [*rows[: MOST_ROWS - 1], between | {"host": f"({len(over)} hosts more)", "robots": "", "crawl_delay": 0}, rows[-1]]


def _not_asked(view: PlanView) -> Table:
    table = Table(title="\nWhat will not be asked now, and why", title_justify="left", box=None, pad_edge=False)
    table.add_column("n", justify="right")
    table.add_column("why", overflow="fold")
    table.add_column("where", overflow="fold")
    for row in view.not_asked:
        table.add_row(f"{row.n:,}", row.words, row.hosts)
    return table


def _next(person: str) -> str:
    return (
        f"\nTo gather it: rhizome run {person} --job refresh. To ask for less, or for more: `limits:` in the person file."
        f"\nAll of the plan: rhizome sql \"select * from plans where person = '{person}'\""
    )
