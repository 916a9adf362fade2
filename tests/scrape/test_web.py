from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.markup import load_html
from pipeline.scrape.reading import glance
from pipeline.scrape.records import Parsed
from pipeline.scrape.web import CANONICAL, parse_page

URL = "https://garden.example/notes/reeds"
WORDS = "The reeds bend in the wind and the water hen walks between them every single morning."
NAV = '<header><a class="skip" href="#main">Skip to content</a><nav><ul><li><a href="/about">About this site</a></li></ul></nav></header>'
FOOT = (
    '<aside class="sidebar"><a href="/most">Most read</a></aside><footer><p>All rights are with the publisher of these pages.</p></footer>'
)


def page(body: str, head: str = "") -> Parsed:
    return parse_page(URL, f"<!DOCTYPE html><html><head><title>Window</title>{head}</head><body>{NAV}{body}{FOOT}</body></html>".encode())


def article(inner: str, head: str = "") -> Parsed:
    return page(f"<main><article><h1>Reeds</h1><p class='byline'>2024-01-01 Somebody</p>{inner}</article></main>", head)


def order(found: Parsed) -> list[str]:
    return [getattr(item, "text", "") or "picture" for item in sorted([*found.passages, *found.pictures], key=lambda item: item.position)]


def test_the_article_without_the_furniture() -> None:
    found = article(
        f'<p>{WORDS}</p><figure><img src="/a.jpg" alt="Reeds" width=600><figcaption>Here</figcaption></figure><p>And more words.</p>'
    )
    assert order(found) == [WORDS, "picture", "And more words."]
    assert [(p.image_url, p.alt, p.caption, p.width) for p in found.pictures] == [("https://garden.example/a.jpg", "Reeds", "Here", 600)]
    assert found.links == ()


def test_lists_and_tables_are_text() -> None:
    found = article(
        "<ol><li>Boil water</li><li>Add salt</li></ol><table><tr><td>Flour</td><td>2 cups</td></tr><tr><td>Milk</td></tr></table>"
    )
    assert order(found) == ["Boil water\nAdd salt", "Flour 2 cups\nMilk"]


def test_links_of_the_article_only() -> None:
    found = article(
        '<p>See <a href="../other?utm_medium=x">this</a>, '
        '<a href="/big.jpg">big</a>, <a href="#top">top</a>, <a href="mailto:a@b.example">me</a>.</p>'
    )
    assert [(link.url, link.kind) for link in found.links] == [("https://garden.example/other", "links_to")]


def test_a_page_that_names_no_article_is_judged() -> None:
    paragraphs = "".join(f"<p>{WORDS} That is paragraph number {number}.</p>" for number in range(8))
    found = page(
        f"<div id=wrap><div class=content>{paragraphs}<img src=/b.jpg></div>"
        "<div class=rail><p>Sign up now for all our offers here.</p></div></div>"
    )
    assert len(found.passages) == 8
    assert [picture.image_url for picture in found.pictures] == ["https://garden.example/b.jpg"]


def test_teasers_do_not_pass_for_the_article() -> None:
    teasers = "".join(f"<article><p>Teaser {number}</p></article>" for number in range(3))
    found = page(f"<main><article><p>{WORDS}</p></article>{teasers}</main>")
    assert order(found) == [WORDS]


def test_a_class_that_sounds_like_furniture_does_not_hide_the_article() -> None:
    assert order(article(f'<div class="social"><p>{WORDS}</p><p>{WORDS}</p></div><div class="share">Tell a friend</div>')) == [WORDS, WORDS]


@pytest.mark.parametrize(
    "image",
    [
        '<img data-src="/real.jpg" src="data:image/gif;base64,R0">',
        '<img src="/real.jpg">',
        '<img srcset="/small.jpg 200w, /real.jpg 1200w, /huge.jpg 4000w">',
        '<picture><source srcset="/real.jpg 800w"><img alt="x"></picture>',
        '<noscript><img src="/real.jpg"></noscript><img src="/real.jpg">',
        '<img class="lazy" src="data:image/gif;base64,R0"><noscript><img src="/real.jpg"></noscript>',
        '<noscript><p>Turn on scripts!</p><img src="/real.jpg"></noscript>',
        '<img data-src="/real.jpg"><noscript><img src="/real-300.jpg"></noscript>',
        '<picture><source data-srcset="/real.jpg 800w"><img data-src="/real.jpg"></picture><noscript><img src="/other.jpg"></noscript>',
        '<img data-srcset="/small.jpg 200w, /real.jpg 1200w" src="data:,">',
        '<img data-lazy-src="/real.jpg" src="/blank.gif">',
        '<noscript><img src="https://t.example/pixel.gif" width=1 height=1></noscript><img src="/real.jpg">',
    ],
)
def test_lazy_and_responsive_pictures(image: str) -> None:
    assert [p.image_url for p in article(f"<p>{WORDS}</p>{image}").pictures] == ["https://garden.example/real.jpg"]


@pytest.mark.parametrize(
    "image",
    ['<img class="avatar" src="/a.jpg">', '<img src="/a.svg">', '<img src="/a.gif" width=1 height=1>', "<img>", '<img src="javascript:x">'],
)
def test_what_is_no_picture(image: str) -> None:
    assert article(f"<p>{WORDS}</p>{image}").pictures == ()


def test_metadata() -> None:
    head = (
        '<meta property="og:title" content="Of  Reeds"><meta property="article:published_time" content="2024-01-02T03:04:05+02:00">'
        '<script type="application/ld+json">{"@graph":[{"author":[{"name":"R. Iver"}]}]}</script>'
        '<link rel="canonical" href="/notes/reeds/">'
    )
    found = article(f"<p>{WORDS}</p>", head)
    assert (found.title, found.author, found.canonical_url) == ("Of Reeds", "R. Iver", URL + "/")
    assert found.published_at == datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert found.source is not None
    assert found.source.url == "https://garden.example"


def test_an_address_does_not_hold_the_page_that_it_stands_on() -> None:
    (said,) = CANONICAL(load_html(b'<link rel="canonical" href="https://site.example/held">'))
    assert type(said) is str


def test_a_page_does_not_speak_for_another_host() -> None:
    found = article("<p>Words here.</p>", '<link rel="canonical" href="https://bank.example/reeds">')
    assert found.canonical_url == URL
    assert found.remarks == ("names a canonical address at bank.example",)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<meta name="robots" content="noai, noimageai">', "meta robots: noai, meta robots: noimageai"),
        ('<meta name="ROBOTS" content="NOINDEX">', "meta robots: noindex"),
        ('<meta name="tdm-reservation" content="1">', "meta tdm-reservation"),
        ('<meta name="robots" content="index, follow, max-image-preview:large">', None),
        ('<meta name="tdm-reservation" content="0">', None),
        ("", None),
    ],
)
def test_opt_outs(head: str, reason: str | None) -> None:
    assert article("<p>Words here.</p>", head).opted_out == reason


def test_a_locked_page_gives_metadata_only() -> None:
    found = article(f"<p>{WORDS}</p>", '<meta property="article:content_tier" content="locked">')
    assert (found.passages, found.audience, found.title) == ((), "only_paid", "Reeds")


def test_a_substack_page_is_read_as_its_body() -> None:
    found = page(
        f'<article><div class="available-content"><div class="body markup"><p>{WORDS}</p>'
        '<p class="button-wrapper">Share</p></div></div><p>12 likes</p></article>'
    )
    assert order(found) == [WORDS]


def test_a_page_without_text_is_remarked() -> None:
    assert article("<div></div>" * 300).remarks == ("no text was found in the page",)


def test_deep_nesting_is_read() -> None:
    found = parse_page(URL, b"<article>" + b"<div>" * 20_000 + b"Deep words here.")
    assert order(found) == ["Deep words here."]


PARTS = [
    b"<article>", b"<main>", b"<p>", b"w ", b"<img src=a>", b"</main>", b"<base href=//x>", b"<figure>", b"'>",
    b"<link rel=canonical href='",
    b"<script type=application/ld+json>", b"[", b"</script>", b"<div class=share>", b"<noscript>", b"</noscript>", b"<h2>", b"<body>",
    b"<img srcset='/a.jpg 1x, /b.jpg 99999999999999999999w, , x'>", b"<img srcset='", b"<source srcset=/c.webp>", b"<picture>",
    b"<img data-src=/d.jpg width=1e999 height=-3>", b"<img src=/e.jpg width=100% height=&#x110000;>", b"data-attrs='{\"src\":",
    b"<div class='available-content'><div class='body markup'>", b"&amp;", b"&#x110000;", b"&#99999999999;", b"&nosuch;", b"&#",
    b"&lt;p&gt;",
    b"<time datetime=9999-99-99>", b"<meta property=article:published_time content='0001-01-01T00:00:00+23:59'>", b"<a href='//[::1'>",
    b"<a href='https://x.example/p/a?utm_source=b'>", b"<meta http-equiv=refresh content=0>", b'{"datePublished":', b'"author":[{"name":',
    b"</div>",
    b"<meta name=robots content='noai,'>", b"<link rel=alternate type=application/rss+xml href='", b"<table><tr><td>", b"<ul><li>",
    b"<pre>",
]  # fmt: skip


@holds_for(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PARTS)).map(b"".join)))
def test_any_bytes_are_read(content: bytes) -> None:
    try:
        found = parse_page(URL, content)
    except DocumentRejected as error:
        found = Parsed(remarks=(error.reason,))
    places = [item.position for item in (*found.passages, *found.pictures)]
    assert len(set(places)) == len(places)


@holds_for(st.lists(st.sampled_from([*PARTS, b"<a href=/b>b</a>"])).map(b"".join))
def test_a_glance_finds_the_links_that_reading_finds(content: bytes) -> None:
    read, glanced = parse_page(URL, content), parse_page(URL, content, glance)
    assert glanced.links == tuple(replace(link, position=None) for link in read.links)
    assert (glanced.title, glanced.canonical_url, glanced.feeds) == (read.title, read.canonical_url, read.feeds)
    assert (glanced.passages, glanced.pictures) == ((), ())


def test_figures_nested_by_the_thousand_are_read() -> None:
    found = parse_page(URL, b"<article>" + b"<figure><img src=/a.jpg>" * 3000)
    assert len(found.pictures) == 3000


@pytest.mark.parametrize(
    ("link", "feeds"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed/">', ("https://garden.example/feed/",)),
        ('<link rel="ALTERNATE" type="application/atom+xml" href="https://www.garden.example/a.xml">',
        ("https://www.garden.example/a.xml",)),
        ('<link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="alternate" type="application/rss+xml" href="/feed/#x">',
         ("https://garden.example/feed/",)),
        ('<link rel="alternate" type="application/rss+xml" href="/comments/feed/">', ()),
        ('<link rel="alternate" type="application/rss+xml" href="https://elsewhere.example/feed/">', ()),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x">', ()),
        ('<link rel="alternate" type="text/html" hreflang="de" href="/de">', ()),
        ('<link rel="stylesheet" type="application/rss+xml" href="/feed/">', ()),
    ],
)  # fmt: skip
def test_a_page_names_the_feeds_of_its_site(link: str, feeds: tuple[str, ...]) -> None:
    assert article(f"<p>{WORDS}</p>", link).feeds == feeds
