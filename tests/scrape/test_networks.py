"""Which IP addresses are public hosts, also where one embeds another."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.networks import is_public, numeric


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("2002:0808:0808::1", True),
        ("2606:4700::5efe:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::1", False),
        ("::8.8.8.8", False),
        ("fe80::1%lo", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("2001:0:7f00:1::", False),
        ("2606:4700::200:5efe:10.0.0.1", False),
    ],
)
def test_addresses_that_embed_others_are_as_public_as_what_they_embed(text, public):
    assert is_public(text) is public


@holds_for(st.ip_addresses(v=4), light=200)
def test_an_ipv4_address_is_as_public_however_it_is_wrapped(address):
    number = int(address)
    for wrapped in ((0xFFFF << 32) | number, (0x64FF9B << 96) | number):
        assert is_public(str(IPv6Address(wrapped))) is is_public(str(address))
    assert not is_public(str(IPv6Address(number)))


@holds_for(st.integers(min_value=0, max_value=2**32 - 1), light=200)
def test_every_spelling_of_a_number_is_the_same_address(number):
    for text in (str(number), hex(number), f"0{number:o}", str(IPv4Address(number)), f"{number >> 24}.{number & 0xFFFFFF}"):
        assert numeric(text) == IPv4Address(number)
