"""The polite client: what it says of itself, whom it asks, how often, and where redirects lead it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import SettingsError
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask
from pipeline.scrape.guard import Guard
from pipeline.scrape.outcomes import OUTCOMES, REASONS

HTML = b"<html><body><p>words</p></body></html>"
PAGE = (200, {"Content-Type": "text/html"}, HTML)
CHECK = (200, {"Content-Type": "text/html"}, b"<html><title>Just a moment...</title></html>")


def get(client, url="https://a.example/x", want="html", **more):
    return client.get(Ask(url, want, **more))


def redirect(to, status=302, **more):
    return (status, {"Location": to} | more, b"")


def after(times, failure, then=PAGE):
    """A rule that fails so many times and then does not."""
    left = [times]

    def rule(request):
        left[0] -= 1
        answer = failure if left[0] >= 0 else then
        return answer(request) if callable(answer) else answer

    return rule


def hang_up(request):
    request.close_connection = True


def cut_short(request):
    request.reply(200, {"Content-Type": "text/html", "Content-Length": "1000"}, HTML)
    request.close_connection = True


def test_a_page_comes_with_our_own_name_and_no_cookies(site, make_client):
    site.rules["a.example/x"] = (200, {"Content-Type": "text/html", "Set-Cookie": "a=b"}, HTML)
    client = make_client()
    assert (get(client).outcome, get(client).content) == ("kept", HTML)
    headers = site.log[-1][2]
    assert headers["User-Agent"].startswith("Rhizome/")
    assert "(+https://rhizome.example/contact)" in headers["User-Agent"]
    assert "Cookie" not in headers
    assert headers["X-Forwarded-Proto"] == "https"


def test_robots_txt_is_asked_first_and_once(site, make_client):
    site.rules["a.example/x"] = PAGE
    client = make_client()
    get(client), get(client)
    assert [path for _, path, _ in site.log] == ["/robots.txt", "/x", "/x"]


# name, what is answered each time, how often it is asked, outcome, reason
TRIES = [
    ("a page", PAGE, 1, "kept", ""),
    ("not found", (404, {}, b""), 1, "rejected", "not_found"),
    ("forbidden", (403, {}, b"Not authorized"), 1, "rejected", "forbidden"),
    ("a bot check", CHECK, 1, "retry_later", "blocked"),
    ("server error", (500, {}, b""), 3, "retry_later", "server_error"),
    ("unavailable", (503, {}, b""), 3, "retry_later", "server_error"),
    ("unavailable for no time", (503, {"Retry-After": "0"}, b""), 3, "retry_later", "server_error"),
    ("unavailable for an hour", (503, {"Retry-After": "3600"}, b""), 1, "retry_later", "server_error"),
    ("unavailable until yesterday", (503, {"Retry-After": "Fri, 20 Nov 2020 12:00:00 GMT"}, b""), 3, "retry_later", "server_error"),
    ("unavailable until 2099", (503, {"Retry-After": "Thu, 01 Jan 2099 00:00:00 GMT"}, b""), 1, "retry_later", "server_error"),
    ("unavailable for minus five seconds", (503, {"Retry-After": "-5"}, b""), 3, "retry_later", "server_error"),
    ("unavailable until soon", (503, {"Retry-After": "soon"}, b""), 3, "retry_later", "server_error"),
    ("too many requests", (429, {}, b""), 1, "retry_later", "rate_limited"),
    ("too many requests, for thirty years", (429, {"Retry-After": "1000000000"}, b""), 1, "retry_later", "rate_limited"),
    ("hanging up", hang_up, 2, "retry_later", "connection"),
    ("a body cut short", cut_short, 2, "retry_later", "truncated"),
    ("gzip that is none", (200, {"Content-Encoding": "gzip"}, b"no gzip"), 2, "retry_later", "bad_encoding"),
    ("a huge header", (200, {"X-Huge": "a" * 100_000}, HTML), 1, "rejected", "bad_headers"),
    ("what is no JSON", (200, {}, b"plain"), 1, "quarantined", "not_json"),
    ("server error once", after(1, (500, {}, b"")), 2, "kept", ""),
    ("server error twice", after(2, (500, {}, b"")), 3, "kept", ""),
    ("too many requests once", after(1, (429, {"Retry-After": "0"}, b"")), 2, "kept", ""),
    ("request timeout once", after(1, (408, {}, b"")), 2, "kept", ""),
    ("hanging up once", after(1, hang_up), 2, "kept", ""),
    ("a body cut short once", after(1, cut_short), 2, "kept", ""),
]


@pytest.mark.parametrize(
    ("place", "times", "outcome", "reason"), [(n, *row[2:]) for n, row in enumerate(TRIES)], ids=[row[0] for row in TRIES]
)
def test_a_passing_trouble_is_tried_again_and_nothing_else(shared_site, shared_client, place, times, outcome, reason):
    host = f"tries{place}.example"
    shared_site.rules[f"{host}/x"] = TRIES[place][1]
    found = get(shared_client, f"https://{host}/x", "json" if reason == "not_json" else "html")
    assert (found.outcome, found.reason, len(shared_site.asked(host))) == (outcome, reason, times)
    assert found.outcome in OUTCOMES
    assert found.reason in REASONS


def test_a_long_retry_after_is_left_to_the_next_run_and_holds_for_the_whole_host_until_then(site, home, make_client):
    site.rules |= {"a.example/x": (429, {"Retry-After": "3600"}, b""), "www.a.example/y": PAGE, "b.example/y": PAGE}
    client = make_client()
    first, second = get(client), get(client, "https://www.a.example/y")
    assert (first.outcome, first.reason, first.wait) == ("retry_later", "rate_limited", 3600.0)
    assert (second.outcome, second.reason) == ("stopped", "rate_limited")
    assert 3590.0 < second.wait <= 3600.0
    assert get(client, "https://b.example/y").outcome == "kept"
    later = get(make_client(), "https://www.a.example/y")
    assert (later.outcome, later.reason) == ("stopped", "rate_limited")
    assert len(site.asked("a.example")) == 1


def test_a_429_that_does_not_say_how_long_gives_its_owner_a_minute(site, make_client):
    for name in "abcdef":
        site.rules[f"{name}.substack.com/x"] = (429, {}, b"<pre>Too Many Requests</pre>")
    client = make_client()
    first, *others = [get(client, f"https://{name}.substack.com/x") for name in "abcdef"]
    assert (first.outcome, first.reason) == ("retry_later", "rate_limited")
    assert 60.0 <= first.wait <= 90.0
    assert {(found.outcome, found.reason) for found in others} == {("stopped", "rate_limited")}
    assert len(site.asked("substack.com")) == 1


def test_where_a_redirect_leads_is_asked_as_written_and_told_of_without_tokens_and_addresses(site, make_client):
    site.rules["a.example/x"] = (302, {"Location": "https://web.example/landing?sid=SECRET&email=bob%40mail.com&page=2"}, b"")
    site.rules["web.example/landing"] = PAGE
    client = make_client()
    found = get(client)
    assert "web.example/landing?sid=SECRET&email=bob%40mail.com&page=2" in site.asked()
    assert found.url == "https://web.example/landing?sid=masked&[e-mail]&page=2"
    assert not [row for row in client.drain() if "SECRET" in str(row) or "bob" in str(row)]


@pytest.mark.parametrize("query", ["token=masked", "a=1&signature=masked&b=2", "to=%5Be-mail%5D", "ip=%5BIP%20address%5D"])
def test_an_address_that_lost_a_part_to_masking_is_not_asked(site, make_client, query):
    client = make_client()
    found = get(client, f"https://a.example/x?{query}")
    assert (found.outcome, found.reason) == ("refused", "masked")
    assert client.forbidden(f"https://a.example/x?{query}", trains=False) == "masked"
    assert site.log == []


def test_a_date_in_retry_after_counts_from_the_servers_own_clock(site, make_client):
    clock = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "Retry-After": "Mon, 01 Jan 2001 01:00:00 GMT"}

    def answer(request):
        request.send_response_only(503)
        for name, value in (clock | {"Content-Length": "0"}).items():
            request.send_header(name, value)
        request.end_headers()

    site.rules["a.example/x"] = answer
    assert get(make_client()).wait == 3600.0


def test_who_was_waiting_for_a_turn_is_not_sent_to_a_host_that_turned_us_away_meanwhile(site, make_client):
    for n in range(6):
        site.rules[f"a.example/{n}"] = (403, {}, b"Forbidden")
    client = make_client()
    get(client, "https://a.example/nothing")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: get(client, f"https://a.example/{n}").reason, range(6)))
    assert sorted(found) == ["circuit_open"] * 5 + ["forbidden"]


def test_a_403_on_content_ends_the_host_for_this_run_and_only_this_one(site, make_client):
    site.rules |= {"a.example/x": (403, {}, b"Forbidden"), "a.example/y": PAGE, "b.example/y": PAGE}
    client = make_client()
    found = [get(client, url).reason for url in ("https://a.example/x", "https://a.example/y", "https://b.example/y")]
    assert found == ["forbidden", "circuit_open", ""]
    assert site.asked("a.example") == ["a.example/x"]
    assert get(make_client(), "https://a.example/y").outcome == "kept"


def test_three_bot_checks_in_a_row_end_the_host_and_fewer_do_not(site, make_client):
    site.rules |= {"a.example/no": CHECK, "a.example/yes": PAGE}
    client = make_client()
    found = [get(client, f"https://a.example/{path}").reason for path in ("no", "no", "yes", "no", "no", "no", "yes")]
    assert found == ["blocked", "blocked", "", "blocked", "blocked", "blocked", "circuit_open"]


def test_a_missing_picture_in_a_bucket_is_no_refusal(site, make_client):
    client = make_client()
    for n in range(6):
        site.rules[f"a.example/{n}"] = (403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDenied</Code></Error>")
    assert {get(client, f"https://a.example/{n}", "image").reason for n in range(6)} == {"not_found"}


def test_conditional_requests_are_answered_unchanged(site, make_client):
    site.page("a.example/x", HTML)
    first = get(client := make_client())
    again = get(client, etag=first.headers["etag"])
    assert (again.outcome, again.status, again.content) == ("unchanged", 304, b"")


# name, Location, where it ends (below the first host where it begins with a slash), reason
REDIRECTS = [
    ("a path", "/y", "/y", ""),
    ("a name beside", "y", "/y", ""),
    ("a query", "?y=1", "/x?y=1", ""),
    ("a path with a fragment", "/y#part", "/y", ""),
    ("dots", "/a/../../y", "/y", ""),
    ("white space around", "  /y  ", "/y", ""),
    ("a space within", "/a b", "/a%20b", ""),
    ("UTF-8", "/caf\xc3\xa9", "/caf%C3%A9", ""),
    ("Latin-1", "/caf\xe9", "/caf%C3%A9", ""),
    ("percent signs", "/caf%c3%a9", "/caf%C3%A9", ""),
    ("another host", "https://b.example/y", "https://b.example/y", ""),
    ("another host, in capitals", "HTTPS://B.EXAMPLE/y", "https://b.example/y", ""),
    ("another host without a scheme", "//b.example/y", "https://b.example/y", ""),
    ("another host in IDNA", "https://b\xc3\xbccher.example/y", "https://xn--bcher-kva.example/y", ""),
    ("another host without TLS", "http://b.example/y", "http://b.example/y", ""),
    ("nothing", "", "/x", "bad_redirect"),
    ("itself", "/x", "/x", "redirect_loop"),
    ("itself with a fragment", "/x#part", "/x", "redirect_loop"),
    ("itself by a fragment", "#part", "/x", "redirect_loop"),
    ("a host that robots.txt closes", "https://closed.example/y", "https://closed.example/y", "robots"),
    ("a host whose robots.txt fails", "https://broken.example/y", "https://broken.example/y", "robots_unreachable"),
    ("loopback", "http://127.0.0.1/", None, "not_public"),
    ("loopback as a number", "http://2130706433/", None, "not_public"),
    ("loopback in hexadecimal", "http://0x7f.1/", None, "not_public"),
    ("loopback in brackets", "http://[::1]/", None, "not_public"),
    ("mapped loopback", "http://[::ffff:127.0.0.1]/", None, "not_public"),
    ("a cloud's metadata", "http://169.254.169.254/latest/meta-data/", None, "not_public"),
    ("loopback without a scheme", "//127.0.0.1/", None, "not_public"),
    ("a public number", "http://8.8.8.8/", None, "not_public"),
    ("localhost", "http://localhost/", None, "special_name"),
    ("an inner name", "https://metadata.google.internal/", None, "special_name"),
    ("a file", "file:///etc/passwd", None, "bad_scheme"),
    ("a script", "javascript:alert(1)", None, "bad_scheme"),
    ("data", "data:text/html,x", None, "bad_scheme"),
    ("ftp", "ftp://b.example/", None, "bad_scheme"),
    ("a user", "http://a@b.example/", None, "userinfo"),
    ("a port", "http://b.example:22/", None, "bad_port"),
    ("a backslash", "http://127.0.0.1\\@b.example/", None, "bad_address"),
    ("backslashes for slashes", "\\\\127.0.0.1\\x", None, "bad_address"),
    ("a control character", "/a\x01b", None, "bad_address"),
    ("an open bracket", "http://[::1", None, "bad_address"),
    ("ten kilobytes", "/" + "a" * 10_000, None, "bad_address"),
]


@pytest.mark.parametrize(
    ("place", "to", "end", "reason"), [(n, *row[1:]) for n, row in enumerate(REDIRECTS)], ids=[row[0] for row in REDIRECTS]
)
def test_a_redirect_is_read_and_guarded_like_an_address(shared_site, shared_client, place, to, end, reason):
    host = f"from{place}.example"
    shared_site.rules |= {
        "closed.example/robots.txt": (200, {}, b"User-agent: *\nDisallow: /"),
        "broken.example/robots.txt": (500, {}, b""),
    }
    shared_site.rules[f"{host}/x"] = lambda request: redirect(to) if request.path == "/x" else PAGE
    for path in ("/y", "/a%20b", "/caf%C3%A9", "/x?y=1"):
        for name in (host, "b.example", "xn--bcher-kva.example"):
            shared_site.rules.setdefault(f"{name}{path}", PAGE)
    found = get(shared_client, f"https://{host}/x")
    assert found.reason == reason
    assert end is None or found.url == (f"https://{host}{end}" if end.startswith("/") else end)
    assert found.outcome == ("kept" if not reason else "rejected" if "redirect" in reason else "refused")
    assert len(shared_site.asked(host)) == (2 if end and end.startswith("/") and not reason else 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect_is_followed_and_each_host_asked_for_its_robots_txt(shared_site, shared_client, status):
    host, other = f"is{status}.example", f"to{status}.example"
    shared_site.rules |= {f"{host}/x": redirect(f"https://{other}/y", status), f"{other}/y": redirect("/z"), f"{other}/z": PAGE}
    assert get(shared_client, f"https://{host}/x").url == f"https://{other}/z"
    assert (other, "/robots.txt") in [(name, path) for name, path, _ in shared_site.log]


@pytest.mark.parametrize(("length", "reason"), [(1, ""), (5, ""), (6, "too_many_redirects"), (30, "too_many_redirects")])
def test_five_redirects_are_followed(shared_site, shared_client, length, reason):
    host = f"chain{length}.example"
    for n in range(length):
        shared_site.rules[f"{host}/{n}"] = redirect(f"/{n + 1}")
    shared_site.rules[f"{host}/{length}"] = PAGE
    assert get(shared_client, f"https://{host}/0").reason == reason
    assert len(shared_site.asked(host)) == min(length + 1, 6)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_cycles_of_redirects_end_at_the_second_round(shared_site, shared_client, length):
    host = f"cycle{length}.example"
    for n in range(length):
        shared_site.rules[f"{host}/{n}"] = redirect(f"/{(n + 1) % length}", **{"Set-Cookie": "seen=1"})
    assert get(shared_client, f"https://{host}/0").reason == "redirect_loop"
    assert len(shared_site.asked(host)) == length


def test_a_redirect_to_what_is_held_is_not_followed(site, make_client):
    site.rules["a.example/x"] = redirect("https://b.example/held")
    found = make_client().get(Ask("https://a.example/x", "html"), known=lambda url: url == "https://b.example/held")
    assert (found.outcome, found.reason, found.url) == ("unchanged", "moved_to_known", "https://b.example/held")
    assert site.asked("b.example") == []


def test_the_request_budget_of_a_run_holds(site, make_client):
    client = make_client(limits=", requests_per_run: 3")
    for n in range(4):
        site.rules[f"a.example/{n}"] = PAGE
    found = [get(client, f"https://a.example/{n}").reason for n in range(4)]
    assert found == ["", "", "limit", "limit"]
    assert len(site.log) == 3


def test_every_attempt_is_a_row_also_the_refused_ones(site, make_client):
    site.rules["a.example/x"] = after(1, (500, {}, b""))
    client = make_client()
    get(client, source_id="s", hop=1)
    get(client, "http://localhost/")
    rows = client.drain()
    assert [(row["status"], row["outcome"]) for row in rows] == [(404, "rejected"), (500, "retry_later"), (200, "kept"), (None, "refused")]
    assert {row["run_id"] for row in rows} == {"run"}
    assert len({row["fetch_id"] for row in rows}) == 4
    assert client.drain() == []


CLOSED = (200, {"Content-Type": "text/plain"}, b"User-agent: GPTBot\nDisallow: /\n")


def test_what_is_to_train_is_not_asked_of_a_host_that_shuts_out_ai_agents_nor_by_a_redirect(site, make_client):
    site.rules |= {"b.example/robots.txt": CLOSED, "a.example/x": redirect("https://b.example/y"), "b.example/y": PAGE}
    client = make_client()
    found = [get(client, url, trains=True) for url in ("https://a.example/x", "https://b.example/y")]
    assert {(one.outcome, one.reason, one.url) for one in found} == {("refused", "opted_out", "https://b.example/y")}
    assert site.asked("b.example") == []
    assert get(client).outcome == "kept"


def test_the_real_internet_is_asked_at_most_twice_a_second(home, make_person):
    person = make_person()
    with pytest.raises(SettingsError, match=r"`requests_per_second: 2000`.*at most 2 per second.*Write `requests_per_second: 0.5`"):
        Client(home, person, "run", Guard(None))
    slow = person.model_copy(update={"limits": person.limits.model_copy(update={"requests_per_second": 2.0})})
    assert Client(home, slow, "run", Guard(None)).drain() == []


ONE_REPEAT = ", posts_per_source: 1, pages_per_host: 1"


def test_second_tries_of_a_host_are_counted_and_end(site, make_client):
    for path in ("x", "y", "z"):
        site.rules[f"a.example/{path}"] = (503, {"Retry-After": "0"}, b"")
    client = make_client(ONE_REPEAT)
    assert [get(client, f"https://a.example/{path}").reason for path in ("x", "y", "z")] == ["server_error"] * 3
    assert site.asked() == ["a.example/x", "a.example/x", "a.example/y", "a.example/z"]


def test_redirects_to_a_host_are_counted_and_end_for_this_run(site, make_client):
    for path in ("x", "y"):
        site.rules[f"a.example/{path}"] = (301, {"Location": f"https://b.example/{path}"}, b"")
        site.rules[f"b.example/{path}"] = PAGE
    client = make_client(ONE_REPEAT)
    found = [get(client, f"https://a.example/{path}") for path in ("x", "y")]
    assert [(one.outcome, one.reason) for one in found] == [("kept", ""), ("stopped", "limit")]
    assert site.asked("b.example") == ["b.example/x"]


def test_the_steps_of_a_run_share_its_requests(site, home, make_client):
    site.rules["a.example/x"] = PAGE
    first = make_client(", requests_per_run: 3")
    get(first)
    with home.warehouse.transaction() as t:
        t.append("fetches", first.drain())
        t.upsert("robots", first.robots.drain(), "origin")
    second = make_client(", requests_per_run: 3")
    assert [get(second).reason, get(second).reason] == ["", "limit"]
    assert len(site.log) == 3
