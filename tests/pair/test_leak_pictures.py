"""The leak check's eye beside that of duplicates: of each alteration it finds at least as many. The table is printed (pytest -s)."""

import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.dedupe.near_pictures import copies
from pipeline.dedupe.picture_signatures import add_missing, comparable
from pipeline.identifiers import sha256_of
from pipeline.pair.leak_blocks import SIDE, likeness
from pipeline.pair.leak_pictures import ALIKE, SURE, bar, inside, seen_alike
from pipeline.pair.leak_sides import Side
from pipeline.pair.leak_waves import VIEWS, View, directions, near, waves
from pipeline.scrape.picture import flattened
from pipeline.simulate.drawing import pixels
from pipeline.simulate.world import build

REPLICA = Path(__file__).resolve().parents[3] / "shared" / "neighbourhood" / "data"


@pytest.fixture(scope="module")
def alterations():
    """The module that the tests of duplicates alter pictures with."""
    spec = importlib.util.spec_from_file_location("alterations", Path(__file__).parents[1] / "dedupe" / "alterations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def real_pictures():
    """Pictures of the replica, other than those that the limits were measured on."""
    if not REPLICA.is_dir():
        pytest.skip(f"the replica is not here: {REPLICA}")
    files = [path for path in sorted(REPLICA.rglob("*")) if path.suffix in (".jpg", ".jpeg", ".png") and "derived" not in path.parts]
    for path in files[::160]:
        with Image.open(path) as opened:
            picture = flattened(opened)
        picture.thumbnail((600, 600))
        yield picture


def simulated_pictures():
    """Pictures of the demo's world, other than those that the limits were measured on."""
    posts = [post for publication in build().publications.values() for post in publication.posts]
    shown = [inline.picture for post in posts for inline in post.pictures]
    yield from (Image.fromarray(pixels(picture)) for picture in shown[3 :: len(shown) // 8])


@pytest.mark.parametrize("pictures", [real_pictures, simulated_pictures], ids=["replica", "simulated"])
def test_of_each_alteration_no_fewer_are_found_than_duplicates_find(home, alterations, pictures):
    origin, blobs, sides = {}, {}, []

    def add(content, number, made):
        name = sha256_of(content)
        blobs[name], origin[name] = home.blobs.put(content), (number, made)
        split, group = ("train" if made == "original" else "test"), f"group {number}"
        place = f"{len(sides):04}"
        sides.append(Side(artefact_id=place, split=split, document_id=place, sha256=name, blob_sha256=blobs[name], group_id=group))

    for number, picture in enumerate(pictures()):
        rng = np.random.default_rng(number)
        add(alterations.saved(picture), number, "original")
        for made in alterations.ALTERATIONS:
            add(alterations.altered(picture, made, rng), number, made)
    add_missing(home, blobs)
    by_hash = [(link.a, link.b) for link in copies(home, blobs, set(comparable(home, blobs)))]
    by_sight = [(one.sha256, other.sha256) for one, other in seen_alike(sides, home.blobs)]
    assert [find for find in by_sight if origin[find[0]][0] != origin[find[1]][0]] == []
    duplicates, leaks = (altered_copies(found, origin) for found in (by_hash, by_sight))
    total = Counter(made for _, made in origin.values())
    print("\n" + "\n".join(f"{made:26} duplicates {duplicates[made]:3}, leaks {leaks[made]:3} of {total[made]}" for made in total))
    assert {made for made in alterations.ALTERATIONS if leaks[made] < duplicates[made]} == set()
    assert leaks.total() >= 0.97 * (len(origin) - total["original"])


def altered_copies(found, origin):
    """Of the pairs that are an original and its copy, how many by alteration."""
    kinds = ({origin[name] for name in pair} for pair in found)
    of_one = ([made for _, made in pair if made != "original"] for pair in kinds if len({number for number, _ in pair}) == 1)
    return Counter(made[0] for made in of_one if len(made) == 1)


def grey(seed):
    image = np.kron(np.random.default_rng(seed).uniform(0, 255, (12, 12)), np.ones((8, 8)))
    return np.asarray(Image.fromarray(image.astype(np.uint8)).resize((SIDE, SIDE)), dtype=np.float32)


@pytest.mark.parametrize("view", [VIEWS[0], *VIEWS[30:44:3], *VIEWS[-4:]], ids=str)
def test_the_waves_of_a_view_are_those_of_the_viewed_picture(view):
    picture = grey(1)[::2, ::2]
    viewed = view.of(picture[None])
    plain = waves(np.round(picture[None]).astype(np.uint8))
    expected = directions(View().waves_of(waves(np.round(np.clip(viewed, 0, 255)).astype(np.uint8))))
    assert directions(view.waves_of(plain)) == pytest.approx(expected, abs=0.02)


def test_of_two_pictures_of_different_groups_the_turned_one_is_near():
    pictures = np.round(np.stack([grey(seed)[::2, ::2] for seed in (1, 2, 3)])).astype(np.uint8)
    pictures[2] = pictures[0][::-1, ::-1]
    found = {(one, other, view.turn) for one, other, view in near(pictures, np.array(["a", "b", "c"]))}
    assert found == {(0, 2, "upside_down"), (2, 0, "upside_down")}
    assert list(near(pictures, np.array(["a", "b", "a"]))) == []


def test_what_lies_aside_and_is_stretched_is_alike_and_another_picture_is_not():
    picture = Image.fromarray(grey(4).astype(np.uint8))
    aside = np.asarray(picture.crop((3, 2, 95, 92)).resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.float32)
    scores = likeness(np.stack([grey(4), grey(4)]), np.stack([aside, grey(5)]))
    assert scores[0] > 0.9
    assert scores[1] < 0.3


def test_the_bar_rises_with_what_different_pictures_of_one_split_reach_but_not_above_certainty():
    assert [bar(np.array(scores, np.float32)) for scores in ([], [0.5], [0.99])] == [ALIKE, ALIKE, SURE]
    assert bar(np.array([0.8], np.float32)) == pytest.approx(0.85)


def test_bars_are_left_out_of_a_picture_and_a_small_thing_on_a_plain_ground_is_none_in_bars():
    picture = np.full((100, 200), 20, np.float32)
    picture[25:75] = np.random.default_rng(0).uniform(0, 255, (50, 200))
    assert inside(picture) == (0, 25, 200, 75)
    picture[25:75, :] = 20
    picture[45:50, 90:95] = 200
    assert inside(picture) == (0, 0, 200, 100)


def test_a_picture_that_cannot_be_read_is_compared_with_none(home, draw, encode):
    names = [home.blobs.put(content) for content in (encode(draw(1)), b"no picture")]
    sides = [
        Side(artefact_id=name, split=split, document_id=name, sha256=name, blob_sha256=name)
        for name, split in zip(names, ("train", "test"), strict=True)
    ]
    assert list(seen_alike(sides, home.blobs)) == []
