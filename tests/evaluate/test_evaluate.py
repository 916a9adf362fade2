import json
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StoreError
from pipeline.evaluate import evaluate_model
from pipeline.evaluate.controls import other_models
from pipeline.evaluate.results import read_results
from pipeline.store import Home
from pipeline.train import Recipe, train_adapter
from pipeline.train.recipe import Grid

QUICK = Recipe(grid=Grid(pulls=(1.0,), temperatures=(0.1,), shrinkages=(0.1, 0.3), powers=(1.0,), shares=(1.0,), steps=40, every=20))


@pytest.fixture(scope="module")
def trained_once(synthetic_person, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("trained") / "home")
    here = synthetic_person.Filled(home, synthetic_person.Synthetic(levels=4), train=50).write()
    return here, train_adapter(home, "ada", "fixed", QUICK, "run").model_id


@pytest.fixture
def trained(trained_once, home):
    """A home of the test's own with what was trained once."""
    here, model_id = trained_once
    return here.copied_to(home), model_id


def judged(here, model_id, truth=None):
    summary = evaluate_model(here.home, "ada", here.encoder, model_id, truth, "run")
    return summary, read_results(here.home.reports, "ada")


def test_a_model_that_learned_is_promoted_and_everything_stands_beside_it(trained):
    here, model_id = trained
    summary, results = judged(here, model_id)
    spaces = {score.space for score in results.scores if score.split == "test"}
    ladder = {"raw", "centred", "standardised", "procrustes", "ridge_identity", "ridge_zero", "cca", "knn_cache", "topic_only"}
    assert spaces == ladder | {"chance", "start", "adapter", "shuffled"}
    assert summary.verdict.promoted
    assert results.verdict.champion == max(ladder - {"raw", "knn_cache", "topic_only"}, key=lambda name: results.validation[name])
    assert here.home.warehouse.rows("select status from models") == [{"status": "promoted"}]
    stored = here.home.warehouse.rows("select space, metric, value from evaluations where split = 'test' and direction = 'text_to_image'")
    assert len([row for row in stored if row["metric"] == "map@r"]) == len(spaces)
    assert {row["space"] for row in stored if row["metric"] == "one_of_100"} <= {"chance", "raw", "topic_only", "cca"}
    assert results.score("adapter", "map@r").value > results.score("shuffled", "map@r").high
    assert any("other person" in remark for remark in results.remarks)


def test_figures_of_an_earlier_model_stay_and_the_current_ones_are_the_latest_models(trained):
    here, model_id = trained
    with here.home.warehouse.transaction() as t:
        t.append("models", [{"person": "ada", "model_id": "earlier", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}])
        t.append("evaluations", [{"person": "ada", "model_id": name, "space": "gone"} for name in ("earlier", model_id)])
    judged(here, model_id)
    assert here.home.warehouse.rows("select model_id from evaluations where space = 'gone'") == [{"model_id": "earlier"}]
    assert here.home.warehouse.rows("select distinct model_id from current_evaluations") == [{"model_id": model_id}]


def test_examples_are_chosen_by_name_and_marked_by_truth(trained):
    here, model_id = trained
    _, results = judged(here, model_id)
    assert len(results.neighbours) == 6
    groups = {example.url for example in results.neighbours}
    assert len(groups) == 6
    for example in results.neighbours:
        assert len(example.before) == len(example.after) == 6
        assert all(neighbour.relevant for neighbour in example.positives)
        assert all(here.home.blobs.has(neighbour.blob_sha256) for neighbour in example.after)


def test_pairs_shuffled_before_training_are_not_promoted(filled, synthetic):
    here = filled(world=synthetic(levels=4), train=50)
    training = [row for row in here.rows["pairs"] if row["pair_id"].startswith("train")]
    images = np.random.default_rng(0).permutation(len(training))
    for row, other in zip(training, [dict(training[i]) for i in images], strict=True):
        row["image_id"], row["image_group"] = other["image_id"], other["image_group"]
    here.write()
    model_id = train_adapter(here.home, "ada", "fixed", QUICK, "run").model_id
    summary, _ = judged(here, model_id)
    assert not summary.verdict.promoted
    assert summary.verdict.reasons
    assert here.home.warehouse.rows("select status from models") == [{"status": "not promoted"}]


def test_changed_pairs_ask_for_another_training(trained):
    here, model_id = trained
    here.rows["pairs"].pop()
    here.write()
    with pytest.raises(StoreError, match="train again"):
        judged(here, model_id)


def test_another_persons_stored_model_is_the_control(trained, synthetic_person):
    here, model_id = trained
    other = synthetic_person.Filled(here.home, synthetic_person.Synthetic(levels=4, seed=5), person="bob", train=30).write()
    train_adapter(other.home, "bob", "fixed", QUICK, "run")
    _, results = judged(here, model_id)
    assert results.score("other_person", "map@r").value < 0.5 * results.score("adapter", "map@r").value


def test_of_several_other_people_the_first_by_name_stands_with_their_newest_model(trained, synthetic_person):
    here, model_id = trained
    for name, seed in (("cleo", 6), ("bob", 5)):
        other = synthetic_person.Filled(here.home, synthetic_person.Synthetic(levels=4, seed=seed), person=name, train=30).write()
        train_adapter(other.home, name, "fixed", QUICK, "run")
    _, results = judged(here, model_id)
    value = results.score("other_person", "map@r").value
    with here.home.warehouse.transaction() as t:
        t.execute("update models set created_at = created_at + interval 1 hour where person = 'cleo'")
    assert judged(here, model_id)[1].score("other_person", "map@r").value == value


def test_whose_models_stand_beside_is_known_before(trained, synthetic_person):
    here, _ = trained
    assert other_models(here.home, "ada", "fixed") == []
    other = synthetic_person.Filled(here.home, synthetic_person.Synthetic(levels=4, seed=5), person="bob", train=30).write()
    model_id = train_adapter(other.home, "bob", "fixed", QUICK, "run").model_id
    assert other_models(here.home, "ada", "fixed") == [model_id]
    assert other_models(here.home, "ada", "another") == other_models(here.home, "bob", "another") == []


def test_a_model_of_another_encoder_is_refused(trained):
    here, model_id = trained
    switched = copy(here.encoder)
    switched.encoder_id = "other"
    with pytest.raises(StoreError, match="trained on vectors of fixed, and 'ada' now has other"):
        evaluate_model(here.home, "ada", switched, model_id, None, "run")


def test_shuffled_pairs_are_measured_in_every_figure_over_their_refits(trained):
    here, model_id = trained
    _, results = judged(here, model_id)
    of = {
        space: {(s.metric, s.direction) for s in results.scores if (s.space, s.split) == (space, "test")}
        for space in ("adapter", "shuffled")
    }
    assert of["shuffled"] == of["adapter"]
    gap = results.score("shuffled", "centre_distance", "")
    assert gap.low <= gap.value <= gap.high
    assert (gap.n, gap.gallery) == (20, 0)
    assert gap.value < 0.5 * results.score("raw", "centre_distance", "").value  # shuffled pairs close the gap as well


def test_a_damaged_model_of_somebody_else_is_a_remark(trained, synthetic_person):
    here, model_id = trained
    other = synthetic_person.Filled(here.home, synthetic_person.Synthetic(levels=4, seed=5), person="bob", train=30).write()
    damaged = train_adapter(other.home, "bob", "fixed", QUICK, "run").model_id
    (here.home.models / damaged / "adapter.safetensors").unlink()
    summary, results = judged(here, model_id)
    assert summary.verdict.promoted
    assert results.score("other_person", "map@r") is None
    assert any("'bob'" in remark and "adapter.safetensors is missing" in remark for remark in results.remarks)


def test_pictures_whose_bytes_were_not_kept_are_not_shown(trained):
    here, model_id = trained
    kept = here.rows["images"]
    unkept = [row | {"image_url": row["image_url"] + "/again", "blob_sha256": None} for row in kept]
    with here.home.warehouse.transaction() as t:
        t.append("images", unkept)
    _, results = judged(here, model_id)
    assert all(neighbour.blob_sha256 for example in results.neighbours for neighbour in (*example.before, *example.after))


def test_the_adapters_own_figure_stands_beside_those_the_champion_was_chosen_by(trained):
    here, model_id = trained
    _, results = judged(here, model_id)
    assert results.validation["adapter"] > results.validation["raw"]
    assert results.validation["adapter"] >= 0.9 * results.validation[results.verdict.champion]


def write_truth(here, folder, world):
    """The files of a simulated person's truth, their contents known to the encoder."""
    folder.mkdir()
    for name, count, seed in (("oracle", 60, 50), ("other", 20, 51), ("captions", 30, 52)):
        source = replace(world, seed=9) if name == "other" else world
        pairs = source.posts(count, texts=1, images=1, seed=seed)
        texts, images = [f"{name} text {i}" for i in range(count)], [f"{name} image {i}".encode() for i in range(count)]
        here.encoder.vectors |= dict(zip([text.encode() for text in texts], pairs.texts.vectors, strict=True))
        here.encoder.vectors |= dict(zip(images, pairs.images.vectors, strict=True))
        moods = {factor: world._moods(count, seed)[:, k].tolist() for k, factor in enumerate("abcd")}
        table = {"text": texts, "image": images, "group": list(range(count)), "has_mood_word": [i % 10 == 0 for i in range(count)]}
        pq.write_table(pa.table(table | moods), folder / f"{name}.parquet")
    facts = {
        "factors": list("abcd"),
        "levels": [4] * 4,
        "habit": [[[f"word{f}{level}"] for level in range(4)] for f in range(4)],
        "styles": {},
        "moods": {},
    }
    (folder / "truth.json").write_text(json.dumps(facts))


def test_a_simulated_person_has_oracles_and_a_kept_curve(trained, tmp_path, synthetic):
    here, model_id = trained
    write_truth(here, tmp_path / "truth", synthetic(levels=4))
    _, results = judged(here, model_id, tmp_path / "truth")
    assert results.score("oracle_encoder", "map@r").value >= 0.9 * results.score("adapter", "map@r").value
    assert results.score("other_person", "map@r").value < 0.5 * results.score("adapter", "map@r").value
    assert results.score("adapter", "recall@10", split="captions") is not None
    assert {point.captions for point in results.kept} == {"all", "without_mood_words"}
    stored = here.home.warehouse.rows("select space, metric, value from evaluations where split = 'captions' and space like 'adapter@%'")
    assert len(stored) == 2 * len(results.kept)
    assert any("the oracle was left out" in remark for remark in results.remarks)


def test_the_strength_curve_ends_at_the_figure_of_the_table_where_moods_recur(trained, tmp_path, synthetic):
    here, model_id = trained
    write_truth(here, tmp_path / "truth", synthetic(levels=4))
    path = tmp_path / "truth" / "truth.json"
    moods = {row["url"]: [number % 3, 0, 0, 0] for number, row in enumerate(here.rows["passages"])}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"moods": moods}))
    before, after = (judged(here, model_id, truth)[1] for truth in (None, tmp_path / "truth"))
    full = [point for point in after.kept if point.strength == 1]
    assert after.score("adapter", "map@r").value != before.score("adapter", "map@r").value
    assert [point.association for point in full] == pytest.approx([after.score("adapter", "map@r").value] * len(full), abs=1e-6)
    assert after.validation == before.validation


def test_a_truth_that_cannot_be_read_is_said(trained, tmp_path):
    here, model_id = trained
    with pytest.raises(StoreError, match=r"truth\.json"):
        judged(here, model_id, tmp_path)
