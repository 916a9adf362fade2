"""What is masked in prose and addresses, and what only looks like it."""

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.masks import mask


@pytest.mark.parametrize(
    "text",
    [
        "Write to first.last+tag@mail.example.org today", "mailto:a@b.example?subject=x", "a%40b.example", "a&#64;b.example",
        "a&#x40;b.example", "see https://example.com/?email=a@b.example",
    ],
)  # fmt: skip
def test_addresses_of_people_are_masked(text: str) -> None:
    assert "[e-mail]" in mask(text)
    assert "b.example" not in mask(text)
    assert "mail.example" not in mask(text)


@pytest.mark.parametrize("text", ["logo@2x.png", "https://medium.com/@name/post", "two @ five pence", "5@6", "@handle", "jquery@3.6.0.js"])
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    assert mask(text) == text


def test_tokens_in_addresses_are_masked() -> None:
    assert mask("https://a.example/p?token=abc&x=1&auth_token=def#s") == "https://a.example/p?token=masked&x=1&auth_token=masked#s"
    assert "eyJ" not in mask("bearer eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2")


@pytest.mark.parametrize(
    "text",
    [
        "you came from 203.0.113.7.", "203.0.113.7", "(203.0.113.7)", "IP: 203.0.113.7, host x", "ssh me at 203.0.113.7:2222",
        "from 203.0.113.7/24",
        "banned 203.0.113.7\nyesterday", "peer 2001:db8::7 left", "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "fe80::1ff:fe23:4567:890a said",
    ],
)  # fmt: skip
def test_addresses_of_machines_are_masked_in_prose(text: str) -> None:
    assert "[IP address]" in mask(text)
    assert not any(part in mask(text) for part in ("203.0", "2001", "fe80"))


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4 is out", "Version: 1.2.3.4", "v1.2.3.4", "v 1.2.3.4", "release 10.0.0.1", "Chrome/120.0.0.0 Safari",
        "section 3.2.1.4",
        "§ 3.2.1.4", "1.2.3.4.5", "1.2.3", "300.1.1.1", "01.02.03.04", "see http://198.51.100.7/admin", "https://[2001:db8::7]/x",
        "127.0.0.1",
        "255.255.255.0", "at 12:30:45", "std::vector", "dead::beef", "aa:bb:cc:dd:ee:ff", "1:2", "::", "::1", "C::D::E", "Matthew 5:3:1",
    ],
)  # fmt: skip
def test_versions_sections_hosts_and_times_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", ["git clone git@github.com:owner/name.git", "hg@bitbucket.org/x", "git@gitlab.example"])
def test_repositories_are_nobodys_mailbox(text: str) -> None:
    assert mask(text) == text


@holds_for(st.text(st.characters() | st.sampled_from("0123456789.:@/abcdef%&=[]"), max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
