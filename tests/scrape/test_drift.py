"""Gatherings whose records come in hollow, and such that only look a little different."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pipeline.people import Person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.drift import Drift, find_drift
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Document, Kind, Source
from pipeline.scrape.redact import redact
from pipeline.scrape.shelf import Shelf
from pipeline.store import Home

RIVER = Source("substack", "publication", "https://river.substack.com")
BOARD = Source("pinterest", "board", "https://www.pinterest.com/ada/night")
IMAGE = "https://substack-post-media.s3.amazonaws.com/public/images/52784fae-8082-44d2-abac-11a5c5663133_326x448.jpg"
Gather = Callable[..., list[Drift]]
SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"


def post(number: int) -> dict[str, Any]:
    body = f'<p>Reeds bend, for the <a href="https://a.example/{number}">{number}th</a> time.</p><img src="{IMAGE}" alt="Reeds">'
    address = f"{RIVER.url}/p/reeds-{number}"
    return {"id": number, "title": f"Reeds {number}", "audience": "everyone", "canonical_url": address, "body_html": body}


def pin(number: int) -> dict[str, Any]:
    words = {"title": "A tree", "details": "by the water"} if number % 3 else {"title": None, "details": None}
    return {"id": str(number), "image": SIGNATURE, "link": f"https://a.example/{number}", "alt": "A tree" if number % 2 else None} | words


@pytest.fixture
def gather(home: Home, person: Person) -> Gather:
    """Puts records into the warehouse as one gathering, and gives what the alarm says."""

    def run(run_id: str, records: list[dict[str, Any]], kind: Kind = "substack_post", source: Source = RIVER) -> list[Drift]:
        shelf = Shelf(home, person.person, run_id)
        for record in records:
            content = redact(kind, json.dumps(record).encode())
            url = record.get("canonical_url") or f"https://www.pinterest.com/pin/{record['id']}"
            parsed = parse(kind, url, content)
            shelf.put(Document(url, kind, "application/json", source, 0), home.blobs.put(content), parsed, {}, url)
        with home.warehouse.transaction() as t:
            t.upsert("pages", shelf.drain(), "person", "page_id")
        parse_pages(home, person)
        return find_drift(home, person.person)

    return run


def without(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as a site sends it that gave a field another name."""
    return {key if key != name else f"new_{name}": value for key, value in record.items()}


def lacking(found: list[Drift]) -> list[tuple[str, str, str]]:
    return sorted((drift.share.platform, drift.share.kind, drift.share.field) for drift in found)


def test_normal_gatherings_raise_no_alarm(gather: Gather) -> None:
    assert gather("first", [post(number) for number in range(15)]) == []
    assert gather("second", [post(number) for number in range(15, 20)]) == []
    assert gather("third", [post(99) | {"title": ""}]) == []  # one untitled post may come


def test_titles_that_vanish_are_noticed_with_examples(gather: Gather, home: Home) -> None:
    gather("first", [post(number) for number in range(15)])
    (drift,) = gather("second", [without("title", post(number)) for number in range(15, 21)])
    assert (drift.share.kind, drift.share.field, drift.share.missing, drift.share.n) == ("posts", "title", 6, 6)
    assert drift.usual <= 0.05
    examples = home.warehouse.rows("select title from pages where page_id in (select unnest(?::text[]))", list(drift.share.examples))
    assert [row["title"] for row in examples] == [""] * 5


def test_a_few_new_records_are_enough_to_tell(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    assert lacking(gather("second", [without("title", post(number)) for number in range(15, 18)])) == [("substack", "posts", "title")]


def test_bodies_that_vanish_take_texts_and_links_with_them(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    found = gather("second", [without("body_html", post(number)) for number in range(15, 21)])
    assert lacking(found) == [("substack", "posts", "link"), ("substack", "posts", "text")]


def test_alternative_texts_that_vanish_are_noticed(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    bare = [post(number) | {"body_html": post(number)["body_html"].replace(" alt=", " title=")} for number in range(15, 21)]
    assert lacking(gather("second", bare)) == [("substack", "pictures", "alt")]


def test_a_first_gathering_is_judged_by_what_no_honest_source_exceeds(gather: Gather) -> None:
    hollow = [{"id": str(number), "image": SIGNATURE} for number in range(69)]
    found = gather("first", hollow, "pinterest_pin", BOARD)
    assert lacking(found) == [("pinterest", "pins", "link"), ("pinterest", "pins", "text"), ("pinterest", "pins", "title")]


def test_pins_often_have_no_words(gather: Gather) -> None:
    assert gather("first", [pin(number) for number in range(30)], "pinterest_pin", BOARD) == []


def test_others_paid_posts_are_metadata_and_no_drift(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    assert gather("second", [post(number) | {"audience": "only_paid"} for number in range(15, 25)]) == []


def test_a_gathering_that_brought_nothing_new_is_judged_as_the_last_one_was(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    hollow = [without("title", post(number)) for number in range(15, 21)]
    assert gather("second", hollow) == gather("third", hollow)


def test_the_alarm_goes_on_until_the_records_are_whole_again(gather: Gather) -> None:
    gather("first", [post(number) for number in range(15)])
    for name, start in (("second", 15), ("third", 25), ("fourth", 35)):
        assert lacking(gather(name, [without("title", post(number)) for number in range(start, start + 10)])) == [
            ("substack", "posts", "title")
        ]
    assert gather("fifth", [post(number) for number in range(45, 55)]) == []


def test_nothing_gathered_is_no_drift(gather: Gather) -> None:
    assert gather("first", []) == []
