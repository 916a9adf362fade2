"""Addresses that lost a part to masking are told from those that only look like it."""

import pytest

from pipeline.scrape.addresses import canonical
from pipeline.scrape.masked import is_masked
from pipeline.scrape.masks import mask_url

WITH_SECRETS = [
    "https://a.example/x?sid=1f0c&page=2", "https://a.example/x?page=2&signature=1f0c", "https://a.example/x;jsessionid=1f0c/y",
    "https://a.example/x?to=bob%40mail.example", "https://a.example/x?from=198.51.100.7",
]  # fmt: skip


@pytest.mark.parametrize("url", WITH_SECRETS)
def test_an_address_shows_that_it_was_masked_however_it_is_spelled(url):
    assert not is_masked(url)
    assert is_masked(mask_url(url))
    assert is_masked(canonical(mask_url(url)))


@pytest.mark.parametrize(
    "url", ["https://a.example/x?page=2", "https://198.51.100.7/x", "https://a.example/masked", "https://a.example/?masked=1"]
)
def test_what_holds_nothing_of_the_sort_is_as_it_was(url):
    assert mask_url(url) == url
    assert not is_masked(url)
