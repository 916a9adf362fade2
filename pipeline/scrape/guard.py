"""The address guard: addresses come from strangers' pages, so only public web servers may be asked.

An address is checked twice: as text, when it is about to be asked (scheme, port, user, special names), and as what it
resolves to, when the socket is opened. The socket goes to the very address that was vetted, so a name that resolves
differently a moment later (DNS rebinding) changes nothing. Readers differ: urlsplit takes `http://127.0.0.1\\@example.com/` for
example.com, urllib3 for 127.0.0.1. So an address is read once, here, and the connection is asked for by the host and the port that
were read.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from pipeline.errors import AddressError
from pipeline.scrape import lookup
from pipeline.scrape.networks import is_public, numeric

MAX_URL = 4096
ENDS_IN_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
SPECIAL = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "onion",
    "test",
    "invalid",
    "arpa",
    "alt",
    "localdomain",
)  # RFC 6761, 8375, 9476
LOOKUP_S = 10.0
MOST_TRIED = 3  # of a host's addresses: a stranger's name may have a hundred that do not answer
Connect = Callable[[tuple[str, int], float | None], socket.socket]


@dataclass(frozen=True)
class Address:
    """An address that passed as text: lower-case host without trailing dot, and the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The address, written anew."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.target}"


class Guard:
    """Decides what may be asked, and opens the sockets. `connect_to` is the test seam: one origin answers for every name."""

    def __init__(
        self,
        connect_to: str | None = None,
        resolve: lookup.Resolve = lookup.resolve,
        connect: Connect | None = None,
        lookup_within: float = LOOKUP_S,
    ) -> None:
        """`resolve` and `connect` stand in for the system's own; a look-up may take `lookup_within` seconds."""
        self.seam = _seam(connect_to)
        self._resolve, self._lookup_within = resolve, lookup_within
        self._connect = connect or _connect
        self._checked = lru_cache(maxsize=4096)(self._check)  # one request asks for it four times

    def check(self, url: str) -> Address:
        """The address as it will be asked. Raises AddressError whose `reason` is from the closed list."""
        return self._checked(url)

    def _check(self, url: str) -> Address:
        address = _parsed(url)
        number = numeric(address.host)
        if number is not None:
            self._check_number(number, url)
            return replace(address, host=f"[{number}]" if number.version == 6 else str(number))
        if _is_special(address.host, allow_example=self.seam is not None):
            raise AddressError("special_name", f"{url!r}: {address.host} is no public name")
        return address

    def route(self, url: str) -> tuple[Address, dict[str, str]]:
        """Where to send a request for `url`, and the headers that go with it: to itself but for the test seam."""
        address = self.check(url)
        if self.seam is None:
            return address, {}
        host, port = self.seam
        return Address("http", _bracketed(host), port, address.target), {"Host": address.host, "X-Forwarded-Proto": address.scheme}

    def open(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """A socket to a vetted address of `host`. Raises AddressError where one of them is not public, OSError where none answers."""
        if self.seam is not None:
            if (host, port) != self.seam:
                raise AddressError("not_public", f"{host}:{port} is not the one origin that requests go to")
            return self._connect(self.seam, timeout)
        return self._first(self.vetted(host, port), port, timeout)

    def vetted(self, host: str, port: int) -> list[str]:
        """All addresses of a host; raises AddressError unless every one of them is public, OSError where the resolver has trouble."""
        try:
            found = lookup.resolve_within(self._lookup_within, self._resolve, host, port)
        except OSError as error:
            if lookup.is_temporary(error):
                raise
            raise AddressError("unresolvable", f"{host} has no address: {error}") from error
        bad = [text for text in found if not is_public(text)]
        if bad or not found:
            raise AddressError("not_public" if bad else "unresolvable", f"{host} resolves to {', '.join(bad) or 'nothing'}")
        return found

    def _first(self, addresses: list[str], port: int, timeout: float | None) -> socket.socket:
        *others, last = addresses[:MOST_TRIED]
        for address in others:
            try:
                return self._connect((address, port), timeout)
            except OSError:
                continue  # the next address may answer; the last one's error is the one that is told
        return self._connect((last, port), timeout)

    def _check_number(self, number: IPv4Address | IPv6Address, url: str) -> None:
        if self.seam is not None or not is_public(str(number)):
            raise AddressError("not_public", f"{url!r} names the address {number}, not a public host")


def _parsed(url: str) -> Address:
    if len(url) > MAX_URL or not url.isprintable() or any(mark in url for mark in '\\ <>"^`{|}'):
        raise AddressError("bad_address", f"an address of {len(url)} characters with marks that no address has: {url[:80]!r}")
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise AddressError("bad_address", f"{url[:80]!r} cannot be read as an address") from error
    scheme, host = parts.scheme or "", (parts.host or "").removesuffix(".")
    if scheme not in PORTS:
        raise AddressError("bad_scheme", f"{url[:80]!r} is neither http nor https")
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    if parts.auth is not None or "@" in authority:
        raise AddressError("userinfo", f"{url[:80]!r} carries a user name")
    if not host or "%" in authority or not _is_name(host):  # urllib3 decodes %31 in a host, others do not
        raise AddressError("bad_address", f"{url[:80]!r} has no usable host")
    if parts.port not in (None, *PORTS.values()):
        raise AddressError("bad_port", f"{url[:80]!r} asks for port {parts.port}; 80 and 443 are asked")
    return Address(scheme, host.lower(), parts.port or PORTS[scheme], parts.request_uri)


def _is_name(host: str) -> bool:
    if host.startswith("["):
        return True
    labels = host.split(".")
    if numeric(host) is None and ENDS_IN_NUMBER.fullmatch(labels[-1]):
        return False  # no such top-level domain, and one reader's 1.2.3.4.5 is another's 1.2.3.4
    return len(host) <= 253 and all(
        0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum() and label.isascii() for label in labels
    )


def _is_special(host: str, allow_example: bool) -> bool:
    labels = host.lower().split(".")
    return len(labels) == 1 or labels[-1] in SPECIAL or (labels[-1] == "example" and not allow_example)


def _seam(connect_to: str | None) -> tuple[str, int] | None:
    if connect_to is None:
        return None
    parts = parse_url(connect_to)
    return (parts.host or "127.0.0.1").strip("[]"), parts.port or 80


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
    connection = socket.create_connection(address, timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
