"""Pinterest live: asked only where its robots.txt allows, which it does not; otherwise an account's public feed."""

import datetime as dt
import json
import logging

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.people import Handles
from pipeline.scrape.crawl import gather
from pipeline.scrape.ledger_page import write_ledger_page
from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD, cut_pins, parse_feed
from pipeline.scrape.plan import make_plan
from pipeline.scrape.redact import redact

TODAY = dt.date(2026, 6, 1)
HOST = "www.pinterest.com"
SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"
ITEM = """<item><title>A hedge &amp;amp; a stile</title><link>https://www.pinterest.com/pin/{n}/</link>
<description>&lt;a href="https://www.pinterest.com/pin/{n}/"&gt;&lt;img src="https://i.pinimg.com/236x/9d/29/ae/{signature}.jpg"&gt;&lt;/a&gt;
Seen by ada@mail.example on &amp;amp;#8220;Sunday&amp;amp;#8221;</description>
<pubDate>Sat, 19 Jun 2021 21:37:04 GMT</pubDate><guid>https://www.pinterest.com/pin/{n}/</guid></item>"""


def rss(*items):
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>ada</title>{"".join(items)}</channel></rss>'.encode()


FEED = rss(ITEM.format(n=1, signature=SIGNATURE), ITEM.format(n=2, signature="no-signature"))


@pytest.fixture
def pinner(make_person):
    return make_person().model_copy(update={"handles": Handles(pinterest="ada")})


def crawl(home, person, site):
    return gather(home, person, connect_to=site.origin, run_id="one", today=TODAY)


@pytest.fixture
def closed(site):
    site.rules[f"{HOST}/robots.txt"] = (200, {}, b"User-agent: Googlebot\nAllow: /\n\nUser-agent: *\nDisallow: /\n")
    return site


def test_while_robots_txt_refuses_nothing_but_robots_txt_is_asked_and_the_log_says_how_to_import(closed, home, pinner, caplog):
    with caplog.at_level(logging.WARNING):
        summary = crawl(home, pinner, closed)
    assert [path for _, path, _ in closed.log] == ["/robots.txt"]
    assert IMPORT_INSTEAD in caplog.text
    assert summary.skipped == {"robots": 1}
    refused = home.warehouse.rows("select url, reason, status from fetches where outcome = 'refused'")
    assert refused == [{"url": f"https://{HOST}/ada/feed.rss", "reason": "robots", "status": None}]


def test_the_ledger_and_the_plan_say_so_too(closed, home, pinner):
    plan = make_plan(home, pinner, connect_to=closed.origin, run_id="plan", today=TODAY)
    assert [(row.host, row.not_fetched) for row in plan.rows if row.host == HOST] == [(HOST, f"robots: 1. {IMPORT_INSTEAD}")]
    crawl(home, pinner, closed)
    [source] = home.warehouse.rows("select platform, kind, reported, fetched from sources")
    assert source == {"platform": "pinterest", "kind": "account", "reported": 1, "fetched": 0}
    assert home.warehouse.rows("select reason, n from skips") == [{"reason": "robots", "n": 1}]
    assert "Request your data" in write_ledger_page(home, "ada").read_text()


def test_where_robots_txt_allows_the_public_feed_is_read_and_no_pin_is_asked_for(site, home, pinner):
    site.page(f"{HOST}/ada/feed.rss", FEED, "application/rss+xml")
    crawl(home, pinner, site)
    assert site.asked() == [f"{HOST}/ada/feed.rss"]
    pages = home.warehouse.rows("select url, kind, title, sha256 from pages where kind = 'pinterest_pin' order by url")
    assert [(page["url"], page["title"]) for page in pages] == [
        (f"https://{HOST}/pin/1/", "A hedge & a stile"),
        (f"https://{HOST}/pin/2/", "A hedge & a stile"),
    ]
    pin = json.loads(home.blobs.get(pages[0]["sha256"]))
    assert pin["image"] == SIGNATURE
    assert pin["details"] == "Seen by [e-mail] on “Sunday”"
    assert pin["created_at"] == "2021-06-19T21:37:04Z"


def test_a_person_without_an_account_there_asks_nothing(site, home, make_person):
    crawl(home, make_person().model_copy(update={"handles": Handles()}), site)
    assert site.log == []


@pytest.mark.parametrize("content", [b"", b"<html><p>hello</p></html>", b"{}", b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + FEED])
def test_what_is_no_feed_is_rejected(content):
    with pytest.raises(DocumentRejected):
        cut_pins(content.decode())


@holds_for(st.one_of(st.binary(), st.text().map(lambda text: rss(ITEM.format(n=text, signature=text)))), light=60)
def test_no_bytes_crash_the_reader(content):
    try:
        redacted = redact("pinterest_feed", content)
    except DocumentRejected:
        return
    assert all(pin["url"] for pin in parse_feed("https://www.pinterest.com/ada/feed.rss", redacted).pins)
