import datetime as dt

import pytest

from pipeline.scrape.fetched import Ask, Fetched
from pipeline.scrape.robots import Robots, Rules

PAGE = (200, {"Content-Type": "text/html"}, b"<p>words</p>")


def verdict(site, client, path="/x"):
    site.rules[f"a.example{path}"] = PAGE
    return client.get(Ask(f"https://a.example{path}", "html")).reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_any_4xx_allows(site, make_client, status):
    site.rules["a.example/robots.txt"] = (status, {}, b"User-agent: *\nDisallow: /")
    assert verdict(site, make_client()) == ""


@pytest.mark.parametrize("status", [500, 502, 503])
def test_any_5xx_closes(site, make_client, status):
    site.rules["a.example/robots.txt"] = (status, {"Retry-After": "0"}, b"")
    assert verdict(site, make_client()) == "robots_unreachable"
    assert site.asked() == []


def test_silence_closes(site, make_client):
    def hang_up(request):
        request.close_connection = True

    site.rules["a.example/robots.txt"] = hang_up
    assert verdict(site, make_client()) == "robots_unreachable"


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (b"User-agent: *\nDisallow: /", "/x", "robots"),
        (b"User-agent: *\nDisallow: /drafts/", "/x", ""),
        (b"User-agent: *\nDisallow: /drafts/", "/drafts/x", "robots"),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: rhizome\nAllow: /", "/x", ""),
        (b"User-agent: Rhizome\nDisallow: /", "/x", "robots"),
        (b"User-agent: Googlebot\nAllow: /", "/x", ""),
        (b"User-agent: *\nDisallow: /*.php$", "/a.php", "robots"),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /", "/x", "robots"),
        (b"<html>not rules</html>", "/x", ""),
        (b"\x00\xff\xfe\x80", "/x", ""),
        (b"", "/x", ""),
        (b"User-agent: *\nDisallow: /\n" + b"# filler\n" * 100_000, "/x", "robots"),
    ],
)
def test_rules_as_they_are_written(site, make_client, body, path, reason):
    site.rules["a.example/robots.txt"] = (200, {"Content-Type": "text/plain"}, body)
    assert verdict(site, make_client(), path) == reason


def test_redirects_of_robots_txt_are_followed(site, make_client):
    site.rules["a.example/robots.txt"] = (301, {"Location": "https://b.example/rules"}, b"")
    site.rules["b.example/rules"] = (200, {}, b"User-agent: *\nDisallow: /")
    assert verdict(site, make_client()) == "robots"


def test_too_many_redirects_of_robots_txt_allow(site, make_client):
    for n in range(9):
        site.rules[f"a.example/{n}"] = (301, {"Location": f"/{n + 1}"}, b"")
    site.rules["a.example/robots.txt"] = (301, {"Location": "/0"}, b"")
    assert verdict(site, make_client()) == ""


@pytest.mark.parametrize(
    ("body", "out"),
    [
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /", True),
        ("User-agent: Google-Extended\nDisallow: /\n\nUser-agent: *\nAllow: /", True),
        ("User-agent: *\nDisallow: /private/", False),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: BLEXBot\nDisallow: /", False),
        ("", False),
    ],
)
def test_shutting_out_agents_that_train_is_an_opt_out(body, out):
    rules = Rules(200, body, dt.datetime.now(dt.UTC))
    assert rules.opts_out("https://a.example/x") is out


def test_rules_are_kept_for_a_day_and_no_longer(home):
    now = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    asked = []

    def fetch(url):
        asked.append(url)
        return Fetched(url, "kept", "", 200, {}, b"User-agent: *\nCrawl-delay: 3")

    first = Robots(home, fetch, lambda: now)
    assert first.rules("https://a.example").crawl_delay() == 3.0
    with home.warehouse.transaction() as t:
        t.upsert("robots", first.drain(), "origin")
    Robots(home, fetch, lambda: now + dt.timedelta(hours=23)).rules("https://a.example")
    assert len(asked) == 1
    Robots(home, fetch, lambda: now + dt.timedelta(hours=25)).rules("https://a.example")
    assert len(asked) == 2


def test_an_error_is_not_remembered(home):
    robots = Robots(home, lambda url: Fetched(url, "retry_later", "server_error", 503))
    assert robots.rules("https://a.example").closed
    assert robots.drain() == []
