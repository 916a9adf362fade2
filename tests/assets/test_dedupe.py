"""The asset `duplicates`: the review page it names, and when it is made anew."""

from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from assets.dedupe import duplicates
from assets.partitions import people
from assets.resources import Workplace
from pipeline.store import Home

PERSON_FILE = """
person: ada
consent: {granted_by: ada, date: 2026-01-01, expires: 2036-01-01, scope: a private model}
contact: https://rhizome.example/contact
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The person file of `ada`, beside a home that the scene fills."""
    (tmp_path / "people").mkdir()
    path = tmp_path / "people" / "ada.yaml"
    path.write_text(PERSON_FILE)
    monkeypatch.setenv("RHIZOME_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHIZOME_PEOPLE", str(tmp_path / "people"))
    return path


@pytest.fixture
def passages(scene, file):
    scene.source("https://ada.example")
    for i in range(2):
        scene.page(f"https://ada.example/{i}", "https://ada.example")
    found = [scene.text(f"https://ada.example/{i}", 1, words) for i, words in enumerate(["a boat at dawn", "dawn, and a boat"])]
    scene.write()
    return found


def made():
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(people.name, ["ada"])
        selection = dg.AssetSelection.assets(duplicates)
        result = dg.materialize(
            [duplicates], instance=instance, partition_key="ada", resources={"workplace": Workplace()}, selection=selection
        )
        return result.get_asset_materialization_events()[0].materialization.metadata


def members(scene):
    return {row["artefact_id"] for row in scene.home.warehouse.rows("select artefact_id from duplicates where person = 'ada'")}


def test_the_asset_names_a_page_that_stands_there(passages):
    page = Path(made()["review"].value)
    assert page.name == "duplicates.html"
    assert "Duplicates of ada" in page.read_text(encoding="utf-8")


def test_nothing_changed_means_no_work_and_another_verdict_means_work(scene, file, passages):
    rulings = file.with_name("ada.duplicates.csv")
    rulings.write_text("verdict,a,b\n")
    file.write_text(PERSON_FILE + "duplicates: ada.duplicates.csv\n")
    assert [made()["unchanged"].value for _ in range(2)] == [False, True]
    rulings.write_text(f"verdict,a,b\nsame,{passages[0]},{passages[1]}\n")
    assert made()["unchanged"].value is False
    assert members(scene) == set(passages)


def test_semantic_duplicates_wait_for_vectors_and_then_are_found(scene, file, passages, caplog):
    file.write_text(PERSON_FILE + "semantic_duplicates: 0.9\n")
    made()
    assert members(scene) == set()
    embed(scene.home, [row["sha256"] for row in scene.rows["passages"]])
    assert made()["unchanged"].value is False
    assert members(scene) == set(passages)


def embed(home: Home, names):
    """Vectors of an earlier run, all nearly alike."""
    from pipeline.embed.cache import embed_texts_cached

    class Alike:
        encoder_id, dim = "alike", 4

        def embed_texts(self, texts):
            rows = np.ones((len(texts), 4)) + 0.01 * np.arange(len(texts))[:, None] * [1, 0, 0, 0]
            return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

        def embed_images(self, images):
            raise AssertionError("no pictures here")

    texts = [row["text"] for row in home.warehouse.rows("select text from passages order by text")]
    embed_texts_cached(home, Alike(), texts)
    assert {row["sha256"] for row in home.warehouse.rows("select sha256 from embeddings")} == set(names)


def test_a_damaged_shard_is_told_and_duplicates_are_found_without_it(scene, file, passages):
    file.write_text(PERSON_FILE + "semantic_duplicates: 0.9\n")
    embed(scene.home, [row["sha256"] for row in scene.rows["passages"]])
    for shard in scene.home.vectors.rglob("*.parquet"):
        shard.write_bytes(b"damaged")
    made()
    assert members(scene) == set()
