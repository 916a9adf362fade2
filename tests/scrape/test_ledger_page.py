"""The page of sources: figures that add up, reasons in words, and nothing of what strangers wrote that could act."""

import re

import pytest
from bs4 import BeautifulSoup

from pipeline.scrape.ledger_page import write_ledger_page

FAR = {"person": "ada", "source_id": "s", "url": "https://far.example", "platform": "web", "kind": "site", "hop": 1, "title": "Far away"}


def written(home, sources, skips=()):
    with home.warehouse.transaction() as t:
        t.append("sources", sources)
        t.append("skips", [{"person": "ada", "source_id": source, "reason": reason, "n": n} for source, reason, n in skips])
    return BeautifulSoup(write_ledger_page(home, "ada").read_bytes().decode(), "lxml")


def text_of(tag):
    return tag.get_text(" ", strip=True)


def test_every_source_stands_with_its_figures_and_the_reasons_in_words(home):
    mine = FAR | {"reported": 9, "fetched": 7, "remarks": "its archive repeats itself"}
    page = written(home, [mine, mine | {"person": "bob", "title": "Somebody else's"}], [("s", "paid", 2)])
    cells = [text_of(cell) for cell in page.select("tbody th, tbody td")]
    told = "Far away web site · far.example its archive repeats itself"
    assert cells == [told, "9", "7", "2", "2 × somebody else's paid post: metadata only"]
    assert "Somebody else's" not in page.get_text()


def test_sums_stand_above_by_distance_and_in_all(home):
    own = FAR | {"source_id": "o", "hop": 0, "url": "https://own.example", "reported": 4, "fetched": 3}
    skips = [("s", "paid", 2), ("s", "robots", 1), ("o", "robots", 1)]
    page = written(home, [FAR | {"reported": 10, "fetched": 7}, own], skips)
    assert text_of(page.select_one(".total")) == "14 reported = 10 fetched + 4 skipped"
    assert [text_of(part.p) for part in page.select("section")] == [
        "1 source: 4 reported = 3 fetched + 1 skipped",
        "1 source: 10 reported = 7 fetched + 3 skipped",
    ]
    assert [text_of(reason) for reason in page.select(".reasons li")] == [
        "2 somebody else's paid post: metadata only paid",
        "2 robots.txt does not allow it robots",
    ]


def test_sources_stand_by_what_they_reported_and_those_without_anything_stand_folded_below(home):
    sources = [FAR | {"source_id": str(n), "title": f"S{n}", "reported": n, "fetched": n % 2} for n in (1, 3, 2)]
    page = written(home, sources, [("3", "limit", 2), ("2", "not_found", 2)])
    assert [text_of(name.bdi) for name in page.select("tbody th")] == ["S3", "S1", "S2"]
    assert [text_of(name.bdi) for name in page.select("details tbody th")] == ["S2"]
    assert not page.details.has_attr("open")


def test_an_opted_out_source_says_so(home):
    page = written(home, [FAR | {"reported": 1, "fetched": 1, "opted_out": "block_ai_crawlers"}])
    assert text_of(page.select_one(".out")) == "opted out of training: block_ai_crawlers"


def test_without_sources_the_page_says_so(home):
    assert "Nothing is gathered yet." in written(home, []).get_text()


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<style>body { display: none }</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<iframe src=https://evil.example></iframe>",
    "<form action=https://evil.example><input name=a></form>",
    "<!-- <b>",
    "]]><b>x</b>",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "&lt;script&gt;",
    "&#x3c;script&#x3e;",
    "\u202egnp.exe",  # turns the line round
    "\u2066\u2067\u2068",
    "a\u200bb\u200bc",
    "Z\u0334\u0335\u0336\u0337\u0338algo",
    "tabs\tand\nlines\r\nand \x00 nothing",
    "\x1b[31mred",
    "\ud800 half a character",
    "word " * 5000,
    "x" * 20_000,
    "write to planted@mail.invalid now",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_what_strangers_wrote_is_text_and_no_longer_than_a_line(home, title):
    text = title.encode("utf-8", "replace").decode()
    fields = [{"title": text}, {"url": text}, {"remarks": text}, {"opted_out": text}]
    page = written(home, [FAR | {"source_id": str(n), "reported": 1, "fetched": 1} | field for n, field in enumerate(fields)])
    plain = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "table", "thead", "tr", "th", "tbody", "td"}
    assert {tag.name for tag in page.find_all(True)} <= plain | {"bdi", "small", "span"}
    assert [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on") or name in ("src", "href")] == []
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00\x1b]|49|planted@", page.body.get_text())
    assert max(len(text_of(name)) for name in page.select("tbody th")) < 600


def test_the_page_may_load_and_run_nothing(home):
    page = written(home, [FAR])
    assert page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'"
    )
