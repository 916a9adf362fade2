"""The figures of the whole `demo`, from the table `evaluations` and evaluation.json: what the README may promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.evaluate.results import read_results
from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]
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
