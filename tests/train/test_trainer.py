import json

import pytest

from pipeline.errors import NotEnoughData, RhizomeError, StoreError
from pipeline.store import Home
from pipeline.train import Recipe, load_adapter, load_pairs, read_manifest, train_adapter
from pipeline.train.recipe import KINDS, Grid, recipe_with

QUICK = Recipe(grid=Grid(pulls=(1.0,), temperatures=(0.1,), shrinkages=(0.1,), powers=(1.0,), shares=(1.0,), steps=20, every=10))


def trained(here, run="run"):
    return train_adapter(here.home, here.person, "fixed", QUICK, run)


@pytest.fixture(scope="module")
def once(synthetic_person, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("once") / "home")
    here = synthetic_person.Filled(home, synthetic_person.Synthetic()).write()
    return here, trained(here).model_id


@pytest.fixture
def model(once, home):
    """A home of the test's own, and the model that was trained there once."""
    here, model_id = once
    return here.copied_to(home), model_id


def test_the_same_inputs_give_the_same_model_whatever_the_run(filled):
    here = filled().write()
    first = trained(here, "one")
    again = trained(here, "two")
    assert first.model_id == again.model_id
    assert read_manifest(here.home, first.model_id)["run_id"] == "one"
    assert [path.name for path in here.home.models.iterdir()] == [first.model_id]


def test_another_pair_weight_gives_another_model(filled):
    here = filled().write()
    first = trained(here).model_id
    here.rows["pairs"][0]["weight"] = 0.5
    assert trained(here.write()).model_id != first


def test_a_model_remembers_every_pair_it_learned_from(model):
    here, model_id = model
    rows = here.home.warehouse.rows("select * from training_rows where model_id = ?", model_id)
    assert {row["pair_id"] for row in rows} == {row["pair_id"] for row in here.rows["pairs"] if row["pair_id"].startswith("train")}
    assert {(row["split"], row["source_id"]) for row in rows} == {("train", "own")}


def test_the_manifest_holds_the_curve_and_the_counts(model):
    here, model_id = model
    manifest = read_manifest(here.home, model_id)
    assert [point["step"] for point in manifest["curve"]] == [0, 10, 20]
    assert manifest["counts"]["test"] == {"texts": 48, "images": 72, "pairs": 144, "groups": 24}
    assert manifest["folds_exactly"] is (not manifest["settings"]["centre"])


def test_damaged_weights_are_noticed(model):
    here, model_id = model
    path = here.home.models / model_id / "adapter.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        load_adapter(here.home, path.parent.name)


def test_a_manifest_that_was_rewritten_is_noticed(model):
    here, model_id = model
    path = here.home.models / model_id / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"run_id": "another"}))
    with pytest.raises(StoreError, match="not the one"):
        load_adapter(here.home, path.parent.name)


def test_a_missing_file_is_named(model):
    here, model_id = model
    folder = here.home.models / model_id
    (folder / "adapter.safetensors").unlink()
    with pytest.raises(StoreError, match=r"adapter\.safetensors is missing"):
        load_adapter(here.home, folder.name)


@pytest.mark.parametrize("name", ["adapter.safetensors", "config.json", "manifest.json"])
def test_training_again_makes_up_for_a_lost_file(model, name):
    here, model_id = model
    folder = here.home.models / model_id
    (folder / name).unlink()
    assert trained(here).model_id == folder.name
    assert load_adapter(here.home, folder.name).name == "adapter"
    assert list(here.home.models.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("verdicts", "error", "said"),
    [
        ([], RhizomeError, "nobody has checked the splits"),
        ([("leak", True, "")], RhizomeError, "for enough data"),
        ([("leak", False, "two twins"), ("too_little_data", True, "")], RhizomeError, "two twins"),
        ([("leak", True, ""), ("too_little_data", False, "3 posts")], NotEnoughData, "3 posts"),
        ([("leak", True, ""), ("too_little_data", True, "")], RhizomeError, "nobody has checked the embeddings"),
        ([("leak", True, ""), ("too_little_data", True, ""), ("vector_leak", False, "two alike")], RhizomeError, "two alike"),
    ],
)
def test_verdicts_are_obeyed(filled, verdicts, error, said):
    here = filled()
    here.rows["verdicts"] = [{"what": what, "ok": ok, "detail": detail} for what, ok, detail in verdicts]
    here.write()
    with pytest.raises(error, match=said):
        trained(here)
    assert not list(here.home.models.iterdir())


def test_a_verdict_on_pairs_as_they_were_is_not_obeyed(filled):
    here = filled().write()
    with here.home.warehouse.transaction() as t:
        moved = [here.rows["pairs"][0] | {"person": "ada", "text_group": "train-1", "image_group": "train-1"}, *here.rows["pairs"][1:]]
        t.replace("pairs", [row | {"person": "ada"} for row in moved], person="ada")
    with pytest.raises(RhizomeError, match="materialise `splits` again"):
        trained(here)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_enters_training_when_the_recipe_weighs_it_and_leaves_when_not(filled, kind):
    here = filled()
    rows = [row for row in here.rows["pairs"] if row["pair_id"].startswith("train")]
    rows[0].update(kind="link")  # something else to train on
    here.rows["pairs"] += [rows[1] | {"pair_id": "of this kind", "kind": kind}, rows[2] | {"pair_id": "judged", "kind": "judged"}]
    here.write()
    trained_on = {
        weight: {row["pair_id"] for row in load_pairs(here.home, "ada", "fixed", recipe_with({kind: weight})).rows} for weight in (0.0, 0.5)
    }
    assert trained_on[0.5] - trained_on[0.0] >= {"of this kind"}
    assert "of this kind" not in trained_on[0.0]


def test_an_empty_split_is_too_little_data(filled):
    with pytest.raises(NotEnoughData, match="validation"):
        trained(filled(validation=0).write())


def test_pairs_across_splits_are_left_out_and_counted(filled):
    here = filled().write()
    whole = load_pairs(here.home, "ada", "fixed", QUICK)
    here.rows["pairs"].append(here.rows["pairs"][0] | {"pair_id": "across", "image_id": "test-i0", "image_group": "test-0"})
    data = load_pairs(here.write().home, "ada", "fixed", QUICK)
    assert data.left_out == 1
    assert len(data.train) == len(whole.train)


def test_only_own_associations_are_tested(filled):
    here = filled()
    before = len(load_pairs(here.write().home, "ada", "fixed", QUICK).test)
    held = [row for row in here.rows["pairs"] if row["pair_id"].startswith("test")]
    held[0]["hop"], held[1]["kind"] = 1, "board"
    assert len(load_pairs(here.write().home, "ada", "fixed", QUICK).test) == before - 2


def test_literal_pairs_outside_training_are_captions(filled):
    here = filled()
    for split in ("train", "test"):
        row = next(row for row in here.rows["pairs"] if row["pair_id"].startswith(split))
        here.rows["pairs"].append(row | {"pair_id": f"own words {split}", "kind": "text_pin"})
    data = load_pairs(here.write().home, "ada", "fixed", QUICK)
    assert len(data.captions) == 1


def test_pictures_whose_bytes_were_not_kept_are_not_asked_for(filled):
    here = filled()
    here.rows["images"][0]["blob_sha256"] = None
    data = load_pairs(here.write().home, "ada", "fixed", QUICK)
    assert len(data.train.images) == 119
