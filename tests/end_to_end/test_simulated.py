"""The main job on a small simulated world: twice in one home, once in another, and killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from pipeline.identifiers import sha256_of
from pipeline.simulate.drawing import jpeg
from pipeline.simulate.world import build, settings
from pipeline.store import Home
from pipeline.store.versions import CONTENT, content_version

ROOT = Path(__file__).resolve().parents[2]
OWN = """
    select t.url, t.text, i.sha256 from pairs p join artefacts t on t.artefact_id = p.text_id and t.person = p.person
    join artefacts i on i.artefact_id = p.image_id and i.person = p.person where p.hop = 0 and p.kind in ('inline', 'link')"""
MADE = [name for name in CONTENT if name != "crawl_plan"]  # a plan says what is left: after a crawl, little


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`rhizome run demo` in a home of its own, for the person of the world `demo-small`."""
    people = folder / "people"
    people.mkdir(parents=True, exist_ok=True)
    person = yaml.safe_load((ROOT / "people" / "demo.yaml").read_text()) | {"simulated": "demo-small"}
    (people / "demo.yaml").write_text(yaml.safe_dump(person))
    environment = os.environ | {"RHIZOME_HOME": str(folder / "home"), "RHIZOME_PEOPLE": str(people)}
    command = [sys.executable, "-m", "assets.command_line", "run", "demo", *arguments]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=600)
    assert process.returncode == 0, told[-6000:]
    return told


def versions(home: Home) -> dict[str, str]:
    return {name: content_version(home, "demo", name) for name in MADE}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    told = finish(start(folder))
    return folder, told, versions(Home(folder / "home"))


def test_the_first_run_ends_by_saying_where_things_are(first):
    folder, told, _ = first
    assert f"report     {folder / 'home' / 'reports' / 'demo' / 'report.html'}" in told
    assert "make ui" in told


def test_the_adapter_finds_associations_that_the_raw_encoder_does_not(first):
    rows = Home(first[0] / "home").warehouse.rows(
        "select space, value from evaluations where split = 'test' and metric = 'map@r' and direction = 'text_to_image'"
    )
    found = {row["space"]: row["value"] for row in rows}
    assert found["adapter"] > max(found[name] for name in ("raw", "centred", "chance", "shuffled", "other_person")) + 0.2


def test_every_association_of_the_truth_is_held_as_a_pair(first):
    home = Home(first[0] / "home")
    truth = json.loads((home.root / "simulated" / "demo-small" / "demo" / "truth" / "truth.json").read_text())
    held = home.warehouse.rows(
        """select distinct t.url, i.sha256, p.kind from pairs p join artefacts t on t.artefact_id = p.text_id and t.person = p.person
        join artefacts i on i.artefact_id = p.image_id and i.person = p.person where p.hop = 0 and p.kind in ('inline', 'link')"""
    )
    kinds = {"inline": "inline", "pin": "link"}
    wanted = {(pair["post"], pair["sha256"], kinds[pair["kind"]]) for pair in truth["pairs"]}
    assert wanted - {(row["url"], row["sha256"], row["kind"]) for row in held} == set()
    assert len(wanted) > 150


def test_no_own_association_is_a_pair_that_the_truth_does_not_know(first):
    home = Home(first[0] / "home")
    truth = json.loads((home.root / "simulated" / "demo-small" / "demo" / "truth" / "truth.json").read_text())
    known = {(pair["post"], pair["sha256"]) for pair in truth["pairs"]}
    held = {(row["url"], row["sha256"]) for row in home.warehouse.rows(OWN)}
    assert len(held & known) >= 0.95 * len(held), sorted(held - known)[:5]


def clusters(home: Home, modality: str, column: str) -> set[frozenset[str]]:
    """What the members of each cluster of duplicates are, by one column of the artefacts."""
    rows = home.warehouse.rows(
        f"""select list(distinct a.{column}) as members from duplicates d join artefacts a using (person, artefact_id)
        where d.person = 'demo' and a.modality = ? group by d.canonical_id""",
        modality,
    )
    return {frozenset(row["members"]) for row in rows}


def test_the_clusters_of_pictures_are_the_copies_that_were_planted(first):
    home = Home(first[0] / "home")
    truth = json.loads((home.root / "simulated" / "demo-small" / "demo" / "truth" / "truth.json").read_text())
    planted = {frozenset(truth["styles"][name]["sha256"] for name in copies["picture_ids"]) for copies in truth["duplicates"]}
    found = clusters(home, "image", "sha256")
    assert planted
    assert len(found & planted) >= 0.97 * len(planted), planted - found
    assert len(found & planted) >= 0.99 * len(found), found - planted


def test_the_clusters_of_passages_are_the_quotations_that_were_planted(first):
    home = Home(first[0] / "home")
    truth = json.loads((home.root / "simulated" / "demo-small" / "demo" / "truth" / "truth.json").read_text())
    planted = {frozenset(quoted["posts"]) for quoted in truth["quoted"]}
    assert planted
    assert clusters(home, "text", "url") == planted


def test_the_heaviest_pair_of_a_picture_in_a_post_is_its_neighbour(first):
    own = build(settings("demo-small")).publications["demoletters"]
    near = {}
    for post in own.posts:
        for inline in post.pictures:
            name = sha256_of(jpeg(inline.picture))
            near.setdefault(name, set()).update(post.paragraphs[max(inline.after, 0) : inline.after + 2])
    rows = Home(first[0] / "home").warehouse.rows(OWN + " and p.kind = 'inline' order by p.weight desc, p.pair_id")
    heaviest = {}
    for row in rows:
        heaviest.setdefault(row["sha256"], row["text"])
    right = [any(text in paragraph for paragraph in near[name]) for name, text in heaviest.items()]
    assert len(right) > 80
    assert sum(right) >= 0.95 * len(right)


def test_other_ways_to_split_lie_beside_the_main_one(first):
    rows = Home(first[0] / "home").warehouse.rows("select variant, count(distinct fold) as folds from split_variants group by variant")
    assert {row["variant"]: row["folds"] for row in rows} == {"uncut": 1, "kfold": 5, "time": 1, "random": 1, "grid": 1}


def test_again_with_nothing_changed_nothing_is_made_and_nothing_transferred(first):
    folder, _, before = first
    home = Home(folder / "home")
    asked = home.warehouse.rows("select count(*) as n from fetches")[0]["n"]
    told = finish(start(folder))
    later = home.warehouse.rows("select url, status from fetches order by started_at desc limit ?", _count(home) - asked)
    assert [row["url"] for row in later if row["status"] == 200 and not row["url"].endswith("/robots.txt")] == []
    assert versions(home) == before
    unchanged = ("artefacts", "duplicates", "pairs", "splits", "embeddings", "adapter", "evaluation", "report")
    assert [name for name in unchanged if f"{name} of demo: unchanged" not in told] == []


def test_what_was_deleted_is_made_again_and_nothing_else(first):
    folder, _, before = first
    home = Home(folder / "home")
    (home.reports / "demo" / "evaluation.json").unlink()
    next(home.models.glob("*/adapter.safetensors")).unlink()
    for shard in home.vectors.glob("*/*.parquet"):
        shard.unlink()
    told = finish(start(folder, "--job", "retrain"))
    made = ("embeddings", "adapter", "evaluation")
    assert [name for name in made if f"{name} of demo: made" not in told] == []
    assert "report of demo: unchanged" in told
    assert {name: versions(home)[name] for name in made} == {name: before[name] for name in made}


@pytest.mark.slow
def test_another_home_comes_to_the_same_model(first, tmp_path):
    finish(start(tmp_path))
    there = versions(Home(tmp_path / "home"))
    assert {name: there[name] for name in ("pages", "pairs", "splits", "embeddings", "adapter", "evaluation")} == {
        name: first[2][name] for name in ("pages", "pairs", "splits", "embeddings", "adapter", "evaluation")
    }


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [4, 8, 13, 20])
def test_killed_at_any_moment_and_started_again_it_comes_to_the_same(first, tmp_path, seconds):
    process = start(tmp_path)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(tmp_path))
    there = versions(Home(tmp_path / "home"))
    assert {name: there[name] for name in MADE if name != "report"} == {name: first[2][name] for name in MADE if name != "report"}


def _count(home: Home) -> int:
    return int(home.warehouse.rows("select count(*) as n from fetches")[0]["n"])
