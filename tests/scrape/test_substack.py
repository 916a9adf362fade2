import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Kind, Parsed, Source

BASE = "https://river.substack.com"
CARD = {"id": 7, "name": "River Letters", "subdomain": "river", "custom_domain": None, "custom_domain_optional": False}
ENDS = {"id": 8, "name": "Ends", "subdomain": "ends", "custom_domain": "www.ends.example", "custom_domain_optional": False}
KEYS = st.sampled_from(
    ["id", "slug", "canonical_url", "posts", "rows", "items", "comment", "context", "type", "body", "body_html", "audience", "publication",
     "publishedBylines", "publicationUsers", "attachments", "publicationSettings", "custom_domain", "subdomain", "handle", "subscriptions",
     "post_date", "nextCursor", "recommendedPublication", "title", "image", "link", "name", "body_json", "content", "marks", "gallery"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["everyone", "https://a.example/p/x", "<p>x<img src=//a.example/b.jpg>", "note", "post_restack", "image"]),
)
JSON = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)), max_leaves=25)


def parsed(kind: Kind, value: Any, url: str = BASE + "/p/reeds") -> Parsed:
    return parse(kind, url, json.dumps(value).encode())


def post(**fields: Any) -> dict[str, Any]:
    byline = {"id": 3, "name": "R. Iver", "handle": "river", "publicationUsers": [{"publication_id": 7, "publication": CARD}]}
    return {
        "id": 12, "publication_id": 7, "title": "Reeds", "slug": "reeds", "audience": "everyone", "post_date": "2025-03-01T10:00:00.000Z",
        "canonical_url": BASE + "/p/reeds?utm_source=x", "publishedBylines": [byline], "body_html": "<p>Reeds bend in the wind.</p>",
    } | fields  # fmt: skip


def test_a_post() -> None:
    found = parsed("substack_post", post())
    assert (found.title, found.author, found.canonical_url) == ("Reeds", "river", BASE + "/p/reeds")
    assert found.published_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert found.source == Source("substack", "publication", BASE, "river", "River Letters", 7)
    assert [passage.text for passage in found.passages] == ["Reeds bend in the wind."]


@pytest.mark.parametrize("audience", ["only_paid", "founding", None, 3])
def test_others_paid_posts_say_nothing_but_their_metadata(audience: object) -> None:
    found = parsed("substack_post", post(audience=audience))
    assert (found.passages, found.pictures, found.links) == ((), (), ())
    assert found.title == "Reeds"
    assert "metadata only" in found.remarks[0]


def test_ones_own_export_is_read_whole() -> None:
    assert len(parsed("substack_export_post", post(audience="only_paid")).passages) == 1


def test_a_post_without_a_body_is_remarked() -> None:
    assert parsed("substack_post", post(body_html=None)).remarks == ("the post has no body",)


def test_archives_in_three_shapes() -> None:
    found = [parsed("substack_archive", value).listed for value in ([post()], {"posts": [post()]}, {"rows": [post()], "total": 9})]
    assert found[0] == found[1] == found[2]
    assert (found[0][0].number, found[0][0].slug, found[0][0].url, found[0][0].audience) == (12, "reeds", BASE + "/p/reeds", "everyone")


def test_archives_say_what_they_could_not_read() -> None:
    found = parsed("substack_archive", [post(), {"id": "x"}, 3])
    assert len(found.listed) == 1
    assert found.remarks == ("1 posts of the archive could not be read",)
    assert parsed("substack_archive", {"error": "no"}).remarks != ()


def test_profiles_lead_to_publications() -> None:
    profile = {
        "id": 5, "handle": "maker", "name": "The Maker", "primaryPublication": CARD, "publicationUsers": [{"publication": CARD}],
        "subscriptions": [{"visibility": "public", "publication": ENDS}], "subscriptionsTruncated": True,
    }  # fmt: skip
    found = parsed("substack_profile", profile)
    assert [(link.url, link.kind) for link in found.links] == [(BASE, "contains"), ("https://www.ends.example", "subscribes")]
    assert found.source == Source("substack", "account", "https://substack.com/@maker", "maker", "The Maker", 5)
    assert found.remarks == ("the profile says subscriptionsTruncated",)


def test_recommendations_in_both_shapes() -> None:
    rows = [{"recommendedPublication": ENDS}, {"recommendedPublication": CARD | {"custom_domain": "https://river.example"}}]
    bare, envelope = parsed("substack_recommendations", rows), parsed("substack_recommendations", {"rows": rows, "total": 6})
    assert bare.links == envelope.links
    assert [link.url for link in bare.links] == ["https://www.ends.example", "https://river.example"]
    assert bare.links[0].to == Source("substack", "publication", "https://www.ends.example", "ends", "Ends", 8)


@pytest.mark.parametrize(
    ("settings_", "card", "reason"),
    [
        ({"block_ai_crawlers": False}, {}, None),
        ({"block_ai_crawlers": True}, {}, "block_ai_crawlers"),
        ({"block_ai_crawlers": False}, {"no_index": True}, "no_index"),
        ({}, {}, "unknown"),
        ({"block_ai_crawlers": "no"}, {}, "unknown"),
    ],
)
def test_opt_outs_of_publications(settings_: dict[str, Any], card: dict[str, Any], reason: str | None) -> None:
    found = parsed("substack_publication", {"publication": CARD | card, "publicationSettings": settings_})
    assert found.opted_out == reason
    assert found.source is not None
    assert found.source.url == BASE


def activity(kind: str, **fields: Any) -> dict[str, Any]:
    return {"context": {"type": kind, "timestamp": "2026-02-01T00:00:00Z"}} | fields


def test_activity() -> None:
    image = "https://substack-post-media.s3.amazonaws.com/public/images/52784fae-8082-44d2-abac-11a5c5663133_326x448.jpg"
    attachments = [{"type": "image", "imageUrl": image}, {"type": "link", "linkMetadata": {"url": "http://a.example/x?utm_source=n"}},
                   {"type": "post", "post": post(), "publication": CARD}]  # fmt: skip
    own = {"id": 1, "body": "First words.\n\nSecond words.", "date": "2026-01-31T00:00:00Z", "attachments": attachments}
    items = [
        activity("note", comment=own),
        activity("post_restack", post=post(), publication=CARD),
        activity("note_like", comment={"id": 9}),
    ]
    found = parsed("substack_activity", {"items": items, "nextCursor": "abc"})
    assert [(passage.text, passage.role) for passage in found.passages] == [("First words.", "note"), ("Second words.", "note")]
    assert [(picture.image_url, picture.position, picture.width) for picture in found.pictures] == [(image, 2, 326)]
    assert {(link.url, link.kind) for link in found.links} == {
        ("https://a.example/x", "links_to"), (BASE + "/p/reeds", "embeds"), (BASE + "/p/reeds", "restacks"),
        ("https://substack.com/note/c-9", "likes"),
    }  # fmt: skip
    assert found.next_cursor == "abc"
    assert next(link for link in found.links if link.kind == "restacks").happened_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_two_notes_stand_far_apart() -> None:
    items = [activity("note", comment={"id": number, "body": "Words."}) for number in range(2)]
    first, second = parsed("substack_activity", {"items": items}).passages
    assert second.position - first.position > 50


@holds_for(st.sampled_from([kind for kind in get_args(Kind) if kind != "web_page"]), JSON, light=250)
def test_any_json_is_read(kind: Kind, value: Any) -> None:
    found = parsed(kind, value)
    places = [item.position for item in (*found.passages, *found.pictures)]
    assert len(places) == len(set(places))


@holds_for(st.sampled_from(get_args(Kind)), st.binary(max_size=200), light=150)
def test_any_bytes_are_read_or_rejected(kind: Kind, content: bytes) -> None:
    try:
        said = parse(kind, BASE, content).canonical_url
    except DocumentRejected as error:
        said = error.reason
    assert said in ("not_json", "wrong_type", "too_deep") or said.startswith("https://")
