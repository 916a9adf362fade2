import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.scrape.parse import parse

PIN = "https://www.pinterest.com/pin/123/"
BOARD = "https://www.pinterest.com/maker/night-skies/"
SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"


def pin(**fields: Any) -> bytes:
    whole = {
        "id": "123",
        "title": "A tree",
        "details": "Roots & rabbits",
        "image": SIGNATURE,
        "alt": "Rabbits under a tree",
        "link": "http://maker.substack.com/p/tale?utm_source=pin#x",
        "created_at": "2019-01-02T03:04:05+00:00",
        "username": "maker",
    }
    return json.dumps(whole | fields).encode()


def test_a_pin() -> None:
    found = parse("pinterest_pin", PIN, pin())
    assert [(passage.text, passage.role) for passage in found.passages] == [("A tree", "pin"), ("Roots & rabbits", "pin")]
    assert [(p.image_url, p.alt, p.position) for p in found.pictures] == [
        (f"https://i.pinimg.com/736x/9d/29/ae/{SIGNATURE}.jpg", "Rabbits under a tree", 2)
    ]
    assert [(link.url, link.kind, link.happened_at) for link in found.links] == [
        ("https://maker.substack.com/p/tale", "saves", datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC))
    ]
    assert (found.author, found.canonical_url, found.remarks) == ("maker", PIN, ())


def test_the_same_words_twice_are_said_once() -> None:
    assert len(parse("pinterest_pin", PIN, pin(details="A tree")).passages) == 1


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", None, 5, "data:text/html,x"])
def test_links_that_are_no_web_address_are_no_edges(link: object) -> None:
    assert parse("pinterest_pin", PIN, pin(link=link)).links == ()


@pytest.mark.parametrize("image", ["", "../../etc", "abc", SIGNATURE + "0", None])
def test_a_pin_without_a_signature_has_no_picture(image: object) -> None:
    found = parse("pinterest_pin", PIN, pin(image=image))
    assert found.pictures == ()
    assert "the pin names no picture" in found.remarks


def test_the_importers_remarks_are_handed_on() -> None:
    assert parse("pinterest_pin", PIN, pin(link="", remarks=["odd"])).remarks == ("odd",)


def test_a_board() -> None:
    found = parse("pinterest_board", BOARD, json.dumps({"name": "Night skies", "description": "Stars, and ships under them"}).encode())
    assert [(passage.text, passage.role) for passage in found.passages] == [
        ("Night skies", "board"),
        ("Stars, and ships under them", "board"),
    ]
    assert found.source is not None
    assert (found.source.kind, found.source.url, found.source.title) == ("board", BOARD, "Night skies")
