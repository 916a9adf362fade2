import pytest

from pipeline.scrape.optouts import header_opt_out


@pytest.mark.parametrize(
    ("headers", "closed"),
    [
        ({"x-robots-tag": "noai"}, {"document", "picture", "listing"}),
        ({"x-robots-tag": "index, NoImageAI"}, {"document", "picture", "listing"}),
        ({"x-robots-tag": "somebot: noai"}, {"document", "picture", "listing"}),
        ({"tdm-reservation": " 1 "}, {"document", "picture", "listing"}),
        ({"x-robots-tag": "none"}, {"document", "picture"}),
        ({"x-robots-tag": "noindex, nofollow"}, {"document"}),
        ({"x-robots-tag": "all", "tdm-reservation": "0"}, set()),
        ({}, set()),
    ],
)
def test_what_a_header_closes(headers, closed):
    assert {about for about in ("document", "picture", "listing") if header_opt_out(headers, about)} == closed
