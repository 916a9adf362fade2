"""robots.txt in every state: what it is answered with, and what may then be asked."""

import datetime as dt
import gzip
import time

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.agents import AI_AGENTS
from pipeline.scrape.body import Patience
from pipeline.scrape.fetched import ROBOTS_BYTES, Ask, Fetched
from pipeline.scrape.robots import Robots, Rules
from pipeline.store import Home

PAGE = (200, {"Content-Type": "text/html"}, b"<p>words</p>")
SHUT = b"User-agent: *\nDisallow: /"
NOW = {"Retry-After": "0"}


def text(body, status=200, **headers):
    return status, {"Content-Type": "text/plain"} | headers, body


def hang_up(request):
    request.close_connection = True


def cut_short(request):
    request.reply(200, {"Content-Length": "1000"}, SHUT)
    request.close_connection = True


def to(where, status=301):
    return status, {"Location": where}, b""


LONG = b"# filler of a line\n" * (ROBOTS_BYTES // 19)
LATE = LONG + b"User-agent: *\nDisallow: /\n"
# the cap falls into a line: what is left of it is another rule
TORN = b"User-agent: *\n" + b"#" * (ROBOTS_BYTES - 14 - len(b"\nDisallow: /x")) + b"\nDisallow: /xylophones\n"

# name, what robots.txt is answered with, the path that is asked then, why it is refused (empty: it is not)
STATES = [
    # errors
    ("400 allows", text(SHUT, 400), "/x", ""),
    ("401 allows", text(SHUT, 401), "/x", ""),
    ("402 allows", text(SHUT, 402), "/x", ""),
    ("403 allows", text(SHUT, 403), "/x", ""),
    ("404 allows", text(SHUT, 404), "/x", ""),
    ("410 allows", text(SHUT, 410), "/x", ""),
    ("418 allows", text(SHUT, 418), "/x", ""),
    ("451 allows", text(SHUT, 451), "/x", ""),
    ("408 allows", text(SHUT, 408, **NOW), "/x", ""),
    ("429 closes", text(b"", 429, **NOW), "/x", "robots_unreachable"),
    ("a bot check closes", (403, {}, b"<title>Just a moment...</title>"), "/x", "robots_unreachable"),
    ("500 closes", text(b"", 500, **NOW), "/x", "robots_unreachable"),
    ("502 closes", text(b"", 502, **NOW), "/x", "robots_unreachable"),
    ("503 closes", text(b"", 503, **NOW), "/x", "robots_unreachable"),
    ("503 with rules that allow closes", text(b"User-agent: *\nAllow: /", 503, **NOW), "/x", "robots_unreachable"),
    ("504 closes", text(b"", 504, **NOW), "/x", "robots_unreachable"),
    ("599 closes", text(b"", 599, **NOW), "/x", "robots_unreachable"),
    ("hanging up closes", hang_up, "/x", "robots_unreachable"),
    ("rules cut short close", cut_short, "/x", "robots_unreachable"),
    ("rules packed in what we cannot read close", text(b"rules", **{"Content-Encoding": "br"}), "/x", "robots_unreachable"),
    ("headers that are too large close", text(b"", **{"X-Huge": "a" * 100_000}), "/x", "robots_unreachable"),
    # redirects
    ("a redirect is followed", to("https://rules.example/shut"), "/x", "robots"),
    ("a redirect on the host is followed", to("/elsewhere"), "/x", "robots"),
    ("302 is followed", to("https://rules.example/shut", 302), "/x", "robots"),
    ("308 is followed", to("https://rules.example/shut", 308), "/x", "robots"),
    ("five redirects are followed", to("https://rules.example/4"), "/x", "robots"),
    ("six redirects allow", to("https://rules.example/5"), "/x", ""),
    ("a loop allows", to("/robots.txt"), "/x", ""),
    ("a redirect to nowhere allows", to(""), "/x", ""),
    ("a redirect to what is missing allows", to("/missing"), "/x", ""),
    ("a redirect to an error closes", to("https://rules.example/broken"), "/x", "robots_unreachable"),
    ("a redirect to a page of HTML allows", to("https://rules.example/page"), "/x", ""),
    ("a redirect to loopback closes", to("http://127.0.0.1/robots.txt"), "/x", "not_public"),
    ("a redirect to localhost closes", to("http://localhost/robots.txt"), "/x", "robots_unreachable"),
    ("a redirect to a file closes", to("file:///etc/robots.txt"), "/x", "robots_unreachable"),
    # what is no rules
    ("204 allows", (204, {}, b""), "/x", ""),
    ("206 allows", text(b"", 206), "/x", ""),
    ("304, unasked, closes", (304, {}, b""), "/x", "robots_unreachable"),
    ("nothing allows", text(b""), "/x", ""),
    ("white space allows", text(b" \r\n\t\n"), "/x", ""),
    ("HTML allows", text(b"<html>Disallow: / is not said here</html>"), "/x", ""),
    ("binary allows", text(bytes(range(256)) * 10), "/x", ""),
    ("NUL bytes allow", text(b"\x00" * 1000), "/x", ""),
    ("a picture allows", (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n"), "/x", ""),
    ("JSON allows", (200, {"Content-Type": "application/json"}, b'{"error": "not found"}'), "/x", ""),
    ("a rule of nobody's allows", text(b"Disallow: /"), "/x", ""),
    # how rules may be written
    ("all is closed", text(SHUT), "/x", "robots"),
    ("robots.txt of the wrong type", (200, {"Content-Type": "text/html"}, SHUT), "/x", "robots"),
    ("CRLF", text(SHUT.replace(b"\n", b"\r\n")), "/x", "robots"),
    ("CR alone", text(SHUT.replace(b"\n", b"\r")), "/x", "robots"),
    ("a byte order mark", text(b"\xef\xbb\xbf" + SHUT), "/x", "robots"),
    ("UTF-16", text(SHUT.decode().encode("utf-16")), "/x", "robots"),
    ("bytes that are no UTF-8", text(b"# \xff\xfe caf\xe9\n" + SHUT), "/x", "robots"),
    ("a path in UTF-8", text("User-agent: *\nDisallow: /café".encode()), "/caf%C3%A9", "robots"),
    ("a path in Latin-1", text("User-agent: *\nDisallow: /café".encode("latin-1")), "/caf%C3%A9", "robots"),
    ("gzip", text(gzip.compress(SHUT), **{"Content-Encoding": "gzip"}), "/x", "robots"),
    ("capitals", text(b"USER-AGENT: *\nDISALLOW: /"), "/x", "robots"),
    ("white space around", text(b"  User-agent :  * \n\t Disallow :  / "), "/x", "robots"),
    ("comments", text(b"# all\nUser-agent: * # all\nDisallow: / # ada@mail.example"), "/x", "robots"),
    ("blank lines between", text(b"User-agent: *\n\n\nDisallow: /"), "/x", "robots"),
    ("lines that nobody knows between", text(b"User-agent: *\nNoise: 1\n<b>\nDisallow: /"), "/x", "robots"),
    ("a rule of five megabytes", text(SHUT + b"\nDisallow: /" + b"a" * 5_000_000), "/x", "robots"),
    ("five megabytes after the rules", text(SHUT + b"\n" + LONG * 10), "/x", "robots"),
    ("rules behind half a megabyte are not read", text(LATE), "/x", ""),
    ("a rule torn at the cap is not read", text(TORN), "/x", ""),
    ("an empty rule", text(b"User-agent: *\nDisallow:"), "/x", ""),
    ("another folder", text(b"User-agent: *\nDisallow: /drafts/"), "/x", ""),
    ("this folder", text(b"User-agent: *\nDisallow: /drafts/"), "/drafts/x", "robots"),
    ("a pattern", text(b"User-agent: *\nDisallow: /*.php$"), "/a.php", "robots"),
    ("a pattern's end", text(b"User-agent: *\nDisallow: /*.php$"), "/a.php5", ""),
    ("a query", text(b"User-agent: *\nDisallow: /*?"), "/x?y=1", "robots"),
    ("the longer rule wins", text(b"User-agent: *\nDisallow: /\nAllow: /x"), "/x", ""),
    ("of equal rules the one that allows", text(b"User-agent: *\nDisallow: /x\nAllow: /x"), "/x", ""),
    ("percent signs", text(b"User-agent: *\nDisallow: /a%2fb"), "/a%2Fb", "robots"),
    # groups
    ("open to us", text(SHUT + b"\n\nUser-agent: rhizome\nAllow: /"), "/x", ""),
    ("closed to us", text(b"User-agent: Rhizome\nDisallow: /"), "/x", "robots"),
    ("closed to us with a version", text(b"User-agent: Rhizome/0.1\nDisallow: /"), "/x", "robots"),
    ("closed to somebody else", text(b"User-agent: Googlebot\nDisallow: /"), "/x", ""),
    ("open to somebody else alone", text(b"User-agent: Googlebot\nAllow: /\n\nUser-agent: *\nDisallow: /"), "/x", "robots"),
    ("two names for one group", text(b"User-agent: Googlebot\nUser-agent: rhizome\nDisallow: /"), "/x", "robots"),
    ("two groups of ours", text(b"User-agent: rhizome\nDisallow: /a\n\nUser-agent: rhizome\nDisallow: /x"), "/x", "robots"),
]


@pytest.fixture(scope="module")
def rules_site(shared_site):
    shared_site.rules |= {
        "rules.example/shut": text(SHUT),
        "rules.example/page": (200, {"Content-Type": "text/html"}, b"<html>home</html>"),
    }
    shared_site.rules["rules.example/broken"] = text(b"", 500, **NOW)
    shared_site.rules |= {f"rules.example/{n}": to(f"/{n - 1}" if n > 1 else "/shut") for n in range(1, 6)}
    return shared_site


@pytest.mark.parametrize(("place", "path", "reason"), [(n, *row[2:]) for n, row in enumerate(STATES)], ids=[row[0] for row in STATES])
def test_what_may_be_asked_in_every_state_of_robots_txt(rules_site, shared_client, place, path, reason):
    host = f"robots{place}.example"
    rules_site.rules |= {f"{host}/robots.txt": STATES[place][1], f"{host}/elsewhere": text(SHUT), f"{host}{path}": PAGE}
    found = shared_client.get(Ask(f"https://{host}{path}", "html"))
    assert (found.reason, found.outcome == "kept") == (reason, not reason)
    assert rules_site.asked(host).count(f"{host}{path}") == (0 if reason else 1)


def test_silence_closes(site, make_client):
    site.rules["a.example/robots.txt"] = lambda _: time.sleep(0.5)
    found = make_client(patience=Patience(read=0.1, backoff=0.01)).get(Ask("https://a.example/x", "html"))
    assert (found.outcome, found.reason, site.asked()) == ("refused", "robots_unreachable", [])


# the value, seconds between requests
DELAYS = [
    ("3", 3.0), ("0.5", 0.5), (" 10 ", 10.0), ("007", 7.0), ("1e2", 100.0), ("86400", 86400.0),
    ("0", None), ("-5", None), ("abc", None), ("", None), ("3s", None), ("1,5", None), ("nan", None), ("inf", None), ("1e999", None),
    ("-inf", None), ("0x10", None), ("9" * 400, None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), DELAYS, ids=[value[:10] or "empty" for value, _ in DELAYS])
def test_a_crawl_delay_is_a_positive_number_of_seconds(value, seconds):
    assert rules(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x").crawl_delay() == seconds


def test_our_own_crawl_delay_wins_over_everybodys():
    assert rules("User-agent: *\nCrawl-delay: 3\n\nUser-agent: rhizome\nCrawl-delay: 7").crawl_delay() == 7.0
    assert rules("User-agent: googlebot\nCrawl-delay: 3").crawl_delay() is None


def rules(body, status=200, **more):
    return Rules(status, body, dt.datetime.now(dt.UTC), **more)


@pytest.mark.parametrize(
    ("body", "out"),
    [
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /", True),
        ("User-agent: Google-Extended\nDisallow: /\n\nUser-agent: *\nAllow: /", True),
        ("User-agent: gptbot\nDisallow: /x", True),
        ("User-agent: GPTBot\nDisallow: /y", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: rhizome\nAllow: /", True),
        ("User-agent: *\nDisallow: /private/", False),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: BLEXBot\nDisallow: /", False),
        ("User-agent: GPTBot\nDisallow:", False),
        ("", False),
        *((f"User-agent: {agent}\nDisallow: /", True) for agent in AI_AGENTS),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", True),
        ("content-signal: AI-Train = No\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nContent-Signal: ai-train=yes, ai-input=no\nAllow: /", False),
        ("User-agent: *\nDisallow: /ai-train=no", False),
    ],
)
def test_shutting_out_agents_that_train_is_an_opt_out(body, out):
    assert rules(body).opts_out("https://a.example/x") is out


@pytest.mark.parametrize(
    ("body", "forbidden"),
    [("User-agent: *\nDisallow: /", True), ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /", True),
     ("User-agent: *\nDisallow: /private/", False), ("User-agent: rhizome\nDisallow: /", False), ("", False)],
)  # fmt: skip
def test_what_shuts_us_out_together_with_agents_that_train_forbids_training_of_what_was_imported(body, forbidden):
    assert rules(body).forbids_training("https://a.example/x") is forbidden


@holds_for(
    st.one_of(
        st.text(), st.lists(st.sampled_from(["User-agent: *", "Disallow: /a*$", "Allow:", "Crawl-delay: x", "*", "$"])).map("\n".join)
    ),
    st.text("/ab*$?%é", max_size=20),
    light=150,
)
def test_no_rules_and_no_path_crash_it(body, path):
    found = rules(body)
    assert found.allows(f"https://a.example/{path}") in (True, False)
    assert found.opts_out(f"https://a.example/{path}") in (True, False)
    assert found.crawl_delay() is None or found.crawl_delay() > 0


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Rules made of any bytes."""
    answers = {}
    robots = Robots(Home(tmp_path_factory.mktemp("robots")), lambda url: Fetched(url, "kept", "", 200, {}, answers[url]))

    def tell(content):
        answers[f"https://{len(answers)}.example/robots.txt"] = content
        return robots.rules(f"https://{len(answers) - 1}.example")

    return tell


@holds_for(st.binary(max_size=300), light=100)
def test_no_bytes_crash_the_reader(told, content):
    found = told(content)
    assert (found.status, found.closed) == (200, False)
    found.body.encode()


def test_of_what_is_read_only_rules_are_kept(home):
    told = b"# Ask ada@mail.example\nUser-agent: * # or bob@mail.example\nDisallow: /a\n<p>write to cy@mail.example</p>\n"
    robots = Robots(home, lambda url: Fetched(url, "kept", "", 200, {}, told))
    assert not robots.rules("https://a.example").allows("https://a.example/a")
    [row] = robots.drain()
    assert "mail.example" not in row["body"]


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
