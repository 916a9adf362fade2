"""The truth beside a world: complete, and enough for the generator's own oracle."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline.evaluate.oracles import likelihoods
from pipeline.simulate import truth
from pipeline.simulate.drawing import jpeg
from pipeline.simulate.measures import map_at_r
from pipeline.simulate.model import World, post_url
from pipeline.simulate.people import STYLE_NOISE, WORD_NOISE
from pipeline.simulate.tiny_exam import associations
from pipeline.simulate.world import WorldSettings, build


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truth, "CAPTION_PAIRS", 200)
        truth.write_truth(build(WorldSettings(name="few", seed=9, posts=24)), "demo", folder)
    return folder


def test_truth_names_moods_pairs_and_duplicates(written: Path) -> None:
    world = build(WorldSettings(name="few", seed=9, posts=24))
    facts = json.loads((written / "truth.json").read_text())
    own = world.publications["demoletters"]
    assert all(tuple(facts["moods"][post_url(own, post)]) == post.mood for post in own.posts)
    first = own.posts[0].pictures[0].picture
    pair = next(pair for pair in facts["pairs"] if pair["picture_id"] == first.picture_id)
    assert pair["sha256"] == hashlib.sha256(jpeg(first)).hexdigest()
    assert {pair["kind"] for pair in facts["pairs"]} == {"inline", "pin"}
    assert {kind for planted in facts["duplicates"] for kind in planted["kinds"]} == {"exact", "reencode", "resize", "crop"}
    assert len(facts["quoted"]) == 3
    assert facts["noise"] == {"word": WORD_NOISE, "style": STYLE_NOISE}


def test_no_private_pin_is_in_the_truth(written: Path) -> None:
    world = build(WorldSettings(name="few", seed=9, posts=24))
    named = {pair["picture_id"] for pair in json.loads((written / "truth.json").read_text())["pairs"]}
    assert not named & {pin.picture.picture_id for pin in world.people["demo"].pins if pin.private}


def test_tables_hold_pairs(written: Path) -> None:
    oracle, other, captions = (pq.read_table(written / f"{name}.parquet") for name in ("oracle", "other", "captions"))
    assert oracle.num_rows == 10 * 24
    assert captions.num_rows == 200
    assert other.num_rows > 60
    assert all(data.startswith(b"\xff\xd8") for data in oracle.column("image").to_pylist())
    assert set(oracle.column_names) >= {"text", "image", "palette", "light", "composition", "texture"}
    assert other.column_names[:3] == ["text", "image", "group"]
    assert 0 < np.mean(captions.column("has_mood_word").to_pylist()) <= 0.1


def test_who_knows_the_generator_finds_the_pictures(demo: World) -> None:
    texts, of_text, pictures, of_picture = associations(demo, "demo")
    mine, theirs = demo.people["demo"].habit, demo.people["other"].habit
    few, some = of_text < 100, of_picture < 100
    chosen = [text for text, keep in zip(texts, few, strict=True) if keep]
    styles = [picture.style for picture, keep in zip(pictures, some, strict=True) if keep]
    noise = {"word": WORD_NOISE, "style": STYLE_NOISE}
    found = [likelihoods(chosen, styles, {"habit": habit, "noise": noise}) for habit in (mine, theirs)]
    knowing, mistaken = (map_at_r(scores, of_text[few], of_picture[some]) for scores in found)
    assert knowing > 0.75
    assert mistaken < 0.05
