"""Kinds that reach from one place to another: hypertext and moments; and pairs that were seen by several routes."""

import datetime as dt
import json

import pytest

from pipeline.dedupe import find_duplicates
from pipeline.identifiers import id_of
from pipeline.pair import make_pairs

HOME, OTHER, BOARD = "https://ada.example", "https://bea.example", "https://pins.example/ada/boats"
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def made(scene, kind):
    scene.write()
    find_duplicates(scene.home, "ada")
    summary = make_pairs(scene.home, "ada")
    return summary, scene.home.warehouse.rows("select * from pairs where kind = ? order by weight desc, pair_id", kind)


def edge(scene, src, dst, kind, **more):
    scene.rows["edges"].append({"src_id": src, "dst_id": dst, "kind": kind} | more)


def document(scene, url, source, pictures=0, *, hop=0, draw=None, encode=None, first=0):
    scene.page(url, source, hop=hop)
    texts = [
        scene.text(url, i, f"passage number {i} of {url} speaks of nothing but {'abcdefgh'[i] * 7} and of the weather") for i in range(6)
    ]
    return texts, [scene.picture(url, 6 + i, encode(draw(first + i))) for i in range(pictures)]


@pytest.fixture
def linked(scene, draw, encode):
    """An own post whose third passage links to a stranger's post of two pictures."""
    scene.source(HOME)
    scene.source(OTHER, hop=1)
    texts, _ = document(scene, f"{HOME}/p", HOME, draw=draw, encode=encode)
    _, pictures = document(scene, f"{OTHER}/p", OTHER, 2, hop=1, draw=draw, encode=encode)
    link(scene, 2)
    return scene, texts, pictures


def link(scene, position, target=f"{OTHER}/p", page=f"{HOME}/p"):
    edge(scene, id_of("document", page), id_of("document", target), "links_to", page_id=id_of("page", page), position=position)


def test_the_passage_that_links_goes_with_the_pictures_of_what_it_links_to(linked):
    scene, texts, pictures = linked
    _, rows = made(scene, "hypertext")
    assert {(row["text_id"], row["image_id"], row["weight"], row["hop"]) for row in rows} == {(texts[2], name, 0.5, 0) for name in pictures}
    (told,) = json.loads(rows[0]["evidence"])
    assert (told["url"], told["link"], told["positions"][0]) == (f"{HOME}/p", f"{OTHER}/p", 2)


def test_a_link_to_a_document_of_many_pictures_is_left_out_and_counted(linked, draw, encode):
    scene, _, _ = linked
    for i in range(12):
        scene.picture(f"{OTHER}/p", 20 + i, encode(draw(50 + i)))
    summary, rows = made(scene, "hypertext")
    assert (rows, summary.left_out) == ([], {"links to documents of more than 12 pictures": 1})


def test_a_passage_that_is_a_list_of_links_is_left_out_and_counted(linked, draw, encode):
    scene, _, _ = linked
    for i in range(5):
        document(scene, f"{OTHER}/{i}", OTHER, 1, hop=1, draw=draw, encode=encode, first=60 + i)
        link(scene, 2, f"{OTHER}/{i}")
    summary, rows = made(scene, "hypertext")
    assert (rows, summary.left_out) == ([], {"passages that link to more than 5 documents": 1})


def test_a_link_that_stands_nowhere_is_left_out_and_counted(linked):
    scene, _, _ = linked
    scene.rows["edges"][0]["position"] = None
    summary, rows = made(scene, "hypertext")
    assert (rows, summary.left_out) == ([], {"links that stand at no place in a text": 1})


def pinned(scene, number, when, draw, encode, link=""):
    name = scene.pin(BOARD, number, encode(draw(100 + number)), link or f"https://gone.example/{number}")
    scene.rows["pictures"][-1]["published_at"] = when
    scene.rows["edges"][-1]["happened_at"] = when
    return name


@pytest.fixture
def restacked(scene, draw, encode):
    """A stranger's post that the person restacked at noon, and a board."""
    account = scene.source("https://substack.com/@ada")
    scene.source(BOARD)
    scene.source(OTHER, hop=1)
    texts, _ = document(scene, f"{OTHER}/p", OTHER, hop=1, draw=draw, encode=encode)
    edge(scene, account, id_of("document", f"{OTHER}/p"), "restacks", happened_at=NOON)
    return scene, texts


@pytest.mark.parametrize(("minutes", "weight"), [(0, 1 / 4), (30, 1 / 8), (-30, 1 / 8), (59, 1 / 240), (60, 0), (61, 0)])
def test_a_moment_weighs_less_the_more_time_lies_between(restacked, draw, encode, minutes, weight):
    scene, texts = restacked
    picture = pinned(scene, 1, NOON + dt.timedelta(minutes=minutes), draw, encode)
    _, rows = made(scene, "moment")
    assert {row["text_id"]: row["weight"] for row in rows} == dict.fromkeys(texts[:4] if weight else (), pytest.approx(weight, abs=1e-6))
    assert {(row["image_id"], row["hop"]) for row in rows} <= {(picture, 0)}


def test_what_a_pin_itself_links_to_is_no_moment(restacked, draw, encode):
    scene, _ = restacked
    pinned(scene, 1, NOON, draw, encode, f"{OTHER}/p")
    assert made(scene, "moment")[1] == []


def test_of_a_burst_of_acts_nothing_can_be_told(restacked, draw, encode):
    scene, _ = restacked
    for i in range(6):
        document(scene, f"{OTHER}/{i}", OTHER, hop=1, draw=draw, encode=encode)
        edge(scene, id_of("source", "https://substack.com/@ada"), id_of("document", f"{OTHER}/{i}"), "restacks", happened_at=NOON)
    pinned(scene, 1, NOON, draw, encode)
    summary, rows = made(scene, "moment")
    assert (rows, summary.left_out) == ([], {"pins saved within an hour of more than 5 documents": 1})


def test_a_pair_seen_by_several_routes_keeps_them_all_and_weighs_more_than_each(restacked, draw, encode):
    scene, texts = restacked
    content = encode(draw(7))
    for number in (1, 2):
        scene.page(f"https://www.pinterest.com/pin/{number}", BOARD, kind="pinterest_pin")
        scene.save(scene.picture(f"https://www.pinterest.com/pin/{number}", 0, content), f"{OTHER}/p")
    _, rows = made(scene, "link")
    assert len(rows) == len(texts)
    told = json.loads(rows[0]["evidence"])
    assert [route["url"] for route in told] == ["https://www.pinterest.com/pin/1", "https://www.pinterest.com/pin/2"]
    assert rows[0]["weight"] == pytest.approx(1 - (1 - 1 / 6) ** 2)


@pytest.mark.parametrize(("kind", "weight"), [("links_to", 1.0), ("subscribes", 0.5)])
def test_what_is_reached_by_way_of_its_source_alone_weighs_half_of_what_is_linked_to(scene, draw, encode, kind, weight):
    own, theirs = scene.source(HOME), scene.source(OTHER, hop=1)
    scene.page(f"{OTHER}/p", OTHER, hop=1)
    scene.text(f"{OTHER}/p", 0, "the only passage there is on this page, and not a short one")
    scene.picture(f"{OTHER}/p", 1, encode(draw(1)))
    edge(scene, theirs, id_of("document", f"{OTHER}/p"), "contains")
    edge(scene, own, theirs if kind == "subscribes" else id_of("document", f"{OTHER}/p"), kind)
    _, rows = made(scene, "inline")
    assert [row["weight"] for row in rows] == [weight]
    assert json.loads(rows[0]["evidence"])[0]["path"] == (["subscribes", "contains"] if kind == "subscribes" else ["links_to"])


def test_a_pin_of_a_front_page_that_does_not_show_its_picture_is_left_out_and_counted(scene, draw, encode):
    scene.source(BOARD)
    scene.source(OTHER, hop=1)
    document(scene, f"{OTHER}/", OTHER, hop=1, draw=draw, encode=encode)
    pinned(scene, 1, NOON, draw, encode, f"{OTHER}/")
    summary, rows = made(scene, "link")
    assert rows == []
    assert summary.left_out == {"links of pins to a site's front page": 1}
