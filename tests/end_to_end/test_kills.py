"""The real command, killed fifty times, comes to what an undisturbed run does, and has nothing sent again that was answered."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.identifiers import id_of
from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50
LONGEST_S = 9.0  # of a run that is killed by the clock: Python's own start, the plan, pages, pictures
MOST_OF_ONE = 6  # requests of one owner handed out at once (images.AHEAD)
TABLES = (
    "sources", "skips", "pages", "passages", "pictures", "parsings", "links", "edges", "images", "imported_pictures", "import_remarks",
    "frontier", "duplicates", "pairs", "groups", "splits",
)  # fmt: skip
# What may differ: authors, keyed by each home's own secret, and what hashes them; times and runs, validators,
# how often and in which order things were asked, and which way to a document was met first.
ASIDE = {
    "fetched_at",
    "run_id",
    "etag",
    "last_modified",
    "imported_at",
    "retry_at",
    "attempts",
    "order_key",
    "found_via",
    "context",
    "author_key",
    "inputs",
}
pytestmark = pytest.mark.slow


def start(home, people, origin):
    """The command as a person runs it, in a process of its own."""
    where = {"RHIZOME_HOME": str(home), "RHIZOME_PEOPLE": str(people), "RHIZOME_CONNECT_TO": origin}
    command = [sys.executable, "-m", "assets.command_line", "run", "maker", "--job", "refresh"]
    return subprocess.Popen(command, env=os.environ | where, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def sent(log, statuses=(200,)):
    """Rows of the server's log whose answer was a document or a picture, or of these statuses, in order."""
    rows = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")] if log.exists() else []
    return [row | {"url": f"https://{row['host']}{row['path']}"} for row in rows if row["status"] in statuses and not is_rules(row["path"])]


def is_rules(path):
    return path in ("/robots.txt", "/.well-known/tdmrep.json")


def acknowledged(home):
    """Addresses whose answer is in the warehouse or in a journal."""
    found = {row["image_url"] for row in home.warehouse.rows("select image_url from images")}
    for row in home.warehouse.rows("select request_id, url, document_url from frontier where state <> 'waiting'"):
        found |= {row["url"], row["document_url"]}
    for kind, row in noted(home):
        found |= {row["url"], row["final"]} if kind == "answers" else {row["image_url"]} if kind == "images" else set()
    return found


def noted(home):
    """(kind, row) of each line of the journals."""
    lines = (line for path in home.journals.glob("*.jsonl") for line in path.read_text().splitlines() if line.endswith("]"))
    return [json.loads(line) for line in lines]


def redirected(home):
    """Addresses that others led to: their answer counts with the request that was sent there."""
    rows = home.warehouse.rows("select url from fetches where status = 200 and url not in (select image_url from pictures)")
    asked = {row["request_id"] for row in home.warehouse.rows("select request_id from frontier")}
    return {row["url"] for row in rows if id_of("request", row["url"]) not in asked}


def in_flight(asked, log, home, begun):
    """(addresses that were not answered, those that a request was led to which is not answered itself), of those asked since."""
    if not home.exists():
        return set(), set()
    led = asked & redirected(Home(home))
    return asked - acknowledged(Home(home)) - led, led if leads(log, Home(home), begun) else set()


def leads(log, home, since):
    """Whether a request that was led elsewhere is not answered."""
    done = {row["request_id"] for row in home.warehouse.rows("select request_id from frontier where state <> 'waiting'")}
    done |= {row["request_id"] for kind, row in noted(home) if kind == "answers"}
    return any(id_of("request", row["url"]) not in done for row in sent(log, (301, 302, 303, 307, 308)) if row["time"] > since)


def content(home):
    """All rows of each table, without the columns that may differ."""
    tables = {}
    for name in TABLES:
        rows = home.warehouse.rows(f"select * from {name}")
        tables[name] = sorted(json.dumps({key: row[key] for key in row if key not in ASIDE}, default=str, sort_keys=True) for row in rows)
    return tables


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, neighbourhood, served):
    folder = tmp_path_factory.mktemp("undisturbed")
    with served(folder / "log") as origin:
        process = start(folder / "home", neighbourhood / "people", origin)
        told = process.communicate()[1]
        assert process.returncode == 0, told[-3000:]
    return content(Home(folder / "home"))


def kill_sometime(process, log, dice, by_clock):
    """Kills a moment after its start, or a moment after some more requests; gives when, or None where the process ended before."""
    if by_clock:
        until = time.monotonic() + dice.random() * LONGEST_S
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
    else:
        more = len(sent(log)) + dice.randint(1, 45)
        while process.poll() is None and len(sent(log)) < more:
            time.sleep(0.02)
        time.sleep(dice.random() * 0.3)
    process.kill()
    return time.time()


def test_kills_at_any_moment_change_nothing_and_cost_only_what_was_in_flight(tmp_path, neighbourhood, served, undisturbed):
    dice, log, home = random.Random(3), tmp_path / "log", tmp_path / "home"
    flying, seen, kills = set(), 0, []
    with served(log) as origin:
        for number in range(10 * KILLS):
            begun = time.time()
            process = start(home, neighbourhood / "people", origin)
            when = kill_sometime(process, log, dice, by_clock=number % 2 == 0) if len(kills) < KILLS else None
            told = process.communicate()[1]
            rows = sent(log)
            again = {row["url"] for row in rows[seen:]} & {row["url"] for row in rows[:seen]}
            assert again <= flying, sorted(again - flying)
            if process.returncode == 0:
                break
            assert process.returncode == -9, told[-3000:]
            unanswered, led = in_flight({row["url"] for row in rows[seen:]}, log, home, begun)
            busy = {row["host"] for row in rows[seen:] if when is not None and row["time"] > when - 2.0}
            assert len(unanswered) <= MOST_OF_ONE * len(busy), sorted(unanswered)
            flying, seen = (flying - again) | unanswered | led, len(rows)
            kills.append(len(unanswered))
    print(f"\n{len(kills)} kills; in flight: {kills}")
    assert process.returncode == 0
    assert len(kills) == KILLS
    found = content(Home(home))
    assert [name for name in TABLES if found[name] != undisturbed[name]] == []
    assert not list(Home(home).journals.iterdir())
