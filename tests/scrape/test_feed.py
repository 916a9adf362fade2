"""Feeds, as sites send them, through redaction and parsing."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.feed import GAP, MOST_ENTRIES
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Parsed
from pipeline.scrape.redact import redact

URL = "https://garden.example/feed.xml"
WHEN = "Sat, 19 Jun 2021 21:37:04 +0200"
NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def read(content: bytes | str, charset: str | None = None) -> Parsed:
    return parse("web_feed", URL, redact("web_feed", content.encode() if isinstance(content, str) else content, charset=charset))


def rss(items: str, head: str = "<title>The Garden</title>") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {NAMESPACES}><channel>{head}{items}</channel></rss>'


def item(link: str = "/reeds", inner: str = "") -> str:
    return f"<item><title>Reeds</title><link>{link}</link><pubDate>{WHEN}</pubDate>{inner}</item>"


ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Garden</title><entry><title>Reeds</title><link href="/reeds"/>'
    "<updated>2021-06-19T19:37:04Z</updated></entry></feed>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Garden</title></channel><item><title>Reeds</title><link>/reeds</link>'
    "<dc:date>2021-06-19T19:37:04Z</dc:date></item></rdf:RDF>"
)


@pytest.mark.parametrize("content", [rss(item()), ATOM, RDF, "\n" + rss(item()), rss(item()).replace("</item></channel></rss>", "")])
def test_an_entry_is_a_link_with_its_time(content: str) -> None:
    found = read(content)
    assert [(link.url, link.kind) for link in found.links] == [("https://garden.example/reeds", "contains")]
    assert found.links[0].happened_at == datetime(2021, 6, 19, 19, 37, 4, tzinfo=UTC)
    assert (found.title, found.canonical_url) == ("The Garden", URL)
    assert found.source is not None
    assert (found.source.url, found.source.title) == ("https://garden.example", "The Garden")


def test_a_link_beyond_the_site_is_no_part_of_it() -> None:
    found = read(rss(item("https://river.example/p?utm_source=rss") + item("javascript:alert(1)") + item("") + item("/reeds#top")))
    assert [(link.url, link.kind) for link in found.links] == [
        ("https://river.example/p", "links_to"), ("https://garden.example/reeds", "contains"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "inner",
    [
        '<enclosure url="/a.jpg" type="image/jpeg" length="0"/>',
        '<media:content url="/a.jpg" medium="image" width="600" height="400"/>',
        '<media:thumbnail url="/a.jpg"/>',
        "<description>&lt;img src='/a.jpg' alt='A boat'&gt;</description>",
        "<content:encoded><![CDATA[<p>Words</p><img src='/a.jpg'>]]></content:encoded>",
        '<enclosure url="/a.mp3" type="audio/mpeg"/><media:content url="/v.mp4" type="video/mp4"/><media:thumbnail url="/a.jpg"/>',
        '<media:content url="/a.jpg" medium="image"/><media:thumbnail url="/a.jpg"/>',
        '<media:thumbnail url="/a.jpg"/><media:thumbnail url="javascript:x"/><media:thumbnail url="/dot.gif" width="1" height="1"/>',
    ],
)
def test_an_entrys_picture(inner: str) -> None:
    assert [picture.image_url for picture in read(rss(item(inner=inner))).pictures] == ["https://garden.example/a.jpg"]


def test_pictures_of_two_entries_stand_far_apart() -> None:
    shown = '<media:thumbnail url="/a.jpg"/>'
    first, second = read(rss(item(inner=shown) + item("/other", shown))).pictures
    assert second.position - first.position >= GAP


def test_only_what_leads_on_is_stored() -> None:
    inner = "<dc:creator>Somebody Else</dc:creator><description>Words of theirs, a@b.example</description><author>c@d.example</author>"
    stored = json.loads(redact("web_feed", rss(item(inner=inner)).encode()))
    assert stored == {
        "title": "The Garden", "left": 0,
        "entries": [{"title": "Reeds", "link": "/reeds", "published": "2021-06-19T19:37:04Z", "pictures": []}],
    }  # fmt: skip


def test_the_oldest_entries_of_a_long_feed_are_left_out_and_counted() -> None:
    found = read(rss("".join(item(f"/{number}") for number in range(MOST_ENTRIES + 5))))
    assert len(found.links) == MOST_ENTRIES
    assert found.remarks == ("5 older entries of the feed were left out",)


PARTS = [
    "<rss>", "<item>", "</item>", "<link>/a</link>", "<title>", "</title>", "<pubDate>9999-99-99</pubDate>", "<feed>", "<entry>",
    '<link href="//x"/>', '<media:thumbnail url="', '"/>', "<![CDATA[", "]]>", "&#x0;", "&lt;img src=x&gt;", "<description>", "<?xml ?>",
    "<enclosure url='a' type='image/png'/>", "<updated>2020-01-01T00:00:00Z</updated>", "<published>x</published>", "<!DOCTYPE x>",
    "&#x110000;", "&#99999999999;", "&#xD83D;", "&#x;", "&#", "&bogus;", "<rss version='2.0'><channel>",
    "<rss version='2.0'><channel><item><tit", "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='xhtml'>",
    "<content type='xhtml'><div>", "<media:content url=", "<!-", "<?", "<geo:lat>x</geo:lat>", "<georss:polygon>1 2 3</georss:polygon>",
    "<itunes:duration>-</itunes:duration>", "<source/>", "xmlns:a='",
]  # fmt: skip


@holds_for(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PARTS), max_size=30).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_a_feed_or_rejected(content: bytes) -> None:
    try:
        said = [link.url for link in read(content).links]
    except DocumentRejected as error:
        said = [error.reason]
    assert all(word.startswith("https://") or word in ("wrong_type", "unreadable") for word in said)
