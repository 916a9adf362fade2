from dataclasses import asdict

import numpy as np
import pytest

from pipeline.evaluate.retrieval import chance
from pipeline.evaluate.ways import one_of_100, other_ways
from pipeline.train import Recipe
from pipeline.train.closed_form import cca
from pipeline.train.data import load_pairs, load_variants
from pipeline.train.ranking import Question, question_of
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


def found(here):
    data = load_pairs(here.home, "ada", "fixed", Recipe())
    return [asdict(score) for score in other_ways(here.home, "ada", "fixed", Recipe(), data, SETTINGS)]


def test_a_way_that_is_the_main_split_gives_its_figures(here):
    data = load_pairs(here.home, "ada", "fixed", Recipe())
    rows = {(row["space"], row["split"]): row for row in found(here) if row["metric"] == "map@r"}
    exam = Exam.of(data.test)
    assert rows["cca", "time"]["value"] == pytest.approx(exam.score(cca(moments_of(data.train), **SETTINGS)))
    assert rows["cca", "grid: unseen"]["value"] == rows["cca", "time"]["value"]
    assert (rows["raw", "time"]["n"], rows["raw", "time"]["gallery"]) == (len(data.test.texts), len(data.test.images))
    assert rows["cca", "time"]["value"] > rows["raw", "time"]["value"] + 0.2
    assert rows["cca", "time"]["low"] < rows["cca", "time"]["value"] < rows["cca", "time"]["high"]
    assert rows["chance", "time"]["value"] == pytest.approx(chance(question_of(data.test))["map@r"].mean())
    assert ("cca", "test") not in rows  # that is among the scores already


def test_folds_count_together_each_query_once_and_a_way_without_test_gives_nothing(here):
    rows = [row for row in found(here) if (row["space"], row["metric"]) == ("cca", "map@r")]
    folds = [data for data in load_variants(here.home, "ada", "fixed", Recipe()) if data.name == "kfold"]
    marks = np.concatenate([Exam.of(fold.test).marks(cca(moments_of(fold.train), **SETTINGS)) for fold in folds])
    (pooled,) = (row for row in rows if row["split"] == "kfold")
    assert pooled["value"] == pytest.approx(marks.mean())
    assert pooled["n"] == len(marks)
    assert {row["split"] for row in rows} == {"kfold", "time", "grid: unseen"}


def test_without_other_ways_there_is_nothing_to_say(filled):
    assert {row["split"] for row in found(filled().write())} <= {"test"}


def question(texts, wrong):
    """`texts` queries of a group each with one picture, and `wrong` pictures of another group."""
    names = np.arange(texts)
    return Question(names, names, names, np.concatenate([names, np.full(wrong, texts)]))


def test_one_of_100_is_what_drawing_ninety_nine_wrong_pictures_gives():
    asked = question(3, 120)
    similarity = np.random.default_rng(0).normal(size=(3, 123)).astype(np.float32)
    similarity[np.arange(3), np.arange(3)] += 2.0
    random, found = np.random.default_rng(1), []
    for text in range(3):
        wrong = np.delete(similarity[text], text)
        found.append(np.mean([random.choice(wrong, 99, replace=False).max() < similarity[text, text] for _ in range(4000)]))
    np.testing.assert_allclose(one_of_100(similarity, asked), found, atol=0.03)
    assert 0.05 < np.mean(found) < 0.95


def test_one_of_100_is_the_same_question_however_many_pictures_there_are():
    random = np.random.default_rng(0)
    few, many = (one_of_100(random.random((400, 400 + wrong)).astype(np.float32), question(400, wrong)).mean() for wrong in (0, 2000))
    assert few == pytest.approx(0.01, abs=0.006)
    assert many == pytest.approx(0.01, abs=0.006)


def test_fewer_than_ninety_nine_wrong_pictures_are_no_such_question():
    assert len(one_of_100(np.zeros((3, 100), np.float32), question(3, 97))) == 3
    assert len(one_of_100(np.zeros((3, 99), np.float32), question(3, 96))) == 0


def test_single_pairs_flatter_what_remembers_and_a_split_by_groups_does_not(filled, synthetic):
    person = filled(world=synthetic(levels=4), train=60, test=40)
    own = [row["pair_id"] for row in person.rows["pairs"]]
    held = set(np.random.default_rng(0).permutation(own)[: len(own) // 3].tolist())
    person.rows["split_variants"] = [
        {"variant": "random", "fold": 0, "pair_id": name, "split": "test" if name in held else "train", "cell": None} for name in own
    ]
    rows = {(row["space"], row["split"]): row["value"] for row in found(person.write()) if row["metric"] == "one_of_100"}
    flattered = {space: rows[space, "random"] - rows[space, "test"] for space in ("topic_only", "cca")}
    assert flattered["topic_only"] > 0.3
    assert flattered["topic_only"] > flattered["cca"] + 0.2
    assert [rows["chance", way] for way in ("random", "test")] == pytest.approx([0.01, 0.01])
