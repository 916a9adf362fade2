"""A gathering that is killed fifty times comes to what an undisturbed one does, and asks nothing again that was answered."""

import json
import random
import time

import pytest

from pipeline.identifiers import id_of
from pipeline.store import Home
from pipeline.store.versions import content_version

KILLS = 50
MOST_AGAIN = 24  # some twelve owners, of each one being asked and one being read; of the picture hosts four and two
pytestmark = pytest.mark.slow


def answered(home):
    """Addresses whose answer is in the warehouse or in the journal. A redirect is no answer before its target has answered."""
    frontier = home.warehouse.rows("select request_id, url, document_url, state from frontier")
    done = {row["request_id"] for row in frontier if row["state"] != "waiting"}
    found = {row[name] for row in frontier if row["state"] != "waiting" for name in ("url", "document_url")}
    found |= {row["image_url"] for row in home.warehouse.rows("select image_url from images")}
    attempts = home.warehouse.rows("select url, status from fetches")
    for path in home.journals.glob("*.jsonl"):
        for kind, row in (json.loads(line) for line in path.read_text().splitlines() if line.endswith("]")):
            found |= {row["url"], row["final"]} if kind == "answers" else {row["image_url"]} if kind == "images" else set()
            attempts += [row] if kind == "fetches" else []
    redirects = {row["url"] for row in attempts if row["status"] in (301, 302, 308)}
    return found | {url for url in redirects if id_of("request", url) in done}


def versions(home):
    return {asset: content_version(home, "maker", asset) for asset in ("pages", "artefacts", "images")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, neighbourhood, served, start_gathering):
    folder = tmp_path_factory.mktemp("undisturbed")
    with served(folder / "log") as origin:
        done = start_gathering(folder / "home", neighbourhood / "people" / "maker.yaml", origin, "only")
        told = done.communicate()[1]
        assert done.returncode == 0, told[-3000:]
    return versions(Home(folder / "home"))


def wait_for(log, asked_of, more, process):
    """Waits until so many more requests were made; False where the process ended before."""
    start = len(asked_of(log)) if log.exists() else 0
    while process.poll() is None:
        if log.exists() and len(asked_of(log)) >= start + more:
            return True
        time.sleep(0.005)
    return False


def test_fifty_kills_change_nothing_and_cost_only_what_was_in_flight(
    tmp_path, neighbourhood, served, start_gathering, asked_of, undisturbed
):
    dice, log, home, again, in_flight = random.Random(3), tmp_path / "log", tmp_path / "home", [], []
    with served(log) as origin:
        flying, seen, done = set(), 0, False
        for number in range(400):
            process = start_gathering(home, neighbourhood / "people" / "maker.yaml", origin, f"run-{number}")
            if number < KILLS and wait_for(log, asked_of, dice.randint(1, 45), process):
                time.sleep(dice.random() * 0.3)
                process.kill()
            told = process.communicate()[1]
            addresses = asked_of(log)
            again.append([one for one in addresses[seen:] if one in set(addresses[:seen])])
            assert set(again[-1]) <= flying, sorted(set(again[-1]) - flying)
            if done := process.returncode == 0:
                break
            assert process.returncode == -9, told[-3000:]
            seen, flying = len(addresses), set(addresses) - answered(Home(home))
            in_flight.append(len(flying))
    print(f"\n{len(in_flight)} kills, in flight {in_flight}, asked again {[len(one) for one in again]}")
    assert done
    assert len(in_flight) == KILLS
    assert max(map(len, again)) <= MOST_AGAIN  # `in_flight` is more: a redirect to what another request fetched stays in it
    assert versions(Home(home)) == undisturbed
    assert not list(Home(home).journals.iterdir())
