"""Of an embedded post only the address is stored; the edge to it stays."""

import json
from html import escape

import pytest

from pipeline.scrape.embeds import QUOTING, without_embeds
from pipeline.scrape.markup import load_html
from pipeline.scrape.redact import redact
from pipeline.scrape.substack_body import read_body

FAR = "https://social.example/status/1"
TOLD = {"url": FAR, "full_text": "I dye with woad.", "username": "iver", "name": "R. Iver", "date": "2026-01-01", "user": {"bio": "A dyer"}}
THEIRS = ("woad", "iver", "Iver", "dyer", "blue hands")


def widget(called: str, data: object) -> str:
    words = '<p>My blue hands, says <a href="/iver">R. Iver</a></p>'
    return f'<p>My words.</p><div class="{called}" data-attrs="{escape(json.dumps(data))}">{words}</div>'


@pytest.mark.parametrize("called", QUOTING)
def test_what_other_people_say_in_a_post_is_not_stored_and_the_edge_is(called: str) -> None:
    post = {"id": 1, "audience": "everyone", "body_html": widget(called, TOLD)}
    stored = json.loads(redact("substack_post", json.dumps(post).encode()))["body_html"]
    assert not any(word in stored for word in THEIRS)
    found = read_body(load_html(stored), "https://maker.substack.com")
    assert [passage.text for passage in found.passages] == ["My words."]
    assert [link.url for link in found.links.values()] == [FAR]


def test_in_a_page_too() -> None:
    page = f"<html><body><article>{widget('tweet', TOLD)}</article></body></html>"
    stored = redact("web_page", page.encode()).decode()
    assert "My words." in stored
    assert not any(word in stored for word in THEIRS)


@pytest.mark.parametrize("data", ["no object", [1], None, {"url": ["a list"]}])
def test_data_that_says_nothing_goes_whole(data: object) -> None:
    assert not any(word in without_embeds(widget("tweet", data)) for word in THEIRS)


@pytest.mark.parametrize("body", ["<p>I comment on this.</p>", '<p class="comment">Of mine.</p>', "<p>Words."])
def test_a_body_without_such_a_widget_stays_as_it_is(body: str) -> None:
    assert without_embeds(body) == body
