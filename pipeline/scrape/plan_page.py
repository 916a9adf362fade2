"""The crawl plan as a page for people: every host by its name. It stands in a file, where forgetting reaches it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.scrape.plan_view import last_plan
from pipeline.store import Home, write_atomically
from pipeline.untrusted import shown

TEMPLATES = Path(__file__).with_name("templates")
HOST, NOTE = 160, 300  # characters of what strangers wrote


def write_plan_page(home: Home, person: str) -> Path:
    """Writes `reports/<person>/plan.html` and returns where."""
    view = last_plan(home, person)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    rows = [row | {"host": shown(row["host"], HOST), "opted_out": shown(row["opted_out"] or "", NOTE)} for row in view.rows]
    not_asked = [{"n": row.n, "words": row.words, "hosts": shown(row.hosts, NOTE)} for row in view.not_asked]
    page = environment.get_template("plan.html").render(person=person, summary=view.summary, rows=rows, not_asked=not_asked)
    path = home.reports / person / "plan.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page.encode("utf-8", "replace"))
    return path
