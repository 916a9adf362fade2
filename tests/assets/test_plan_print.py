"""A plan on a terminal: within its width, whole in its sums, and as text."""

import io

import pytest
from rich.console import Console

from assets.plan_print import print_plan
from pipeline.scrape.plan_view import NotAsked, PlanView

ROW = {"documents": 2, "revalidations": 1, "pictures": 4, "known": 7, "at_most": 70, "minutes": 0.25, "megabytes": 1.5, "robots": "open"}
LAST = ROW | {
    "megabytes": 0,
    "host": "(hosts found on the way)",
    "known": 0,
    "documents": 0,
    "revalidations": 0,
    "pictures": 0,
    "crawl_delay": 0,
}


def printed(rows, width=120, not_asked=()):
    stream = io.StringIO()
    console = Console(file=stream, width=width, markup=False, emoji=False, highlight=False)
    print_plan(PlanView("7 requests are known.", rows, list(not_asked)), "ada", console)
    return stream.getvalue()


def row(host, **more):
    return ROW | {"host": host, "crawl_delay": 0} | more


def test_a_host_stands_with_its_figures_and_the_sum_below():
    lines = printed([row("a.example", crawl_delay=5), row("b.example"), LAST]).splitlines()
    assert next(line for line in lines if line.startswith("a.example")).split()[1:] == [
        "2",
        "1",
        "4",
        "7",
        "70",
        "0.2",
        "1.5",
        "open,",
        "5",
        "s",
        "apart",
    ]
    assert next(line for line in lines if line.startswith("in all")).split()[2:] == ["4", "2", "8", "14", "3.0"]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_tables_keep_within_the_width(width):
    host = "a-rather-long-name-of-a-publication.substack.com"
    told = printed([row(host), LAST], width, [NotAsked("paid", 3, "somebody else's paid post: metadata only", host)])
    tables, _, _ = told.partition("7 requests are known.")
    assert max(map(len, tables.splitlines())) <= width
    assert host in tables or width < 100


def test_many_hosts_end_in_a_line_that_sums_up_the_rest():
    told = printed([*(row(f"h{n}.example") for n in range(100)), LAST])
    assert "(71 hosts more)" in told
    assert len([line for line in told.splitlines() if line.startswith("h")]) == 30  # with the heading
    assert "(hosts found on the way)" in told


def test_what_looks_like_markup_is_text():
    assert "[bold]x[/bold] [::1] :smile:" in printed([row("[bold]x[/bold] [::1] :smile:"), LAST])


def test_what_to_do_next_is_said_also_where_nothing_waits():
    told = printed([])
    assert "7 requests are known." in told
    assert "rhizome run ada --job refresh" in told
