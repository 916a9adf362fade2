import json
from dataclasses import replace

import pytest

from pipeline.errors import DocumentRejected
from pipeline.scrape.parse import outline, parse
from pipeline.scrape.records import Kind

BODY = "<p>Reeds <a href='https://garden.example/reeds?utm_source=x'>bend</a>.</p><img src='https://garden.example/a.jpg'><p>And rise.</p>"
POST = {"title": "Reeds", "audience": "everyone", "canonical_url": "https://river.substack.com/p/reeds", "body_html": BODY}
PAGE = f"<title>Reeds</title><article><h1>Reeds</h1>{BODY}</article>"


@pytest.mark.parametrize(("kind", "content"), [("web_page", PAGE), ("substack_post", json.dumps(POST))])
def test_an_outline_lacks_words_and_pictures_and_where_links_stand(kind: Kind, content: str) -> None:
    url = "https://river.substack.com/p/reeds"
    whole = parse(kind, url, content.encode())
    (link,) = whole.links
    assert (len(whole.passages), len(whole.pictures), link.position) == (2, 1, whole.passages[0].position)
    assert outline(kind, url, content.encode()) == replace(whole, passages=(), pictures=(), links=(replace(link, position=None),))


def test_an_outline_is_refused_where_parsing_is() -> None:
    for read in (parse, outline):
        with pytest.raises(DocumentRejected, match="not_json"):
            read("substack_post", "https://river.substack.com/p/reeds", b"<p>")
