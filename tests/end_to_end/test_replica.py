"""The main job on real texts and pictures: both people of the replica, from the first fetch to the report.

The replica stands beside the checkout (../shared/neighbourhood). Where it is absent these tests are skipped, visibly.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from replica_truth import PairTruth

from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]
NEIGHBOURHOOD = ROOT.parent / "shared" / "neighbourhood"
PEOPLE = ("maker", "cook")

pytestmark = [
    pytest.mark.skipif(not NEIGHBOURHOOD.is_dir(), reason=f"the replica is not here: {NEIGHBOURHOOD}"),
    pytest.mark.xdist_group("replica"),  # one gathering serves them all
]


@dataclass
class Finished:
    """What is left after both people were materialised at the same time, and `maker` gathered once more."""

    home: Path
    first_log: Path
    second_log: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("replica")
    environment = os.environ | {"RHIZOME_HOME": str(folder / "home"), "RHIZOME_PEOPLE": str(NEIGHBOURHOOD / "people")}
    found = Finished(folder / "home", folder / "first.jsonl", folder / "second.jsonl", environment)
    with served(found.first_log) as origin, ThreadPoolExecutor() as both:
        list(both.map(lambda person: rhizome(environment | {"RHIZOME_CONNECT_TO": origin}, "run", person), PEOPLE))
    with served(found.second_log) as origin:
        rhizome(environment | {"RHIZOME_CONNECT_TO": origin}, "run", "maker", "--job", "refresh")
    return found


class served:
    """The replica on a free port, for as long as the block lasts."""

    def __init__(self, log: Path) -> None:
        self.command = [sys.executable, str(NEIGHBOURHOOD / "serve.py"), "--port", "0", "--log", str(log)]

    def __enter__(self) -> str:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self.process.stdout.readline().split()[-1]

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def rhizome(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "assets.command_line", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stdout


def scored(finished: Finished, person: str, *flags: str) -> tuple[int, dict, str]:
    out = finished.home.parent / f"score-{person}.json"
    command = [sys.executable, str(NEIGHBOURHOOD / "score.py"), "--warehouse", str(finished.home / "warehouse.duckdb")]
    command += ["--person", person, "--home", str(finished.home), "--json", str(out), *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, json.loads(out.read_text()), done.stdout


@pytest.mark.parametrize(("person", "completeness"), [("maker", "1.0"), ("cook", "0.97")])  # seven of cook's pages are two hops away
def test_the_scorer_finds_nothing_forbidden_nothing_secret_and_enough_of_everything(finished, person, completeness):
    floors = ("--min-completeness", completeness, "--min-pair-recall", "0.98", "--max-forbidden", "0", "--max-secrets", "0")
    status, _, told = scored(finished, person, *floors)
    assert status == 0, told


@pytest.fixture(scope="module", params=PEOPLE)
def truth(request: pytest.FixtureRequest, finished: Finished) -> PairTruth:
    return PairTruth(NEIGHBOURHOOD, finished.home, request.param)


def test_of_each_kind_and_hop_the_gold_pairs_are_held(truth):
    found = truth.recall()
    assert {name: count for name, count in found.items() if count[0] < 0.98 * count[1]} == {}
    assert {name.split(",")[0] for name in found} == {"inline", "link"}


def test_a_picture_is_paired_with_documents_that_it_belongs_to(truth):
    found = truth.precision()
    assert {name: count for name, count in found.items() if count[0] < 0.95 * count[1]} == {}


def test_the_heaviest_pair_of_a_picture_in_a_document_is_its_neighbour(truth):
    right, total = truth.heaviest()
    assert total > 70
    assert right >= 0.95 * total, (right, total)


@pytest.mark.parametrize("person", PEOPLE)
def test_nothing_leaks_and_there_is_enough_to_test_on(finished, person):
    rows = Home(finished.home).warehouse.rows("select what, ok, detail from verdicts where person = ?", person)
    assert {row["what"]: row["detail"] for row in rows if not row["ok"]} == {}
    tested = Home(finished.home).warehouse.rows(
        """select count(distinct text_group) as groups from pairs p join splits s on s.person = p.person and s.group_id = p.text_group
        where p.person = ? and s.split = 'test' and p.hop = 0 and p.kind in ('inline', 'link') and p.text_group = p.image_group""",
        person,
    )
    assert tested[0]["groups"] >= 20


def test_duplicates_of_the_replica_are_found_and_look_alikes_are_not(finished):
    status, found, told = scored(finished, "maker", "--min-dup-recall", "0.9", "--min-dup-precision", "0.97")
    assert status == 0, told
    assert found["duplicates"]["lookalikes joined"].startswith("0/")


@pytest.mark.parametrize(("person", "hops"), [("maker", 2), ("cook", 1)])
def test_every_source_that_may_be_fetched_is_complete_as_far_as_the_person_file_reaches(finished, person, hops):
    known = json.loads((NEIGHBOURHOOD / "truth.json").read_text())["people"][person]
    beyond = Counter("https://" + page["url"].split("/")[2] for page in known["pages"] if page["hop"] > hops)
    _, found, told = scored(finished, person)
    near = [row for row in found["completeness"] if row["hop"] <= hops and not row["opted_out"]]
    assert [row for row in near if row["expected"] - row["fetched"] != beyond[row["source"]]] == [], told
    assert near


def test_the_crawl_had_manners(finished):
    command = [sys.executable, str(NEIGHBOURHOOD / "politeness.py"), str(finished.first_log)]
    done = subprocess.run([*command, "--no-forbidden", "--robots-first", "--max-rate", "50"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "cookies sent: 0  HEAD/POST: 0" in done.stdout


def test_a_second_gathering_transfers_no_document_again(finished):
    rows = [json.loads(line) for line in finished.second_log.read_text().splitlines()]
    again = [row for row in rows if row["status"] == 200 and row["path"] != "/robots.txt"]
    assert again == []
    assert any(row["status"] == 304 for row in rows)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_has_a_report_and_held_out_pairs(finished, person):
    assert (finished.home / "reports" / person / "report.html").stat().st_size > 10_000
    results = json.loads((finished.home / "reports" / person / "evaluation.json").read_text())
    spaces = {score["space"] for score in results["scores"] if score["split"] == "test"}
    assert {"chance", "raw", "centred", "cca", "adapter", "shuffled"} <= spaces


def test_nothing_is_left_running(finished):
    assert not list(finished.home.rglob("*.tmp"))
