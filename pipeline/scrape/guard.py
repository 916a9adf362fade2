"""The address guard: addresses come from strangers' pages, so only public web servers may be asked.

An address is checked twice: as text, when it is about to be asked (scheme, port, user, special names), and as what it
resolves to, when the socket is opened. The socket goes to the very address that was vetted, so a name that resolves
differently a moment later (DNS rebinding) changes nothing. Both use urllib3's parser, which is also the one that
connects: urlsplit reads `http://127.0.0.1\\@example.com/` as example.com, urllib3 connects to 127.0.0.1.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from pipeline.errors import AddressError

MAX_URL = 4096
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
)  # RFC 6761, 8375, 9476
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
SITE_LOCAL = IPv6Network("fec0::/10")  # is_global says True on 3.11
Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[tuple[str, int], float | None], socket.socket]


@dataclass(frozen=True)
class Address:
    """An address that passed as text: lower-case host without trailing dot, and the path with its query."""

    scheme: str
    host: str
    port: int
    target: str


class Guard:
    """Decides what may be asked, and opens the sockets. `connect_to` is the test seam: one origin answers for every name."""

    def __init__(self, connect_to: str | None = None, resolve: Resolve | None = None, connect: Connect | None = None) -> None:
        self.seam = _seam(connect_to)
        self._resolve = resolve or _resolve
        self._connect = connect or _connect

    def check(self, url: str) -> Address:
        """The address as it will be asked. Raises AddressError whose `reason` is from the closed list."""
        address = _parsed(url)
        number = numeric(address.host)
        if number is not None:
            self._check_number(number, url)
        elif _is_special(address.host, allow_example=self.seam is not None):
            raise AddressError("special_name", f"{url!r}: {address.host} is no public name")
        return address

    def route(self, url: str) -> tuple[str, dict[str, str]]:
        """Where to send a request for `url`, and the headers that go with it: unchanged but for the test seam."""
        address = self.check(url)
        if self.seam is None:
            return url, {}
        return f"http://{self.seam[0]}:{self.seam[1]}{address.target}", {"Host": address.host, "X-Forwarded-Proto": address.scheme}

    def open(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """A socket to a vetted address of `host`. Raises AddressError where one of them is not public, OSError where none answers."""
        if self.seam is not None:
            if (host, port) != self.seam:
                raise AddressError("not_public", f"{host}:{port} is not the one origin that requests go to")
            return self._connect(self.seam, timeout)
        return self._first(self.vetted(host, port), port, timeout)

    def vetted(self, host: str, port: int) -> list[str]:
        """All addresses of a host; raises AddressError unless every one of them is public."""
        try:
            found = list(dict.fromkeys(self._resolve(host, port)))
        except OSError as error:
            raise AddressError("unresolvable", f"{host} has no address: {error}") from error
        bad = [text for text in found if not is_public(text)]
        if bad or not found:
            raise AddressError("not_public" if bad else "unresolvable", f"{host} resolves to {', '.join(bad) or 'nothing'}")
        return found

    def _first(self, addresses: list[str], port: int, timeout: float | None) -> socket.socket:
        for address in addresses[:-1]:
            try:
                return self._connect((address, port), timeout)
            except OSError:
                continue  # the next address may answer; the last one's error is the one that is told
        return self._connect((addresses[-1], port), timeout)

    def _check_number(self, number: IPv4Address | IPv6Address, url: str) -> None:
        if self.seam is not None or not is_public(str(number)):
            raise AddressError("not_public", f"{url!r} names the address {number}, not a public host")


def is_public(text: str) -> bool:
    """Whether an address is public unicast, and so is every IPv4 address that it embeds (mapped, NAT64, 6to4, Teredo).

    `is_global` alone says True of 224.0.0.1, fec0::1, 64:ff9b::7f00:1, 2002:7f00:1:: and ::127.0.0.1 (measured on 3.11).
    """
    if "%" in text:
        return False
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return _is_global(address)
    embedded = _embedded(address)
    if address.ipv4_mapped or address in NAT64:
        return all(map(_is_global, embedded))
    return _is_global(address) and address not in SITE_LOCAL and address not in COMPATIBLE and all(map(_is_global, embedded))


def numeric(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host's text stands for in any form that getaddrinfo reads (2130706433, 0x7f.1, 127.1), or None."""
    try:
        if host.startswith("["):
            return ip_address(host.strip("[]"))
        return IPv4Address(socket.inet_aton(host))
    except (ValueError, OSError):
        return None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or address in COMPATIBLE:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _parsed(url: str) -> Address:
    if len(url) > MAX_URL or not url.isprintable() or any(mark in url for mark in '\\ <>"^`{|}'):
        raise AddressError("bad_address", f"an address of {len(url)} characters with marks that no address has: {url[:80]!r}")
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise AddressError("bad_address", f"{url[:80]!r} cannot be read as an address") from error
    scheme, host = parts.scheme or "", (parts.host or "").rstrip(".")
    if scheme not in PORTS:
        raise AddressError("bad_scheme", f"{url[:80]!r} is neither http nor https")
    if parts.auth is not None or "@" in url.split("/", 3)[2]:
        raise AddressError("userinfo", f"{url[:80]!r} carries a user name")
    if not host or "%" in host or not _is_name(host):
        raise AddressError("bad_address", f"{url[:80]!r} has no usable host")
    if parts.port not in (None, *PORTS.values()):
        raise AddressError("bad_port", f"{url[:80]!r} asks for port {parts.port}; 80 and 443 are asked")
    return Address(scheme, host.lower(), parts.port or PORTS[scheme], parts.request_uri)


def _is_name(host: str) -> bool:
    if host.startswith("["):
        return True
    labels = host.split(".")
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
    return (parts.host or "127.0.0.1", parts.port or 80)


def _resolve(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]


def _connect(address: tuple[str, int], timeout: float | None) -> socket.socket:
    connection = socket.create_connection(address, timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
