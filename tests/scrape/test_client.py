import datetime as dt
import gzip
import socket
import struct
import time
from email.utils import format_datetime

import pytest

from pipeline.errors import SettingsError
from pipeline.scrape.body import Patience
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask, retry_after
from pipeline.scrape.guard import Guard
from pipeline.scrape.outcomes import OUTCOMES, REASONS

HTML = b"<html><body><p>words</p></body></html>"
PAGE = (200, {"Content-Type": "text/html"}, HTML)


def get(client, url="https://a.example/x", want="html", **more):
    return client.get(Ask(url, want, **more))


def after(times, failure, then=PAGE):
    """A rule that fails so many times and then does not."""
    left = [times]

    def rule(_):
        left[0] -= 1
        return failure if left[0] >= 0 else then

    return rule


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


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (404, "rejected", "not_found"),
        (410, "rejected", "gone"),
        (401, "rejected", "unauthorized"),
        (402, "rejected", "paid"),
        (403, "rejected", "forbidden"),
        (418, "rejected", "http_error"),
        (206, "rejected", "http_error"),
        (204, "rejected", "http_error"),
        (500, "retry_later", "server_error"),
        (503, "retry_later", "server_error"),
    ],
)
def test_every_status_has_its_outcome(site, make_client, status, outcome, reason):
    site.rules["a.example/x"] = (status, {"Content-Type": "text/html"}, b"" if status == 204 else b"no")
    found = get(make_client())
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.outcome in OUTCOMES
    assert found.reason in REASONS


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_a_passing_trouble_is_tried_again(site, make_client, status):
    site.rules["a.example/x"] = after(1, (status, {"Retry-After": "0"}, b""))
    assert get(make_client()).outcome == "kept"


def test_a_long_retry_after_is_left_to_the_next_run(site, make_client):
    site.rules["a.example/x"] = (429, {"Retry-After": "3600"}, b"")
    found = get(make_client())
    assert (found.outcome, found.wait, len(site.asked())) == ("retry_later", 3600.0, 1)


NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - dt.timedelta(days=1), usegmt=True), 0.0),
        ("Fri, 01 Jan 2099 00:00:00 GMT", 6 * 3600.0),
        ("1000000000", 6 * 3600.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("1e9", None),
        ("٧", None),
    ],
)
def test_retry_after_in_every_form(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_a_403_on_content_ends_the_host_for_this_run_and_only_this_one(site, make_client):
    site.rules |= {"a.example/x": (403, {}, b"Forbidden"), "a.example/y": PAGE, "b.example/y": PAGE}
    client = make_client()
    found = [get(client, url).reason for url in ("https://a.example/x", "https://a.example/y", "https://b.example/y")]
    assert found == ["forbidden", "circuit_open", ""]
    assert site.asked("a.example") == ["a.example/x"]
    assert get(make_client(), "https://a.example/y").outcome == "kept"


def test_three_bot_checks_in_a_row_end_the_host_and_fewer_do_not(site, make_client):
    check = (200, {"Content-Type": "text/html"}, b"<html><title>Just a moment...</title></html>")
    site.rules |= {"a.example/no": check, "a.example/yes": PAGE}
    client = make_client()
    found = [get(client, f"https://a.example/{path}").reason for path in ("no", "no", "yes", "no", "no", "no", "yes")]
    assert found == ["blocked", "blocked", "", "blocked", "blocked", "blocked", "circuit_open"]


def test_a_missing_picture_in_a_bucket_is_no_refusal(site, make_client):
    client = make_client()
    for n in range(6):
        site.rules[f"a.example/{n}"] = (403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDenied</Code></Error>")
    assert {get(client, f"https://a.example/{n}", "image").reason for n in range(6)} == {"not_found"}


@pytest.mark.parametrize("body", [b"<html><title>Just a moment...</title></html>", b"<html>captcha</html>"])
def test_a_bot_check_in_place_of_json_is_blocked(site, make_client, body):
    site.rules["a.example/x"] = (200, {"Content-Type": "text/html"}, body)
    assert get(make_client(), want="json").reason == "blocked"


@pytest.mark.parametrize("body", [b'{"a": [1, 2', b"<html>hello</html>", b"plain", b'"text"'])
def test_what_is_no_json_is_quarantined(site, make_client, body):
    site.rules["a.example/x"] = (200, {"Content-Type": "application/json"}, body)
    found = get(make_client(), want="json")
    assert (found.outcome, found.reason, found.content) == ("quarantined", "not_json", b"")


def test_a_page_that_is_a_pdf_is_not_read(site, make_client):
    site.rules["a.example/x"] = (200, {"Content-Type": "application/pdf"}, b"%PDF" * 1000)
    assert get(make_client()).reason == "wrong_type"


def test_conditional_requests_are_answered_unchanged(site, make_client):
    site.page("a.example/x", HTML)
    first = get(client := make_client())
    again = get(client, etag=first.headers["etag"])
    assert (again.outcome, again.status, again.content) == ("unchanged", 304, b"")


def redirect(to, status=302):
    return (status, {"Location": to}, b"")


def test_redirects_are_followed_and_each_robots_txt_is_asked(site, make_client):
    site.rules |= {"a.example/x": redirect("https://b.example/y", 301), "b.example/y": redirect("/z"), "b.example/z": PAGE}
    found = get(make_client())
    assert (found.outcome, found.url) == ("kept", "https://b.example/z")
    assert ("b.example", "/robots.txt") in [(host, path) for host, path, _ in site.log]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.1/", "not_public"),
        ("http://2130706433/", "not_public"),
        ("http://[::ffff:127.0.0.1]/", "not_public"),
        ("http://169.254.169.254/latest/meta-data/", "not_public"),
        ("http://localhost/", "special_name"),
        ("file:///etc/passwd", "bad_scheme"),
        ("javascript:alert(1)", "bad_scheme"),
        ("http://a@b.example/", "userinfo"),
        ("http://b.example:22/", "bad_port"),
        ("http://127.0.0.1\\@b.example/", "bad_address"),
    ],
)
def test_a_redirect_is_guarded_like_an_address(site, make_client, to, reason):
    site.rules["a.example/x"] = redirect(to)
    found = get(make_client())
    assert (found.outcome, found.reason) == ("refused", reason)
    assert len(site.asked()) == 1


def test_redirect_loops_end(site, make_client):
    site.rules |= {"a.example/x": redirect("/y"), "a.example/y": redirect("/x")}
    assert get(make_client()).reason == "redirect_loop"


def test_too_many_redirects_end(site, make_client):
    for n in range(10):
        site.rules[f"a.example/{n}"] = redirect(f"/{n + 1}")
    assert get(make_client(), "https://a.example/0").reason == "too_many_redirects"
    assert len(site.asked()) == 6


def test_a_redirect_without_target_is_rejected(site, make_client):
    site.rules["a.example/x"] = (302, {}, b"")
    assert get(make_client()).reason == "bad_redirect"


def test_a_redirect_to_what_is_held_is_not_followed(site, make_client):
    site.rules["a.example/x"] = redirect("https://b.example/held")
    found = make_client().get(Ask("https://a.example/x", "html"), known=lambda url: url == "https://b.example/held")
    assert (found.outcome, found.reason, found.url) == ("unchanged", "moved_to_known", "https://b.example/held")
    assert site.asked("b.example") == []


def test_a_gzip_bomb_is_stopped_at_the_cap(site, make_client):
    bomb = gzip.compress(b" " * 60_000_000, 1)
    site.rules["a.example/x"] = (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, bomb)
    found = get(make_client())
    assert (found.outcome, found.reason, found.content) == ("rejected", "too_large", b"")


def test_gzip_is_unpacked(site, make_client):
    site.rules["a.example/x"] = (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(HTML))
    assert get(make_client()).content == HTML


def test_broken_gzip_is_tried_again(site, make_client):
    site.rules["a.example/x"] = (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, b"no gzip at all")
    found = get(make_client())
    assert (found.outcome, found.reason, len(site.asked())) == ("retry_later", "bad_encoding", 2)


def test_a_body_that_ends_early_is_asked_again(site, make_client):
    def short(request):
        request.reply(200, {"Content-Type": "text/html", "Content-Length": "1000"}, HTML)
        request.close_connection = True

    site.rules["a.example/x"] = short
    found = get(make_client())
    assert (found.outcome, found.reason, len(site.asked())) == ("retry_later", "truncated", 2)


def test_a_reset_connection_is_asked_again(site, make_client):
    def reset(request):
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
        request.close_connection = True

    site.rules["a.example/x"] = after(1, None)
    left = [1]

    def once(request):
        left[0] -= 1
        return reset(request) if left[0] >= 0 else PAGE

    site.rules["a.example/x"] = once
    assert get(make_client()).outcome == "kept"


def test_a_dripping_body_meets_the_total_deadline(site, make_client):
    def drip(request):
        request.reply(200, {"Content-Type": "text/html", "Content-Length": "1000"}, b"")
        for _ in range(40):
            request.wfile.write(b".")
            request.wfile.flush()
            time.sleep(0.05)
        request.close_connection = True

    site.rules["a.example/x"] = drip
    assert get(make_client(patience=Patience(total=0.3))).reason == "too_slow"


def test_dripping_headers_meet_their_deadline(site, make_client):
    def drip(request):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 60:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(0.05)
        request.close_connection = True

    site.rules["a.example/x"] = drip
    assert get(make_client(patience=Patience(total=0.3))).outcome == "retry_later"


def test_a_huge_header_is_rejected_and_not_asked_again(site, make_client):
    site.rules["a.example/x"] = (200, {"X-Huge": "a" * 100_000}, HTML)
    found = get(make_client())
    assert found.outcome == "rejected"
    assert found.reason == "bad_headers"
    assert len(site.asked()) == 1


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
