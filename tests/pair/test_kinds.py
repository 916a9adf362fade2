import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe import find_duplicates
from pipeline.pair import make_pairs
from pipeline.pair.material import Passage
from pipeline.pair.windows import around

POST, OTHER, BOARD = "https://ada.example/p/one", "https://bea.example/p/two", "https://pins.example/ada/boats"
WORDS = [
    "the harbour was grey and the boats lay still under the rain that morning",
    "nobody had told the children why the lighthouse keeper packed his trunk",
    "we ate bread with salt on the steps and counted seven gulls on the mast",
    "a letter came in spring, folded so often that its words had worn away",
    "later the whole street smelled of tar, and my father sang while he worked",
    "in the end we kept the lamp, the rope, and a map of somewhere else entirely",
]


@pytest.fixture
def post(scene, draw, encode):
    """An own post: six passages, with a picture between the third and the fourth."""
    scene.source("https://ada.example")
    scene.page(POST, "https://ada.example")
    texts = [scene.text(POST, i + (i > 2), words) for i, words in enumerate(WORDS)]
    return texts, scene.picture(POST, 3, encode(draw(1)))


@pytest.fixture
def stranger(scene):
    """A stranger's post of six passages."""
    scene.source("https://bea.example", hop=1)
    scene.page(OTHER, "https://bea.example", hop=1)
    return [scene.text(OTHER, i + (i > 1), f"{words} at bea's") for i, words in enumerate(WORDS)]


def made(scene, kind):
    scene.write()
    find_duplicates(scene.home, "ada")
    make_pairs(scene.home, "ada")
    return scene.home.warehouse.rows("select * from pairs where person = 'ada' and kind = ?", kind)


def weights(rows):
    return {row["text_id"]: pytest.approx(row["weight"], abs=1e-6) for row in rows}


def test_inline_ties_the_two_nearest_on_either_side_with_falling_weight(scene, post):
    texts, picture = post
    rows = made(scene, "inline")
    assert weights(rows) == {texts[1]: 1 / 6, texts[2]: 1 / 3, texts[3]: 1 / 3, texts[4]: 1 / 6}
    assert {row["image_id"] for row in rows} == {picture}


def test_captions_titles_and_words_of_pins_are_in_no_inline_pair(scene, post):
    role = next(row for row in scene.rows["passages"] if row["position"] == 2)
    role["role"] = "pin"
    assert role["artefact_id"] not in {row["text_id"] for row in made(scene, "inline")}


def test_evidence_names_the_page_and_the_places(scene, post):
    row = next(row for row in made(scene, "inline") if row["text_id"] == post[0][2])
    told = {"page": row["page_id"], "url": POST, "link": POST, "method": "around", "positions": [2, 3], "hop": 0}
    assert json.loads(row["evidence"]) == [told | {"weight": pytest.approx(1 / 3)}]


def test_a_link_ties_all_passages_of_the_page_where_the_picture_is_not_on_it(scene, stranger, draw, encode):
    scene.source(BOARD)
    picture = scene.pin(BOARD, 1, encode(draw(2)), OTHER)
    rows = made(scene, "link")
    assert weights(rows) == dict.fromkeys(stranger, pytest.approx(1 / 6, abs=1e-6))
    assert {(row["image_id"], row["hop"]) for row in rows} == {(picture, 0)}
    assert json.loads(rows[0]["evidence"])[0]["link"] == OTHER


def test_a_link_ties_what_stands_around_the_same_picture_on_the_page(scene, stranger, draw, encode):
    scene.source(BOARD)
    scene.picture(OTHER, 2, encode(draw(2)))
    scene.pin(BOARD, 1, encode(draw(2), 55), OTHER)
    rows = made(scene, "link")
    assert weights(rows) == {stranger[0]: 1 / 6, stranger[1]: 1 / 3, stranger[2]: 1 / 3, stranger[3]: 1 / 6}


def test_a_link_to_a_page_that_is_not_held_makes_no_pair_and_is_counted(scene, draw, encode):
    scene.source(BOARD)
    scene.pin(BOARD, 1, encode(draw(2)), "https://gone.example/")
    scene.write()
    find_duplicates(scene.home, "ada")
    summary = make_pairs(scene.home, "ada")
    assert (summary.pairs, summary.dead_links) == ({}, 1)


def test_a_board_s_words_belong_to_its_pins_and_a_pin_s_words_to_its_picture(scene, draw, encode):
    scene.source(BOARD)
    scene.page(BOARD, BOARD, kind="pinterest_board")
    about = scene.text(BOARD, 0, "Boats. What lies in harbours.", "board")
    pictures = {scene.pin(BOARD, i, encode(draw(i)), words=f"Boat number {i}") for i in range(3)}
    rows = made(scene, "board")
    assert {(row["text_id"], row["image_id"]) for row in rows} == {(about, picture) for picture in pictures}
    assert len(made(scene, "text_pin")) == 3


def test_a_picture_without_bytes_makes_no_pair(scene, post):
    scene.missing_picture(POST, 7, "https://images.example/gone.jpg")
    assert {row["image_id"] for row in made(scene, "inline")} == {post[1]}


def test_boilerplate_makes_no_pair(scene, draw, encode):
    scene.source("https://ada.example")
    for i in range(4):
        scene.page(f"{POST}/{i}", "https://ada.example")
        scene.text(f"{POST}/{i}", 0, "Dear friends, here is another of my letters about the boats:")
        scene.picture(f"{POST}/{i}", 1, encode(draw(i)))
    assert made(scene, "inline") == []


def test_the_same_pair_seen_twice_is_one_pair_of_the_nearest_hop(scene, post, draw, encode):
    scene.source("https://bea.example", hop=1)
    scene.page(OTHER, "https://bea.example", hop=1)
    for i, words in enumerate(WORDS):
        scene.text(OTHER, i + (i > 2), words)
    scene.picture(OTHER, 3, encode(draw(1)))
    rows = made(scene, "inline")
    assert len(rows) == 4
    assert {row["hop"] for row in rows} == {0}


class TestOptedOut:
    def test_a_source_that_opted_out_is_in_no_pair(self, scene, stranger, draw, encode):
        scene.rows["sources"][-1]["opted_out"] = "unknown"
        scene.picture(OTHER, 2, encode(draw(3)))
        scene.source(BOARD)
        scene.pin(BOARD, 1, encode(draw(2)), OTHER)
        assert made(scene, "inline") == made(scene, "link") == []

    def test_a_document_that_opted_out_is_in_no_pair(self, scene, post):
        scene.rows["pages"][-1]["opted_out"] = "noai"
        assert made(scene, "inline") == []

    @pytest.mark.parametrize("quality", [90, 50])
    def test_a_picture_that_also_stands_on_such_a_document_is_in_no_pair_anywhere(self, scene, post, draw, encode, quality):
        scene.source("https://bea.example", hop=1)
        scene.page(OTHER, "https://bea.example", hop=1, opted_out="noai")
        scene.picture(OTHER, 1, encode(draw(1), quality))
        assert made(scene, "inline") == []


def passage(position):
    return Passage(
        artefact_id=str(position), page_id="", document_id="", source_id="", hop=0, position=position, sha256="", text="", role=""
    )


@given(st.sets(st.integers(0, 40), min_size=1), st.integers(0, 40))
def test_weights_around_a_picture_sum_to_one_and_fall_with_distance(positions, place):
    passages = [passage(position) for position in sorted(positions)]
    found = around(place, passages)
    assert sum(found.values()) == pytest.approx(1)
    after = [found[p.artefact_id] for p in passages if p.position > place and p.artefact_id in found]
    assert after == sorted(after, reverse=True)
    assert len(found) <= 4


def test_words_of_another_note_on_the_page_are_too_far():
    assert around(201, [passage(100), passage(200), passage(300)]) == {"200": 1.0}


def test_nothing_to_read_gives_no_weights():
    assert around(3, []) == {}
