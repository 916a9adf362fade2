"""The figures of the whole `demo`, from the table `evaluations` and evaluation.json: what the README may promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.evaluate.results import read_results
from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]
WAY = "text_to_image"
HELD_OUT = """
    select count(distinct t.page_id) as posts from pairs p join passages t on t.person = p.person and t.artefact_id = p.text_id
    join splits a on a.person = p.person and a.group_id = p.text_group join splits b on b.person = p.person and b.group_id = p.image_group
    where p.person = 'demo' and p.hop = 0 and p.kind in ('inline', 'link') and a.split = 'test' and b.split = 'test'"""
ROWS = "select space, split, metric, value, low, high from evaluations where person = 'demo' and direction = 'text_to_image'"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "home"
    environment = os.environ | {"RHIZOME_HOME": str(folder), "RHIZOME_PEOPLE": str(ROOT / "people")}
    command = [sys.executable, "-m", "assets.command_line", "run", "demo"]
    told = subprocess.run(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, check=False
    )
    assert told.returncode == 0, told.stdout[-6000:]
    return Home(folder)


@pytest.fixture(scope="module")
def results(home):
    return read_results(home.reports, "demo")


@pytest.fixture(scope="module")
def on_test(home):
    """mAP@R rows of the test split by space."""
    return {row["space"]: row for row in home.warehouse.rows(ROWS) if (row["split"], row["metric"]) == ("test", "map@r")}


@pytest.fixture(scope="module")
def champion(results):
    return results.verdict.champion


def test_the_adapter_comes_near_what_the_encoder_can_read(on_test):
    assert on_test["adapter"]["value"] >= 0.70 * on_test["oracle_encoder"]["value"]


def test_the_adapter_keeps_up_with_the_champion(on_test, results, champion):
    beside = next(comparison for comparison in results.verdict.comparisons if comparison.space == champion)
    assert on_test["adapter"]["value"] >= 0.97 * on_test[champion]["value"]
    assert beside.ratio_low > 0.90


def test_training_took_steps_only_if_they_bettered_its_start(on_test, results):
    """On these vectors they do not: CCA's solution is at the encoder's ceiling."""
    assert results.settings["steps"] == 0
    assert on_test["adapter"]["value"] == pytest.approx(on_test["start"]["value"])
    assert [point.step for point in results.curve[:2]] == [0, 20]


def test_at_least_a_hundred_posts_are_held_out(home):
    (row,) = home.warehouse.rows(HELD_OUT)
    assert row["posts"] >= 100


@pytest.mark.parametrize("metric", ["map@r", "recall@1", "recall@5", "recall@10"])
def test_nothing_is_above_who_knows_the_generator(results, metric):
    rows = {score.space: score for score in results.scores if (score.split, score.metric, score.direction) == ("test", metric, WAY)}
    oracle = rows.pop("oracle")
    assert all(oracle.value >= row.value - 0.01 for row in rows.values())
    assert metric != "map@r" or oracle.low > rows["oracle_encoder"].value


def test_shuffled_pairs_close_the_distance_of_the_centres_as_well(results):
    raw, shuffled, adapter = (results.score(space, "centre_distance", "") for space in ("raw", "shuffled", "adapter"))
    assert shuffled.value < 0.25 * raw.value
    assert results.score("shuffled", "rmg", "").value > results.score("adapter", "rmg", "").value + 0.2
    assert adapter.value < 0.25 * raw.value


def test_single_pairs_flatter_what_remembers_and_not_a_map(home):
    value = {(row["space"], row["split"]): row["value"] for row in home.warehouse.rows(ROWS) if row["metric"] == "one_of_100"}
    assert value["topic_only", "random"] > value["topic_only", "test"] + 0.4
    assert value["cca", "random"] < value["cca", "test"] + 0.05


def test_the_champion_is_what_selection_put_first(results, champion):
    rungs = ("centred", "standardised", "procrustes", "ridge_identity", "ridge_zero", "cca")
    assert champion == max(rungs, key=lambda name: results.validation[name])


def test_the_raw_encoder_is_near_chance(on_test):
    assert on_test["raw"]["value"] <= 3 * on_test["chance"]["value"]


@pytest.mark.parametrize("memory", ["topic_only", "knn_cache"])
def test_memories_fall_behind_the_champion(on_test, champion, memory):
    assert on_test[memory]["value"] < 0.75 * on_test[champion]["value"]
    assert on_test[memory]["high"] < on_test[champion]["low"]


def test_shuffled_pairs_teach_nothing(on_test):
    shuffled = on_test["shuffled"]
    assert shuffled["low"] <= on_test["chance"]["value"] <= shuffled["high"]
    assert on_test["adapter"]["low"] > 10 * shuffled["high"]


def test_another_persons_adapter_does_not_help(on_test):
    assert on_test["other_person"]["value"] < 0.1 * on_test["adapter"]["value"]


def test_the_raw_encoder_finds_literal_captions(home):
    found = [row for row in home.warehouse.rows(ROWS) if (row["space"], row["split"], row["metric"]) == ("raw", "captions", "recall@10")]
    assert [row["low"] > 0.9 for row in found] == [True]


def test_the_table_and_the_file_say_the_same(on_test, results):
    assert {space: row["value"] for space, row in on_test.items()} == {
        score.space: score.value
        for score in results.scores
        if (score.split, score.metric, score.direction) == ("test", "map@r", "text_to_image")
    }


def test_the_model_is_promoted(home, results):
    assert results.verdict.promoted, results.verdict.reasons
    assert home.warehouse.rows("select status from models where person = 'demo'") == [{"status": "promoted"}]
