"""Sizes: stated before measured, measured before guessed; and what says so stands beside them."""

import pytest

from pipeline.scrape.plan_sizes import Size, Sizes

UPLOAD = "https://substack-post-media.s3.amazonaws.com/public/images/00000000-0000-4000-8000-000000000000_400x300.jpg"


def fetched(home, host, n, size, kind):
    rows = [
        {"person": "ada", "fetch_id": f"{host}{i}", "url": f"https://{host}/{i}", "host": host, "outcome": "kept", "bytes": size}
        for i in range(n)
    ]
    requests = [{"person": "ada", "request_id": row["fetch_id"], "url": row["url"], "kind": kind} for row in rows]
    with home.warehouse.transaction() as t:
        t.append("fetches", rows)
        t.append("frontier", requests)


@pytest.mark.parametrize(
    ("stated", "width", "height", "url", "size"),
    [
        (1234, 400, 300, UPLOAD, Size(1234, "stated")),
        (None, None, None, UPLOAD, Size(400 * 300 * 0.25, "by its pixels")),
        (None, 200, 100, "https://p.example/a.jpg", Size(200 * 100 * 0.25, "by its pixels")),
        (None, None, None, "https://p.example/a.jpg", Size(36_000, "a mean")),
    ],
)
def test_a_picture(home, stated, width, height, url, size):
    assert Sizes(home, "ada").picture("p.example", url, stated, width, height) == size


def test_a_post_by_its_words_and_anything_else_by_what_was_measured(home):
    assert Sizes(home, "ada").document("a.example", "substack_post", 1000) == Size(6400 + 6600, "by its words")
    assert Sizes(home, "ada").document("a.example", "web_page", None) == Size(9_000, "a mean")
    fetched(home, "a.example", 5, 1000, "web_page")
    fetched(home, "b.example", 4, 10_000, "web_page")
    sizes = Sizes(home, "ada")
    assert sizes.document("a.example", "web_page", None) == Size(1000, "measured at the host")
    assert sizes.document("b.example", "web_page", None) == Size(5000, "measured")
    assert Sizes(home, "bob").document("a.example", "web_page", None).source == "a mean"
