"""TLS, with a loopback server and certificates of our own: the name is checked, however the address was pinned."""

import contextlib
import datetime as dt
import gc
import socket
import ssl
import warnings

import pytest
import trustme
from scripted_server import HANG, RESET, drip, served

from pipeline.scrape.body import Patience
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask
from pipeline.scrape.guard import Guard
from pipeline.scrape.wire import Wire

IMPATIENT = Patience(read=0.3, total=0.6)
PUBLIC = "93.184.216.34"
PAGE = b"<html><body><p>words</p></body></html>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(PAGE) + PAGE
HELLO = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"  # the beginning of a server's hello
LONG_AGO, SOON = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), dt.datetime(2002, 1, 1, tzinfo=dt.UTC)
FAR = dt.datetime(2090, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def issued(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def pinned(port, opened):
    """A guard for which every name is one public address, and a connector that opens a loopback port in its place."""

    def connect(address, timeout):
        opened.append(address)
        return socket.create_connection(("127.0.0.1", port), timeout)

    return Guard(None, lambda host, _: [PUBLIC], connect)


@contextlib.contextmanager
def asked(context, authorities, url="https://good.com/", first=(), script=(ANSWER,), patience=Patience()):  # noqa: B008
    """What comes of one request, the server, and the addresses that were connected to."""
    opened = []
    with served(context) as server:
        server.first, server.scripts["/"] = list(first), list(script)
        yield Wire(pinned(server.port, opened), "Rhizome/test", patience, authorities).send(Ask(url, "html")), server, opened


def test_the_name_is_checked_and_sent_while_the_socket_goes_to_the_vetted_address(authority, trusted):
    with asked(issued(authority.issue_cert("good.com")), trusted) as (found, server, opened):
        assert (found.outcome, found.content) == ("kept", PAGE)
    assert opened == [(PUBLIC, 443)]
    assert server.server_names == ["good.com"]
    assert b"\r\nHost: good.com\r\n" in server.asked[0]


# name, the names and dates of the certificate, the address asked, outcome, reason
CERTIFICATES = [
    ("a name among several", {"names": ["other.com", "good.com"]}, "https://good.com/", "kept", ""),
    ("a wildcard", {"names": ["*.good.com"]}, "https://www.good.com/", "kept", ""),
    ("a name in IDNA", {"names": ["xn--bcher-kva.com"]}, "https://bücher.com/", "kept", ""),
    ("a number", {"names": ["8.8.8.8"]}, "https://8.8.8.8/", "kept", ""),
    ("a number in another form", {"names": ["8.8.8.8"]}, "https://134744072/", "kept", ""),
    ("a dot after the name", {"names": ["good.com"]}, "https://good.com./", "kept", ""),
    ("another name", {"names": ["evil.com"]}, "https://good.com/", "rejected", "bad_certificate"),
    ("a name that only begins alike", {"names": ["good.com.evil.com"]}, "https://good.com/", "rejected", "bad_certificate"),
    ("the name above", {"names": ["good.com"]}, "https://www.good.com/", "rejected", "bad_certificate"),
    ("a wildcard two levels up", {"names": ["*.com.example"]}, "https://good.com/", "rejected", "bad_certificate"),
    ("a wildcard for the name itself", {"names": ["*.good.com"]}, "https://good.com/", "rejected", "bad_certificate"),
    ("a name for a number", {"names": ["good.com"]}, "https://8.8.8.8/", "rejected", "bad_certificate"),
    ("the pinned address instead of the name", {"names": [PUBLIC]}, "https://good.com/", "rejected", "bad_certificate"),
    ("expired", {"names": ["good.com"], "not_before": LONG_AGO, "not_after": SOON}, "https://good.com/", "rejected", "bad_certificate"),
    ("not yet valid", {"names": ["good.com"], "not_before": FAR, "not_after": FAR}, "https://good.com/", "rejected", "bad_certificate"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "url", "outcome", "reason"), [row[1:] for row in CERTIFICATES], ids=[row[0] for row in CERTIFICATES])
def test_a_certificate_must_be_valid_now_and_for_the_name_that_was_asked(authority, trusted, given, url, outcome, reason):
    dates = {name: value for name, value in given.items() if name != "names"}
    if dates.get("not_before") == FAR:
        dates["not_after"] = FAR + dt.timedelta(days=30)
    with asked(issued(authority.issue_cert(*given["names"], **dates)), trusted, url) as (found, server, _):
        assert (found.outcome, found.reason) == (outcome, reason)
    assert bool(server.asked) is (outcome == "kept")


def test_an_authority_that_nobody_knows_vouches_for_nobody(authority, trusted):
    stranger = issued(trustme.CA().issue_cert("good.com"))
    for context, authorities in ((stranger, trusted), (issued(authority.issue_cert("good.com")), None)):
        with asked(context, authorities) as (found, server, _):
            assert (found.outcome, found.reason, server.asked) == ("rejected", "bad_certificate", [])


# name, what is sent in place of a handshake, outcome, reason
HANDSHAKES = [
    ("closed at once", [], "retry_later", "connection"),
    ("reset", [RESET], "retry_later", "connection"),
    ("cut within the server's hello", [HELLO], "retry_later", "connection"),
    ("reset within the server's hello", [HELLO, 0.02, RESET], "retry_later", "connection"),
    ("silence", [HANG], "retry_later", "timeout"),
    ("silence within the server's hello", [HELLO, HANG], "retry_later", "timeout"),
    ("a hello that drips", [HELLO, drip(b"\x00", 0.05)], "retry_later", "timeout"),
    ("plain HTTP", [ANSWER], "rejected", "bad_tls"),
    ("plain HTTP to whoever speaks TLS", [b"HTTP/1.1 400 Bad Request\r\n\r\nsent to an HTTPS port"], "rejected", "bad_tls"),
    ("another protocol", [b"SSH-2.0-OpenSSH_9.6\r\n"], "rejected", "bad_tls"),
    ("an alert", [b"\x15\x03\x03\x00\x02\x02\x28"], "rejected", "bad_tls"),
    ("noise", [bytes(range(255, 0, -1)) * 8], "rejected", "bad_tls"),
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 leaves what broke to the garbage collector
@pytest.mark.parametrize(("first", "outcome", "reason"), [row[1:] for row in HANDSHAKES], ids=[row[0] for row in HANDSHAKES])
def test_a_handshake_that_is_none_has_its_reason(trusted, first, outcome, reason):
    with asked(None, trusted, first=first or [b""], patience=IMPATIENT if reason == "timeout" else Patience()) as (found, _, _):
        assert (found.outcome, found.reason) == (outcome, reason)
    gc.collect()


def test_old_tls_is_not_spoken(authority, trusted):
    context = issued(authority.issue_cert("good.com"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with asked(context, trusted) as (found, server, _):
        assert (found.outcome, server.asked) == ("rejected", [])
        assert found.reason == "bad_tls"


def test_a_body_cut_short_under_tls_is_truncated(authority, trusted):
    for script in ([ANSWER[:-5]], [ANSWER.replace(b"Content-Length", b"X-Length")[:-9]]):
        with asked(issued(authority.issue_cert("good.com")), trusted, script=script) as (found, _, _):
            assert (found.outcome, found.reason) == ("retry_later", "truncated")


def test_a_bad_certificate_is_met_once_and_not_tried_again(authority, trusted, home, make_person):
    person = make_person()
    person = person.model_copy(update={"limits": person.limits.model_copy(update={"requests_per_second": 2.0})})
    opened = []
    with served(issued(authority.issue_cert("evil.com"))) as server:
        client = Client(home, person, "run", pinned(server.port, opened), authorities=trusted)
        found = [client.get(Ask(f"https://good.com/{path}", "html")) for path in "ab"]
    assert {(one.outcome, one.reason) for one in found} == {("rejected", "bad_certificate")}
    assert len(opened) == 1
    assert [row["url"] for row in client.drain()] == ["https://good.com/robots.txt", "https://good.com/a", "https://good.com/b"]
