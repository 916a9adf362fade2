"""What is masked in prose and addresses, and what only looks like it."""

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.masks import mask, mask_url


@pytest.mark.parametrize(
    "text",
    [
        "Write to first.last+tag@mail.example.org today", "mailto:a@b.example?subject=x", "a%40b.example", "a&#64;b.example",
        "a&#x40;b.example", "see https://example.com/?email=a@b.example", "a@b.example=%40b.example",
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
    "name",
    ["PHPSESSID", "jsessionid", "session_id", "connect.sid", "substack.sid", "sig", "signature", "jwt", "X-Amz-Signature",
     "X-Goog-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "access_token", "accessToken", "ACCESS-TOKEN", "id_token",
     "refresh_token", "oauth_token",
     "oauth_token_secret", "client_secret", "api_key", "apikey", "api-key", "authkey", "access_key", "AWSAccessKeyId", "passwd"],
)  # fmt: skip
def test_whatever_a_secret_is_called_it_is_masked(name: str) -> None:
    for before in ("https://a.example/p?", "https://a.example/p?x=1&", "https://a.example/p?x=1&amp;"):
        assert mask(f"{before}{name}=aB3-dE_f&y=2#s") == f"{before}{name}=masked&y=2#s"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://a.example/p;jsessionid=0A1B2C?x=1", "https://a.example/p;jsessionid=masked?x=1"),
        ("https://a.example/p;jsessionid=0A1B2C.node1/q", "https://a.example/p;jsessionid=masked/q"),
        ("https://a.example/cb?code=4/0AX4XfWhGx9&state=1", "https://a.example/cb?code=masked&state=1"),
        ("https://a.example/maps?key=AIzaSyD3mo0000000", "https://a.example/maps?key=masked"),
        ("https://a.example/cas?ticket=ST-856-xK2pQ9", "https://a.example/cas?ticket=masked"),
        ("https://name:pass@a.example/p?x=1", "https://a.example/p?x=1"),
        ("//name@a.example/p", "//a.example/p"),
        ("https://a.example/p?mail=me@b.example", "https://a.example/[e-mail]"),
        ("https://a.example/@name/p?x=@y", "https://a.example/@name/p?x=@y"),
        ("/relative?sid=1", "/relative?sid=masked"),
        ("not an address", "not an address"),
    ],
)  # fmt: skip
def test_an_address_as_it_may_be_noted(url: str, masked: str) -> None:
    assert mask_url(url) == masked
    assert mask_url(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/?key=name&code=US", "https://a.example/?code=python-comprehensions", "https://a.example/?ticket=vip",
        "https://a.example/?code=1234567890123", "https://a.example/?keyword=owls2024garden99x", "https://a.example/?zipcode=a1b2c3d4e5f6",
        "https://a.example/?design=blue&insider=1&assign=a1", "https://a.example/?tokens_used=no", "a key=value pair, code=abc123def456",
        "https://a.example/?monkey=a1b2c3d4e5f6g7", "https://a.example/?author=jwt&sort=sid", "sigma=0.5",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text) == text


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


PARTS = ["?", "&", ";", "//", "key=", "sid=", "token=", "a1b2c3d4e5f6", "@", "a.example", "masked", "%40", " "]


@holds_for(
    st.one_of(
        st.text(st.characters() | st.sampled_from("0123456789.:@/abcdef%&=[]"), max_size=60),
        st.lists(st.sampled_from(PARTS)).map("".join),
    )
)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    assert mask_url(mask_url(text)) == mask_url(text)
