"""IP addresses: which of them are public hosts, and what a host's text stands for."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")  # is_global says True of fec0::1, ::2 and 64:ff9b:1::1 too on 3.11
NOT_PUBLIC = (  # RFC 6890 (a cloud's metadata stand at 192.0.0.192), 7526, 9637: is_global on 3.11
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the four bytes before an embedded IPv4 address


def is_public(text: str) -> bool:
    """Whether an address is public unicast, and so is every IPv4 address that it embeds (mapped, NAT64, 6to4, Teredo, ISATAP).

    `is_global` alone says True of 224.0.0.1, fec0::1, 64:ff9b::7f00:1, 2002:7f00:1:: and ::127.0.0.1 (measured on 3.11).
    """
    if "%" in text:
        return False
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return _is_global(address)
    if address.ipv4_mapped or address in NAT64:
        return _is_global(_last_four_bytes(address))
    return address in GLOBAL_UNICAST and _is_global(address) and all(map(_is_global, _embedded(address)))


def numeric(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host's text stands for in any form that getaddrinfo reads (2130706433, 0x7f.1, 127.1), or None."""
    try:
        if host.startswith("["):
            return ip_address(host.strip("[]"))
        return IPv4Address(socket.inet_aton(host))
    except (ValueError, OSError):
        return None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not odd and not any(address in network for network in NOT_PUBLIC)


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    found = [address.sixtofour, *(address.teredo or ())]
    if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        found.append(_last_four_bytes(address))
    return [one for one in found if one is not None]


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
