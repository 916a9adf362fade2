import pytest

from pipeline.evaluate.ways import other_ways
from pipeline.train import Recipe
from pipeline.train.closed_form import cca
from pipeline.train.data import load_pairs, load_variants
from pipeline.train.select import Exam
from pipeline.train.whiten import moments_of

SETTINGS = {"shrinkage": 0.1, "power": 1.0, "share": 1.0}


@pytest.fixture
def here(filled, synthetic):
    """A person whose `time` way is the main split, whose folds are made of training, and whose `uncut` way tests nothing."""
    found = filled(world=synthetic(levels=4), train=40)
    placed = []
    for row in found.rows["pairs"]:
        split = row["pair_id"].split("-")[0]
        placed += [{"variant": "time", "fold": 0, "pair_id": row["pair_id"], "split": split, "cell": None}]
        placed += [{"variant": "uncut", "fold": 0, "pair_id": row["pair_id"], "split": "train", "cell": None}]
        cell = {"test": "unseen"}.get(split)
        placed += [{"variant": "grid", "fold": 0, "pair_id": row["pair_id"], "split": split, "cell": cell}] * (split != "validation")
        if split == "train":
            number = int(row["text_group"].split("-")[1]) % 2
            placed += [
                {"variant": "kfold", "fold": fold, "pair_id": row["pair_id"], "split": "test" if number == fold else "train", "cell": None}
                for fold in range(2)
            ]
    found.rows["split_variants"] = placed
    return found.write()


def test_a_way_that_is_the_main_split_gives_its_figures(here):
    rows = {(row["space"], row["split"]): row for row in other_ways(here.home, "ada", "fixed", Recipe(), SETTINGS)}
    data = load_pairs(here.home, "ada", "fixed", Recipe())
    exam = Exam.of(data.test)
    assert rows["cca", "time"]["value"] == pytest.approx(exam.score(cca(moments_of(data.train), **SETTINGS)))
    assert rows["cca", "grid: unseen"]["value"] == rows["cca", "time"]["value"]
    assert (rows["raw", "time"]["n"], rows["raw", "time"]["gallery"]) == (len(data.test.texts), len(data.test.images))
    assert rows["cca", "time"]["value"] > rows["raw", "time"]["value"] + 0.2


def test_folds_count_together_each_query_once_and_a_way_without_test_gives_nothing(here):
    rows = [row for row in other_ways(here.home, "ada", "fixed", Recipe(), SETTINGS) if row["space"] == "cca"]
    folds = [data for data in load_variants(here.home, "ada", "fixed", Recipe()) if data.name == "kfold"]
    marks = [Exam.of(fold.test).marks(cca(moments_of(fold.train), **SETTINGS)) for fold in folds]
    (pooled,) = (row for row in rows if row["split"] == "kfold")
    assert pooled["value"] == pytest.approx(sum(total for total, _ in marks) / sum(n for _, n in marks))
    assert {row["split"] for row in rows} == {"kfold", "time", "grid: unseen"}


def test_without_other_ways_there_is_nothing_to_say(filled):
    here = filled().write()
    assert list(other_ways(here.home, "ada", "fixed", Recipe(), SETTINGS)) == []
