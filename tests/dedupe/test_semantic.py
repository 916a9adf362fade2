import numpy as np
import pytest

from pipeline.dedupe import Semantic, find_duplicates
from pipeline.dedupe.semantic import CELL, semantic_links


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def clouds(count, rng, near=0.05):
    """Vectors in loose clouds, each second one close to the one before it."""
    centres = rng.normal(size=(8, 32))
    rows = centres[rng.integers(0, 8, count)] + 0.6 * rng.normal(size=(count, 32))
    rows[1::2] = rows[::2][: len(rows[1::2])] + near * rng.normal(size=(len(rows[1::2]), 32))
    return {f"{i:04}": row for i, row in enumerate(unit(rows))}


@pytest.mark.parametrize("seed", range(3))
def test_finds_what_comparing_all_with_all_finds(seed):
    vectors = clouds(200, np.random.default_rng(seed))
    slow = {(a, b) for a in vectors for b in vectors if a < b and float(vectors[a] @ vectors[b]) >= 0.97}
    assert {(link.a, link.b) for link in semantic_links(vectors, 0.97)} == slow
    assert len(slow) >= 100


def test_cells_lose_hardly_any_pair():
    vectors = clouds(3 * CELL, np.random.default_rng(5))
    found = {(link.a, link.b) for link in semantic_links(vectors, 0.98)}
    close = {(f"{i:04}", f"{i + 1:04}") for i in range(0, 3 * CELL, 2) if float(vectors[f"{i:04}"] @ vectors[f"{i + 1:04}"]) >= 0.98}
    assert len(found & close) >= 0.99 * len(close)


def test_distance_is_one_less_the_cosine():
    a, b = unit(np.array([[1.0, 0.0], [1.0, 0.1]]))
    assert semantic_links({"a": a, "b": b}, 0.9)[0].distance == pytest.approx(1 - float(a @ b), abs=1e-5)


@pytest.mark.parametrize("names", [[], ["a"]])
def test_nothing_is_near_nothing(names):
    assert semantic_links({name: np.ones(2, np.float32) for name in names}, 0.9) == []


@pytest.fixture
def passages(scene):
    scene.source("https://ada.example")
    for i in range(3):
        scene.page(f"https://ada.example/{i}", "https://ada.example")
    found = [scene.text(f"https://ada.example/{i}", 1, words) for i, words in enumerate(["a boat at dawn", "dawn, and a boat", "a shoe"])]
    scene.write()
    return found


def test_vectors_join_passages_only_where_they_are_given(scene, passages):
    names = [row["sha256"] for row in scene.rows["passages"]]
    vectors = dict(zip(names, unit(np.array([[1, 0], [1, 0.05], [0, 1]])), strict=True))
    assert find_duplicates(scene.home, "ada").links == {}
    assert find_duplicates(scene.home, "ada", semantic=Semantic(0.95, vectors, {})).links == {"semantic": 1}
    rows = scene.home.warehouse.rows("select artefact_id from duplicates")
    assert {row["artefact_id"] for row in rows} == set(passages[:2])
    assert find_duplicates(scene.home, "ada", semantic=Semantic(0.95, {}, {})).links == {}
