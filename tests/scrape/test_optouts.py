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
        ({"x-robots-tag": "NONE"}, {"document", "picture"}),
        ({"x-robots-tag": "*: noindex"}, {"document"}),
        ({"x-robots-tag": "rhizome: none"}, {"document", "picture"}),
        ({"x-robots-tag": "GPTBot: noindex"}, {"document"}),
        ({"x-robots-tag": "googlebot: noindex, nofollow"}, set()),
        ({"x-robots-tag": "googlebot: none"}, set()),
        ({"x-robots-tag": "googlebot: nofollow, noindex"}, {"document"}),
        ({"x-robots-tag": "googlebot: noindex, noai"}, {"document", "picture", "listing"}),
        ({"x-robots-tag": "max-snippet: 50, noindex"}, {"document"}),
        ({"x-robots-tag": "unavailable_after: 25 Jun 2010 15:00:00 PST"}, set()),
        ({"x-robots-tag": "noindexing, nonexistent"}, set()),
        ({"x-robots-tag": ",:,: :,\u2028"}, set()),
        ({"tdm-reservation": "1", "tdm-policy": "https://a.example/policy"}, {"document", "picture", "listing"}),
        ({"tdm-policy": "https://a.example/policy"}, set()),
        ({"tdm-reservation": "1, 1"}, {"document", "picture", "listing"}),
        ({"tdm-reservation": "0,1"}, {"document", "picture", "listing"}),
        ({"x-robots-tag": "Applebot-Extended: noindex"}, {"document"}),
        ({"x-robots-tag": "img2dataset: none"}, {"document", "picture"}),
        ({"tdm-reservation": "10"}, set()),
        ({"tdm-reservation": "0, 0"}, set()),
        ({"x-robots-tag": "all", "tdm-reservation": "0"}, set()),
        ({}, set()),
    ],
)
def test_what_a_header_closes(headers, closed):
    assert {about for about in ("document", "picture", "listing") if header_opt_out(headers, about)} == closed
