"""The address guard, with an injected resolver and connector: nothing is ever sent."""

import socket

import pytest

from pipeline.errors import AddressError
from pipeline.scrape.guard import Guard, is_public

NAMES = {
    "good.com": ["93.184.216.34"],
    "six.com": ["2606:4700::6810:84e5"],
    "rebind.com": ["93.184.216.34", "127.0.0.1"],
    "inside.com": ["10.0.0.7"],
    "mixed.com": ["93.184.216.34", "::1"],
    "mapped.com": ["::ffff:192.168.1.1"],
}

REFUSED = {
    "ftp://good.com/": "bad_scheme",
    "file:///etc/passwd": "bad_scheme",
    "javascript:alert(1)": "bad_scheme",
    "data:text/html,x": "bad_scheme",
    "gopher://good.com/": "bad_scheme",
    "blob:https://good.com/1": "bad_scheme",
    "jar:http://good.com!/": "bad_scheme",
    "//good.com/": "bad_scheme",
    "good.com": "bad_scheme",
    "": "bad_scheme",
    "http://": "bad_address",
    "http:///x": "bad_address",
    "http://good.com:22/": "bad_port",
    "http://good.com:8080/": "bad_port",
    "https://good.com:65536/": "bad_address",
    "http://user@good.com/": "userinfo",
    "http://user:pass@good.com/": "userinfo",
    "http://good.com@127.0.0.1/": "userinfo",
    "http://@good.com/": "userinfo",
    "http://127.0.0.1\\@good.com/": "bad_address",
    "http://good.com\\x": "bad_address",
    "http://good.com/a b": "bad_address",
    "http://good.com/\r\nHost: x": "bad_address",
    "http://good.com/\x00": "bad_address",
    "http://go\tod.com/": "bad_address",
    "http://good%20com/": "bad_address",
    "http://good..com/": "bad_address",
    "http://-.-/": "bad_address",
    "http://" + "a" * 64 + ".com/": "bad_address",
    "http://good.com/" + "a" * 10_000: "bad_address",
    "http://localhost/": "special_name",
    "http://LOCALHOST/": "special_name",
    "http://localhost./": "special_name",
    "http://a.localhost/": "special_name",
    "http://printer.local/": "special_name",
    "http://metadata.google.internal/": "special_name",
    "http://router.lan/": "special_name",
    "http://nas.home.arpa/": "special_name",
    "http://intranet/": "special_name",
    "http://x.invalid/": "special_name",
    "http://x.test/": "special_name",
    "http://x.onion/": "special_name",
    "http://x.example/": "special_name",
    "http://127.0.0.1/": "not_public",
    "http://127.1/": "not_public",
    "http://127.0.0.1./": "not_public",
    "http://2130706433/": "not_public",
    "http://0x7f000001/": "not_public",
    "http://0x7f.1/": "not_public",
    "http://0177.0.0.1/": "not_public",
    "http://017700000001/": "not_public",
    "http://0/": "not_public",
    "http://0.0.0.0/": "not_public",
    "http://10.1.2.3/": "not_public",
    "http://172.16.0.1/": "not_public",
    "http://192.168.0.1/": "not_public",
    "http://100.64.0.1/": "not_public",
    "http://198.18.0.1/": "not_public",
    "http://169.254.169.254/latest/meta-data/": "not_public",
    "http://224.0.0.1/": "not_public",
    "http://255.255.255.255/": "not_public",
    "http://[::1]/": "not_public",
    "http://[::]/": "not_public",
    "http://[::ffff:127.0.0.1]/": "not_public",
    "http://[::127.0.0.1]/": "not_public",
    "http://[64:ff9b::7f00:1]/": "not_public",
    "http://[2002:7f00:1::]/": "not_public",
    "http://[fec0::1]/": "not_public",
    "http://[fe80::1]/": "not_public",
    "http://[fd00:ec2::254]/": "not_public",
    "http://[ff02::1]/": "not_public",
    "http://127。0。0。1/": "not_public",
    "http://①②⑦.⓪.⓪.①/": "not_public",
}


def no_connection(address: tuple[str, int], timeout: float | None) -> socket.socket:
    raise AssertionError(f"a connection to {address} was opened")


def guard(connect_to: str | None = None) -> Guard:
    return Guard(connect_to, resolve=lambda host, port: NAMES[host], connect=no_connection)


@pytest.mark.parametrize(("url", "reason"), REFUSED.items(), ids=[url[:40] for url in REFUSED])
def test_what_is_no_public_web_address_is_refused_as_text(url, reason):
    with pytest.raises(AddressError) as refused:
        guard().check(url)
    assert refused.value.reason in (reason, "bad_address") if not url.isascii() else refused.value.reason == reason


@pytest.mark.parametrize("url", [url for url in REFUSED if url != "http://x.example/"], ids=lambda url: url[:40])
def test_the_test_seam_refuses_the_same(url):
    with pytest.raises(AddressError):
        guard("http://127.0.0.1:1").route(url)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://good.com/", "good.com", 80),
        ("https://good.com", "good.com", 443),
        ("HTTPS://GOOD.com:443/x?y=1#z", "good.com", 443),
        ("http://good.com./x", "good.com", 80),
        ("https://bücher.com/", "xn--bcher-kva.com", 443),
        ("https://a_b.good.com/", "a_b.good.com", 443),
    ],
)
def test_public_names_pass(url, host, port):
    address = guard().check(url)
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize("host", ["rebind.com", "inside.com", "mixed.com", "mapped.com"])
def test_one_address_that_is_not_public_refuses_the_whole_host(host):
    with pytest.raises(AddressError) as refused:
        guard().open(host, 443, 1.0)
    assert refused.value.reason == "not_public"


@pytest.mark.parametrize("host", ["good.com", "six.com"])
def test_the_socket_goes_to_the_address_that_was_vetted(host):
    opened: list[tuple[str, int]] = []
    ours, theirs = socket.socketpair()

    def connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
        opened.append(address)
        return ours

    with ours, theirs:
        Guard(None, lambda host, port: NAMES[host], connect).open(host, 443, 1.0)
    assert opened == [(NAMES[host][0], 443)]


def test_the_next_address_is_tried_where_the_first_does_not_answer():
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    two = Guard(None, lambda host, port: ["93.184.216.34", "93.184.216.35"], connect)
    with pytest.raises(ConnectionRefusedError):
        two.open("good.com", 80, 1.0)
    assert tried == ["93.184.216.34", "93.184.216.35"]


def test_a_name_without_address_is_unresolvable():
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(AddressError) as refused:
        Guard(None, resolve, no_connection).open("gone.com", 80, 1.0)
    assert refused.value.reason == "unresolvable"


def test_the_seam_keeps_host_path_and_scheme_and_resolves_nothing():
    seam = Guard("http://127.0.0.1:8899", resolve=lambda host, port: pytest.fail("resolved"), connect=no_connection)
    assert seam.route("https://x.example/a?b=1") == (
        "http://127.0.0.1:8899/a?b=1",
        {"Host": "x.example", "X-Forwarded-Proto": "https"},
    )


def test_with_a_seam_no_other_origin_is_opened():
    with pytest.raises(AddressError):
        guard("http://127.0.0.1:8899").open("good.com", 443, 1.0)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::7f00:1", False),
        ("2002:0808:0808::1", True),
        ("2002:7f00:1::1", False),
        ("::8.8.8.8", False),
        ("fe80::1%lo", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_addresses_that_embed_others_are_as_public_as_what_they_embed(text, public):
    assert is_public(text) is public
