"""Coming a few at a time, in whatever order, artefacts end in the clusters that one look at all of them finds."""

import random

import numpy as np
import pytest

from pipeline.dedupe import find_duplicates, near_pictures
from pipeline.dedupe.compared import near_among
from pipeline.dedupe.links import Link

TEXT = "the rain came down on the long roof of the boat house and nobody minded it at all that year because the lamp was lit"
WORDS = TEXT.split()


@pytest.fixture
def neighbourhood(scene, draw, encode, alterations):
    """Pictures and passages with copies among them, and the same with nothing worked out yet."""
    rng = np.random.default_rng(0)
    scene.source("https://ada.example")
    for i in range(12):
        url = f"https://ada.example/{i}"
        scene.page(url, "https://ada.example")
        copy = ("re-encoded", "mirrored", "cropped")[i % 3]
        scene.picture(url, 1, encode(draw(i)) if i < 6 else alterations.altered(draw(i - 6), copy, rng))
        words = [*WORDS * 2, f"{i}"] if i % 4 else [*WORDS, *(f"{i}{j}" for j in range(20))]
        scene.text(url, 2, " ".join(words[i % 3 :]))
        scene.text(url, 3, " ".join([*WORDS[i % 3 :], *(f"{i}and{j}" for j in range(40 * (i % 2)))]))
    return scene


def state(scene):
    tables = {
        "duplicates": "select artefact_id, canonical_id from duplicates order by all",
        "duplicate_links": "select a, b, method, distance, cut from duplicate_links order by all",
        "compared": "select modality, name, version from compared order by all",
        "near_contents": "select modality, a, b, method, distance from near_contents order by all",
    }
    return {name: scene.home.warehouse.rows(sql) for name, sql in tables.items()}


def forget_all(scene):
    with scene.home.warehouse.transaction() as t:
        for table in ("compared", "near_contents", "picture_signatures", "text_signatures"):
            t.execute(f"delete from {table}")


def show(scene, rows):
    """The warehouse as if only these places had been gathered."""
    with scene.home.warehouse.transaction() as t:
        for table in ("passages", "pictures"):
            t.replace(table, [row | {"person": "ada"} for row in rows if row in scene.rows[table]], person="ada")


@pytest.mark.parametrize("seed", range(4))
def test_batches_in_any_order_find_what_one_look_finds(neighbourhood, seed):
    scene = neighbourhood
    scene.write()
    find_duplicates(scene.home, "ada")
    at_once = state(scene)
    forget_all(scene)
    places = [*scene.rows["passages"], *scene.rows["pictures"]]
    rng = random.Random(seed)
    rng.shuffle(places)
    stops = sorted({*rng.sample(range(1, len(places)), 3), len(places)})
    for stop in stops:
        show(scene, places[:stop])
        find_duplicates(scene.home, "ada")
    assert any(row["method"] == "near_words" for row in at_once["duplicate_links"])
    assert any(row["method"] == "quoted" for row in at_once["duplicate_links"])
    assert any(row["method"] == "mirrored_picture" for row in at_once["duplicate_links"])
    assert state(scene) == at_once


def test_what_is_gone_leaves_nothing_behind(neighbourhood):
    scene = neighbourhood
    scene.write()
    show(scene, scene.rows["pictures"][:3])
    find_duplicates(scene.home, "ada")
    few = state(scene)
    scene.write()
    find_duplicates(scene.home, "ada")
    show(scene, scene.rows["pictures"][:3])
    find_duplicates(scene.home, "ada")
    assert state(scene) == few


def asked(home, names, version="1"):
    """Which names are compared anew."""
    seen = []
    near_among(home, "ada", "image", version, names, lambda new: seen.append(sorted(new)) or [Link(min(new), "z", "near_picture", 0.1)])
    return seen


def test_only_new_contents_are_compared(home):
    assert asked(home, ["a", "b", "z"]) == [["a", "b", "z"]]
    assert asked(home, ["a", "b", "z"]) == []
    assert asked(home, ["a", "b", "c", "z"]) == [["c"]]


def test_another_way_of_comparing_compares_all_again(home):
    asked(home, ["a", "z"])
    assert asked(home, ["a", "z"], version="2") == [["a", "z"]]
    assert len(home.warehouse.rows("select * from near_contents")) == 1


def test_signatures_are_worked_out_once(neighbourhood, caplog):
    scene = neighbourhood
    scene.write()
    find_duplicates(scene.home, "ada")
    for row in scene.rows["images"]:
        scene.home.blobs.delete(row["blob_sha256"])
    before = state(scene)
    assert find_duplicates(scene.home, "ada").links
    assert state(scene) == before
    assert near_pictures.VERSION in {row["version"] for row in before["compared"]}
