"""The address guard, with an injected resolver and connector: nothing is ever sent."""

import socket
import time

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import AddressError
from pipeline.scrape.guard import MOST_TRIED, Guard
from pipeline.scrape.networks import numeric
from pipeline.scrape.outcomes import REASONS

# what is refused as text: (name, address, reason)
REFUSED = [
    # schemes
    ("ftp", "ftp://good.com/", "bad_scheme"),
    ("a file", "file:///etc/passwd", "bad_scheme"),
    ("a file on a host", "file://good.com/etc/passwd", "bad_scheme"),
    ("a script", "javascript:alert(1)", "bad_scheme"),
    ("a script with slashes", "javascript://good.com/%0aalert(1)", "bad_scheme"),
    ("data", "data:text/html,x", "bad_scheme"),
    ("vbscript", "vbscript:msgbox(1)", "bad_scheme"),
    ("gopher", "gopher://good.com:70/_x", "bad_scheme"),
    ("dict", "dict://good.com:11211/stat", "bad_scheme"),
    ("ldap", "ldap://good.com/", "bad_scheme"),
    ("tftp", "tftp://good.com/", "bad_scheme"),
    ("sftp", "sftp://good.com/", "bad_scheme"),
    ("a web socket", "wss://good.com/", "bad_scheme"),
    ("a blob", "blob:https://good.com/1", "bad_scheme"),
    ("a jar", "jar:http://good.com!/", "bad_scheme"),
    ("a docker socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/info", "bad_scheme"),
    ("a unix socket", "unix:///var/run/docker.sock", "bad_scheme"),
    ("mail", "mailto:a@good.com", "bad_scheme"),
    ("a browser's own page", "chrome://settings", "bad_scheme"),
    ("a source view", "view-source:http://good.com/", "bad_scheme"),
    ("a feed reader's scheme", "feed:http://good.com/", "bad_scheme"),
    ("no scheme", "good.com", "bad_scheme"),
    ("only slashes before the host", "//good.com/", "bad_scheme"),
    ("nothing", "", "bad_scheme"),
    # what cannot be read, or is read differently by others
    ("a scheme alone", "http://", "bad_address"),
    ("no host", "http:///x", "bad_address"),
    ("four slashes", "http:////good.com/", "bad_address"),
    ("no slash", "http:good.com", "bad_address"),
    ("one slash", "http:/good.com", "bad_address"),
    ("backslashes for slashes", "http:\\\\good.com", "bad_address"),
    ("a backslash before a user's @", "http://127.0.0.1\\@good.com/", "bad_address"),
    ("a backslash in the path", "http://good.com/a\\b", "bad_address"),
    ("a space before", " http://good.com/", "bad_address"),
    ("a space in the host", "http://good.com /", "bad_address"),
    ("a space in the path", "http://good.com/a b", "bad_address"),
    ("a new line and a header", "http://good.com/\r\nHost: x", "bad_address"),
    ("a new line in the host", "http://good.com\n.evil.com/", "bad_address"),
    ("a tab in the host", "http://go\tod.com/", "bad_address"),
    ("a tab before an @", "http://good.com\t@127.0.0.1/", "bad_address"),
    ("NUL in the path", "http://good.com/\x00", "bad_address"),
    ("NUL in the host", "http://good.com\x00.evil.com/", "bad_address"),
    ("DEL", "http://good.com/\x7f", "bad_address"),
    ("a C1 control", "http://good.com/\x85", "bad_address"),
    ("a line separator", "http://good.com/\u2028", "bad_address"),
    ("a byte order mark", "http://good.com/\ufeff", "bad_address"),
    ("text that runs backwards", "http://good.com/\u202egpj.exe", "bad_address"),
    ("half a surrogate pair", "http://good.com/\ud83d", "bad_address"),
    ("a quotation mark", 'http://good.com/"x', "bad_address"),
    ("a bar", "http://good.com/a|b", "bad_address"),
    ("braces", "http://good.com/{x}", "bad_address"),
    ("an encoded space in the host", "http://good%20com/", "bad_address"),
    ("an encoded dot in the host", "http://127%2e0.0.1/", "bad_address"),
    ("encoded digits in the host", "http://%31%32%37.0.0.1/", "bad_address"),
    ("encoded letters in the host", "http://%67ood.com/", "bad_address"),
    ("an encoded @ in the host", "http://good.com%40127.0.0.1/", "bad_address"),
    ("an encoded NUL in the host", "http://localhost%00.good.com/", "bad_address"),
    ("two dots", "http://good..com/", "bad_address"),
    ("a dot before", "http://.good.com/", "bad_address"),
    ("two dots after", "http://good.com../", "bad_address"),
    ("labels of hyphens", "http://-.-/", "bad_address"),
    ("a label of 64 letters", "http://" + "a" * 64 + ".com/", "bad_address"),
    ("a name of 263 letters", "http://" + "a." * 130 + "com/", "bad_address"),
    ("ten kilobytes", "http://good.com/" + "a" * 10_000, "bad_address"),
    ("five numbers", "http://1.2.3.4.5/", "bad_address"),
    ("numbers over 255", "http://256.256.256.256/", "bad_address"),
    ("a number over 32 bits", "http://4294967296/", "bad_address"),
    ("a top-level domain of digits", "http://good.123/", "bad_address"),
    ("a top-level domain in hexadecimal", "http://good.0x7f/", "bad_address"),
    ("an open bracket", "http://[::1", "bad_address"),
    ("IPv6 without brackets", "http://::1/", "bad_address"),
    ("letters after a bracket", "http://[::1]x/", "bad_address"),
    ("a name in brackets", "http://[good.com]/", "bad_address"),
    ("IPv4 in brackets", "http://[127.0.0.1]/", "bad_address"),
    ("a scope", "http://[fe80::1%lo]/", "bad_address"),
    ("an encoded scope", "http://[fe80::1%25lo]/", "bad_address"),
    # IDNA
    ("ideographic full stops", "http://127。0。0。1/", "bad_address"),
    ("full-width digits", "http://１２７.０.０.１/", "bad_address"),
    ("circled digits", "http://①②⑦.⓪.⓪.①/", "bad_address"),
    ("full-width letters", "http://ｇｏｏｄ.com/", "bad_address"),
    ("a full-width dot", "http://good．com/", "bad_address"),
    ("a soft hyphen", "http://loc\xadalhost/", "bad_address"),
    ("a zero-width space", "http://goo\u200bd.com/", "bad_address"),
    ("a modifier letter", "http://ˡocalhost/", "bad_address"),
    ("a ligature", "http://ﬁle.com/", "bad_address"),
    ("a snowman", "http://☃.com/", "bad_address"),
    # ports
    ("ssh", "http://good.com:22/", "bad_port"),
    ("mail's port", "http://good.com:25/", "bad_port"),
    ("a proxy's port", "http://good.com:8080/", "bad_port"),
    ("a data base's port", "http://good.com:6379/", "bad_port"),
    ("port 0", "http://good.com:0/", "bad_port"),
    ("a port over 65535", "https://good.com:65536/", "bad_address"),
    ("a negative port", "http://good.com:-80/", "bad_address"),
    ("a port with a sign", "http://good.com:+80/", "bad_address"),
    ("two ports", "http://good.com:80:80/", "bad_address"),
    ("a port of full-width digits", "http://good.com:８０/", "bad_address"),
    ("a port of 5000 digits", "http://good.com:" + "9" * 4000 + "/", "bad_address"),
    # users
    ("a user", "http://user@good.com/", "userinfo"),
    ("a user and a password", "http://user:pass@good.com/", "userinfo"),
    ("a host as user", "http://good.com@127.0.0.1/", "userinfo"),
    ("a host and port as user", "http://127.0.0.1:80@good.com/", "userinfo"),
    ("an encoded slash in the user", "http://good.com%2f@127.0.0.1/", "userinfo"),
    ("an empty user", "http://@good.com/", "userinfo"),
    # names that are nobody's on the internet
    ("localhost", "http://localhost/", "special_name"),
    ("localhost in capitals", "http://LOCALHOST/", "special_name"),
    ("localhost with a dot", "http://localhost./", "special_name"),
    ("below localhost", "http://a.localhost/", "special_name"),
    ("localhost's other name", "http://localhost.localdomain/", "special_name"),
    ("a printer", "http://printer.local/", "special_name"),
    ("a cluster", "http://api.default.svc.cluster.local/", "special_name"),
    ("a cloud's metadata by name", "http://metadata.google.internal/computeMetadata/v1/", "special_name"),
    ("a cloud's metadata by short name", "http://instance-data/", "special_name"),
    ("docker's host", "http://host.docker.internal/", "special_name"),
    ("a router", "http://router.lan/", "special_name"),
    ("a home network", "http://nas.home.arpa/", "special_name"),
    ("a reverse name", "http://1.0.0.127.in-addr.arpa/", "special_name"),
    ("one label", "http://intranet/", "special_name"),
    ("a proxy's configuration", "http://wpad/wpad.dat", "special_name"),
    ("a top-level domain", "http://com/", "special_name"),
    ("invalid", "http://x.invalid/", "special_name"),
    ("test", "http://x.test/", "special_name"),
    ("onion", "http://x.onion/", "special_name"),
    ("alt", "http://x.alt/", "special_name"),
    ("example", "http://x.example/", "special_name"),
    # numbers, in every form that getaddrinfo reads
    ("loopback", "http://127.0.0.1/", "not_public"),
    ("loopback in two parts", "http://127.1/", "not_public"),
    ("loopback in three parts", "http://127.0.1/", "not_public"),
    ("loopback with a dot", "http://127.0.0.1./", "not_public"),
    ("loopback as one number", "http://2130706433/", "not_public"),
    ("loopback in hexadecimal", "http://0x7f000001/", "not_public"),
    ("loopback in capital hexadecimal", "http://0X7F000001/", "not_public"),
    ("loopback in hexadecimal parts", "http://0x7f.1/", "not_public"),
    ("loopback in four hexadecimal parts", "http://0x7f.0x0.0x0.0x1/", "not_public"),
    ("loopback in octal parts", "http://0177.0.0.1/", "not_public"),
    ("loopback in octal", "http://017700000001/", "not_public"),
    ("loopback with zeros", "http://127.000.000.001/", "not_public"),
    ("loopback, another", "http://127.255.255.254/", "not_public"),
    ("zero", "http://0/", "not_public"),
    ("zeros", "http://0.0.0.0/", "not_public"),
    ("this network", "http://0.1.2.3/", "not_public"),
    ("private, class A", "http://10.1.2.3/", "not_public"),
    ("private, class A, in two parts", "http://10.66051/", "not_public"),
    ("private, class B", "http://172.16.0.1/", "not_public"),
    ("private, class B, its end", "http://172.31.255.254/", "not_public"),
    ("private, class C", "http://192.168.0.1/", "not_public"),
    ("private, class C, as one number", "http://3232235521/", "not_public"),
    ("shared address space", "http://100.64.0.1/", "not_public"),
    ("a cloud's metadata in shared space", "http://100.100.100.200/", "not_public"),
    ("benchmarks", "http://198.18.0.1/", "not_public"),
    ("documentation", "http://192.0.2.1/", "not_public"),
    ("a cloud's metadata", "http://169.254.169.254/latest/meta-data/", "not_public"),
    ("a cloud's metadata as one number", "http://2852039166/", "not_public"),
    ("a container's credentials", "http://169.254.170.2/", "not_public"),
    ("another cloud's metadata", "http://192.0.0.192/", "not_public"),
    ("6to4 relays", "http://192.88.99.1/", "not_public"),
    ("multicast", "http://224.0.0.1/", "not_public"),
    ("reserved", "http://240.0.0.1/", "not_public"),
    ("broadcast", "http://255.255.255.255/", "not_public"),
    ("IPv6 loopback", "http://[::1]/", "not_public"),
    ("IPv6 loopback in full", "http://[0000:0000:0000:0000:0000:0000:0000:0001]/", "not_public"),
    ("IPv6 unspecified", "http://[::]/", "not_public"),
    ("mapped loopback", "http://[::ffff:127.0.0.1]/", "not_public"),
    ("mapped loopback in hexadecimal", "http://[::ffff:7f00:1]/", "not_public"),
    ("mapped loopback in full", "http://[0:0:0:0:0:ffff:127.0.0.1]/", "not_public"),
    ("mapped metadata", "http://[::ffff:a9fe:a9fe]/", "not_public"),
    ("translated loopback", "http://[::ffff:0:127.0.0.1]/", "not_public"),
    ("compatible loopback", "http://[::127.0.0.1]/", "not_public"),
    ("NAT64 loopback", "http://[64:ff9b::7f00:1]/", "not_public"),
    ("NAT64 of a local network", "http://[64:ff9b:1::7f00:1]/", "not_public"),
    ("6to4 loopback", "http://[2002:7f00:1::]/", "not_public"),
    ("6to4 private", "http://[2002:a00:1::]/", "not_public"),
    ("Teredo loopback", "http://[2001:0:7f00:1::]/", "not_public"),
    ("ISATAP loopback", "http://[2606:4700::5efe:127.0.0.1]/", "not_public"),
    ("site-local", "http://[fec0::1]/", "not_public"),
    ("link-local", "http://[fe80::1]/", "not_public"),
    ("unique local", "http://[fd12:3456::1]/", "not_public"),
    ("a cloud's metadata on IPv6", "http://[fd00:ec2::254]/", "not_public"),
    ("IPv6 multicast", "http://[ff02::1]/", "not_public"),
    ("IPv6 documentation", "http://[2001:db8::1]/", "not_public"),
    ("IPv6 documentation, the newer", "http://[3fff::1]/", "not_public"),
    ("IPv6 discard", "http://[100::1]/", "not_public"),
    ("IPv6 outside global unicast", "http://[4000::1]/", "not_public"),
]

# what passes: (name, address, address as it is asked)
ALLOWED = [
    ("a name", "http://good.com/", "http://good.com/"),
    ("no path", "https://good.com", "https://good.com/"),
    ("capitals, a default port, a fragment", "HTTPS://GOOD.com:443/x?y=1#z", "https://good.com/x?y=1"),
    ("a dot after the name", "http://good.com./x", "http://good.com/x"),
    ("an empty port", "http://good.com:/", "http://good.com/"),
    ("a port with zeros", "http://good.com:0080/", "http://good.com/"),
    ("the other's port", "http://good.com:443/", "http://good.com:443/"),
    ("IDNA", "https://bücher.com/", "https://xn--bcher-kva.com/"),
    ("IDNA of 2008, not of 2003", "https://faß.com/", "https://xn--fa-hia.com/"),
    ("a homograph is its own name", "http://аррӏе.com/", "http://xn--80ak6aa92e.com/"),
    ("an underscore", "https://a_b.good.com/", "https://a_b.good.com/"),
    ("letters beyond ASCII in the path", "http://good.com/é", "http://good.com/%C3%A9"),
    ("dots in the path", "http://good.com/../../etc/passwd", "http://good.com/etc/passwd"),
    ("an address in the query", "http://good.com?x=http://127.0.0.1/", "http://good.com/?x=http://127.0.0.1/"),
    ("an @ in the path", "http://good.com/@127.0.0.1/", "http://good.com/@127.0.0.1/"),
    ("an @ in the query", "http://good.com?@127.0.0.1/", "http://good.com/?@127.0.0.1/"),
    ("an @ in the fragment", "http://good.com#@127.0.0.1/", "http://good.com/"),
    ("a number within a name", "http://127.0.0.1.good.com/", "http://127.0.0.1.good.com/"),
    ("a public number", "http://8.8.8.8/", "http://8.8.8.8/"),
    ("a public number in another form", "http://134744072/", "http://8.8.8.8/"),
    ("a public IPv6 number", "http://[2606:4700:0::6810:84e5]/", "http://[2606:4700::6810:84e5]/"),
]

# what a name may resolve to: (name, answers, reason or None)
PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:4700::6810:84e5"
RESOLVED = [
    ("public", [PUBLIC], None),
    ("public IPv6", [PUBLIC_6], None),
    ("both", [PUBLIC_6, PUBLIC], None),
    ("the same twice", [PUBLIC, PUBLIC], None),
    ("public through NAT64", ["64:ff9b::808:808"], None),
    ("public and loopback", [PUBLIC, "127.0.0.1"], "not_public"),
    ("loopback and public", ["127.0.0.1", PUBLIC], "not_public"),
    ("public IPv4 and loopback IPv6", [PUBLIC, "::1"], "not_public"),
    ("one private among many", [PUBLIC] * 50 + ["10.0.0.7"], "not_public"),
    ("private", ["192.168.1.1"], "not_public"),
    ("mapped private", ["::ffff:192.168.1.1"], "not_public"),
    ("NAT64 private", ["64:ff9b::10.0.0.1"], "not_public"),
    ("6to4 loopback", ["2002:7f00:1::1"], "not_public"),
    ("metadata", ["169.254.169.254"], "not_public"),
    ("link-local with a scope", ["fe80::1%eth0"], "not_public"),
    ("a public address with a scope", [PUBLIC_6 + "%eth0"], "not_public"),
    ("unspecified", ["0.0.0.0"], "not_public"),
    ("multicast", ["224.0.0.251"], "not_public"),
    ("nothing", [], "unresolvable"),
]


def no_connection(address: tuple[str, int], timeout: float | None) -> socket.socket:
    raise AssertionError(f"a connection to {address} was opened")


def no_lookup(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


def each(rows, *names):
    return pytest.mark.parametrize(names, [row[1:] for row in rows], ids=[row[0] for row in rows])


@each(REFUSED, "url", "reason")
def test_what_is_no_public_web_address_is_refused_as_text(url, reason):
    with pytest.raises(AddressError) as refused:
        Guard(None, no_lookup, no_connection).route(url)
    assert refused.value.reason == reason
    assert reason in REASONS


@each([row[:2] for row in REFUSED if row[0] != "example"], "url")
def test_the_test_seam_refuses_the_same(url):
    with pytest.raises(AddressError):
        Guard("http://127.0.0.1:1", no_lookup, no_connection).route(url)


@each(ALLOWED, "url", "asked")
def test_public_addresses_pass_and_are_asked_in_one_spelling(url, asked):
    guard = Guard(None, no_lookup, no_connection)
    where, extra = guard.route(url)
    assert (where.url, extra) == (asked, {})
    assert guard.check(asked) == where


@each(RESOLVED, "found", "reason")
def test_every_address_of_a_name_must_be_public_and_the_socket_goes_to_one_that_was_vetted(found, reason):
    opened: list[str] = []
    ours, theirs = socket.socketpair()

    def connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
        opened.append(address[0])
        return ours

    guard = Guard(None, lambda host, port: found, connect)
    with ours, theirs:
        if reason is None:
            assert guard.open("good.com", 443, 1.0) is ours
            assert opened == found[:1]
        else:
            with pytest.raises(AddressError) as refused:
                guard.open("good.com", 443, 1.0)
            assert (refused.value.reason, opened) == (reason, [])


def test_a_name_that_resolves_differently_the_second_time_is_vetted_each_time_and_looked_up_once_per_socket():
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    ours, theirs = socket.socketpair()
    rebinding = Guard(None, lambda host, port: next(answers), lambda address, timeout: ours)
    with ours, theirs:
        rebinding.open("good.com", 443, 1.0)
        with pytest.raises(AddressError, match=r"127\.0\.0\.1"):
            rebinding.open("good.com", 443, 1.0)


def test_of_many_addresses_that_do_not_answer_a_few_are_tried():
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    many = [f"93.184.216.{n}" for n in range(100)]
    with pytest.raises(ConnectionRefusedError):
        Guard(None, lambda host, port: many, connect).open("good.com", 80, 1.0)
    assert tried == many[:MOST_TRIED]


def test_a_name_that_does_not_exist_is_unresolvable():
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with pytest.raises(AddressError) as refused:
        Guard(None, resolve, no_connection).open("gone.com", 80, 1.0)
    assert refused.value.reason == "unresolvable"


def test_a_name_that_idna_cannot_write_is_unresolvable():
    def resolve(host: str, port: int) -> list[str]:
        raise UnicodeError("label too long")

    with pytest.raises(AddressError):
        Guard(None, resolve, no_connection).open("long.com", 80, 1.0)


def test_a_resolver_that_does_not_answer_is_given_up_as_a_trouble_that_may_pass():
    slow = Guard(None, lambda host, port: time.sleep(0.5) or [], no_connection, lookup_within=0.02)
    with pytest.raises(socket.gaierror) as trouble:
        slow.open("slow.com", 80, 1.0)
    assert trouble.value.errno == socket.EAI_AGAIN


def test_the_seam_keeps_host_path_and_scheme_and_resolves_nothing():
    for origin in ("http://127.0.0.1:8899", "http://[::1]:8899"):
        where, extra = Guard(origin, no_lookup, no_connection).route("https://x.example/a?b=1")
        assert where.url == f"{origin}/a?b=1"
        assert extra == {"Host": "x.example", "X-Forwarded-Proto": "https"}


def test_with_a_seam_no_other_origin_is_opened():
    with pytest.raises(AddressError):
        Guard("http://127.0.0.1:8899", no_lookup, no_connection).open("good.com", 443, 1.0)


@holds_for(st.one_of(st.text(), st.from_regex(r"https?:(//)?[a-z0-9.:@%\[\]\\ü。x]{0,30}(/[ -~]{0,10})?", fullmatch=True)), light=200)
def test_any_text_is_either_refused_for_a_reason_or_asked_at_the_host_that_was_checked(text):
    guard = Guard(None, no_lookup, no_connection)
    try:
        address = guard.check(text)
    except AddressError as refused:
        address, reason = None, refused.reason
    if address is None:
        assert reason in REASONS
    else:
        assert guard.check(address.url) == address
        assert numeric(address.host) is None or address.host[0] in "[0123456789"
