"""The look for leaks that needs vectors: what only an encoder sees, in different splits, stops training."""

import pytest

from pipeline.embed.leaks import look_for_leaks
from pipeline.errors import RhizomeError
from pipeline.pair.leaks import check
from pipeline.train import Recipe, train_adapter


@pytest.fixture
def world(filled):
    here = filled(train=12, validation=4, test=8)
    groups = {pair[f"{side}_id"]: pair[f"{side}_group"] for pair in here.rows["pairs"] for side in ("text", "image")}
    here.rows["groups"] = [{"artefact_id": artefact, "group_id": group} for artefact, group in groups.items()]
    return here


def plant(world):
    """Gives a picture of the test split the vector of one of training, whose bytes are others."""
    train, test = (
        next(name for name in world.encoder.vectors if name.startswith(f"picture {split}".encode())) for split in ("train", "test")
    )
    world.encoder.vectors[test] = world.encoder.vectors[train]


def verdicts(world):
    rows = world.home.warehouse.rows("select what, ok, detail from verdicts where what = 'vector_leak'")
    return [(row["ok"], row["detail"]) for row in rows]


def test_different_things_are_no_leak(world):
    world.write()
    assert look_for_leaks(world.home, "ada", "fixed").ok
    assert [ok for ok, _ in verdicts(world)] == [True]


def test_what_only_vectors_show_is_a_verdict_that_training_obeys(world):
    plant(world)
    world.write()
    assert "cannot tell apart" not in check(world.home, "ada").detail
    look_for_leaks(world.home, "ada", "fixed")
    ((ok, detail),) = verdicts(world)
    assert not ok
    assert "train-i0 in train" in detail
    assert "test-i0 in test" in detail
    assert "docs/guides/duplicates.md" in detail
    with pytest.raises(RhizomeError, match="cannot tell apart"):
        train_adapter(world.home, "ada", "fixed", Recipe(), "run")


def test_looking_again_replaces_the_verdict(world):
    plant(world)
    world.write()
    for _ in range(2):
        look_for_leaks(world.home, "ada", "fixed")
    assert [ok for ok, _ in verdicts(world)] == [False]
