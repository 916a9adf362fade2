import json
import re
from typing import Any, get_args

import pytest
from hypothesis import strategies as st
from lxml.html import HtmlElement
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.markup import load_html
from pipeline.scrape.mask_html import EDGES
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Kind
from pipeline.scrape.redact import redact

ME = 51
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.just("a@b.example")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["id", "items", "comment", "body", "post", "audience", "body_html", "posts", "user_id", "context", "subscriptions"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


PAGES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", "<wbr>", "<br>", "me", "@", "example.com", "93.", "184.", "216.", "34", "2001:", ":7", " ", "&#64;",
         "<div class=comments>", "<article>", "<script type=application/ld+json>", '{"comment":[1]}', "</script>", "<a href='/?sid=1'>",
         "<embed>",
         "<!--", "-->", "<meta property=article:content_tier content=locked>", "<td>", "<svg>", "<template>", "<p id='comment-", "'>"]
    )
).map(lambda parts: "".join(parts).encode())  # fmt: skip


def shown(tag: HtmlElement) -> str:
    """What a reader sees of a tag, with line breaks where lines end."""
    edge = "\n" if tag.tag in EDGES else ""
    return edge + (tag.text or "") + "".join(shown(child) + (child.tail or "") for child in tag) + edge


@holds_for(PAGES)
def test_no_line_that_is_stored_holds_an_address(content: bytes) -> None:
    lines = shown(load_html(redact("web_page", content)))
    assert not re.search(r"\w@example\.com\b(?!\.\d)|(?<![\w.])93\.184\.216\.34(?!\w|\.\d)", lines)


def redacted(kind: Kind, value: Any, **options: Any) -> Any:
    return json.loads(redact(kind, json.dumps(value).encode(), **options))


def page(body: str, head: str = "", **options: Any) -> str:
    return redact("web_page", f"<html><head>{head}</head><body>{body}</body></html>".encode(), **options).decode()


def preloaded(audience: str) -> str:
    data = json.dumps(json.dumps({"post": {"audience": audience, "title": "T", "body_html": "<p>Hidden words</p>"}}))
    article = '<article><h1>T</h1><div class="available-content"><div class="body markup"><p>Opening words</p></div></div></article>'
    return f"{article}<script>window._preloads = JSON.parse({data})</script>"


def test_recommendations_lose_their_tokens() -> None:
    row = {"id": 1, "subscribe_auth_token": "secret", "description": "a blurb", "recommendedPublication": {"id": 2, "author": {"bio": "b"}}}
    assert redacted("substack_recommendations", [row]) == [{"id": 1, "recommendedPublication": {"id": 2}}]
    assert redacted("substack_recommendations", {"rows": [row], "total": 1})["rows"][0] == {"id": 1, "recommendedPublication": {"id": 2}}


def test_a_profile_keeps_public_subscriptions_and_no_bio() -> None:
    rows = [
        {"visibility": kind, "publication": {"id": number, "email_from": "a@b.example"}}
        for number, kind in enumerate(["public", "private"])
    ]
    kept = redacted("substack_profile", {"handle": "maker", "bio": "Draws.", "subscriptions": rows, "subscriberCount": "88"})
    assert kept == {"handle": "maker", "subscriptions": [{"visibility": "public", "publication": {"id": 0}}]}


def test_a_profile_keeps_no_role_that_is_not_shown_to_all() -> None:
    rows = [{"role": "admin", "public": shown, "publication": {"id": number}} for number, shown in enumerate([True, False, None])]
    kept = redacted("substack_profile", {"publicationUsers": rows})
    assert [row["publication"]["id"] for row in kept["publicationUsers"]] == [0, 2]


def note(user: object, kind: str = "note") -> dict[str, Any]:
    return {
        "entity_key": "c-9",
        "context": {"type": kind, "timestamp": "2026-01-01T00:00:00Z", "users": [{"name": "Somebody"}]},
        "comment": {
            "id": 9,
            "user_id": user,
            "body": "Words of a note",
            "name": "N",
            "attachments": [{"type": "comment", "comment": {"body": "other"}}],
        },
        "parentComments": [{"body": "parent"}],
    }


def test_only_ones_own_notes_keep_their_words() -> None:
    kept = redacted("substack_activity", {"items": [note(ME), note(52, "note_like"), note(52, "comment_restack")]}, own_user=ME)
    assert kept["items"][0]["comment"]["body"] == "Words of a note"
    assert [item["comment"] for item in kept["items"][1:]] == [{"id": 9}, {"id": 9}]
    assert not any(word in json.dumps(kept) for word in ("other", "parent", "Somebody"))


@pytest.mark.parametrize("user", [None, True, "51", 52])
def test_a_note_of_unknown_author_is_not_ones_own(user: object) -> None:
    assert "Words" not in json.dumps(redacted("substack_activity", {"items": [note(user)]}, own_user=ME))


def test_without_an_own_user_no_note_is_ones_own() -> None:
    assert "Words" not in json.dumps(redacted("substack_activity", {"items": [note(None)]}))


@pytest.mark.parametrize("audience", ["only_paid", "founding", "only_free", None])
def test_others_paid_posts_lose_their_body(audience: str | None) -> None:
    post = {"id": 1, "audience": audience, "body_html": "<p>Preview</p>", "truncated_body_text": "Preview", "title": "T"}
    assert redacted("substack_post", post) == {"id": 1, "audience": audience, "title": "T"}
    assert redacted("substack_post", post, own=True)["body_html"] == "<p>Preview</p>"


def test_listings_keep_no_bodies() -> None:
    post = {"id": 1, "audience": "everyone", "body_html": "<p>x</p>", "publishedBylines": [{"id": 2, "bio": "b", "photo_url": "p"}]}
    assert redacted("substack_archive", [post]) == [{"id": 1, "audience": "everyone", "publishedBylines": [{"id": 2}]}]
    assert "body_html" not in json.dumps(redacted("substack_publication", {"post": post}))


def test_a_pins_ip_address_is_not_kept() -> None:
    assert redacted("pinterest_pin", {"id": "1", "ip_address": "203.0.113.9", "Ip Address": "203.0.113.9"}) == {"id": "1"}


def test_a_page_loses_scripts_forms_comments_and_handlers() -> None:
    html = (
        "<p onclick='x()'>Words</p><!-- note: a@b.example --><script>var token='x'</script><form><input name=csrf value=secret></form>"
        "<div id=comments><p>A reader says</p></div><a href='mailto:me@home.example'>me@home.example</a>"
        '<script type="application/ld+json">{"datePublished":"2020-01-01"}</script>'
    )
    kept = page(html)
    assert "<p>Words</p>" in kept
    assert "datePublished" in kept
    assert not any(word in kept for word in ("token", "secret", "csrf", "reader says", "home.example", "b.example", "onclick"))


@pytest.mark.parametrize(
    "said",
    [
        "<ol><li class='comment even'>{}</li></ol>", "<section id=comments-section>{}</section>", "<div class='comment-thread'>{}</div>",
        "<div class=comment-body>{}</div>", "<article class='comment depth-1'>{}</article>", "<div id=respond>{}</div>",
        "<div itemprop=comment itemscope>{}</div>", "<div id=comment-4711>{}</div>", "<div class='wp comments-area'>{}</div>",
    ],
)  # fmt: skip
def test_what_readers_said_is_not_kept(said: str) -> None:
    kept = page(f"<article><p>The article's own words.</p></article>{said.format('<p>A reader says so.</p>')}")
    assert "own words" in kept
    assert "reader" not in kept


@pytest.mark.parametrize(
    "words",
    [
        "<pre><span class='token comment'># says so</span></pre>", "<p class=commentary>says so</p>",
        "<div id=comment-policy>says so</div>", "<p id=responder>says so</p>", "<p class=uncomment>says so</p>",
        "<code class=comment>says so</code>",
    ],
)  # fmt: skip
def test_what_only_sounds_like_readers_stays(words: str) -> None:
    assert "says so" in page(f"<article>{words}</article>")


def test_of_linked_data_only_what_is_read_stays() -> None:
    record = {
        "@type": "Article", "datePublished": "2020-01-01", "articleBody": "Body",
        "author": [{"name": "A </script>B", "email": "x", "image": "y"}],
        "comment": [{"text": "A reader says so", "author": {"name": "Reader"}}], "commentCount": 1,
    }  # fmt: skip
    for value in (record, [record], {"@graph": [record]}, {"mainEntity": record, "comment": record["comment"]}):
        kept = page("<p>Words</p>", head=f'<script type="application/ld+json">{json.dumps(value).replace("</", "<!--/")}</script>')
        assert "datePublished" in kept
        assert not any(word in kept for word in ("eader", "Body", "email", "image"))
        assert parse("web_page", "https://a.example/x", kept.encode()).published_at is not None


@pytest.mark.parametrize("text", ["{not json", "[" * 100_000, '{"comment": {"text": "A reader says so"}}', "3", '"A reader says so"'])
def test_linked_data_that_says_nothing_of_use_goes(text: str) -> None:
    kept = page("<p>Words</p>", head=f'<script type="application/ld+json">{text}</script>')
    assert "script" not in kept
    assert "Words" in kept


@pytest.mark.parametrize("audience", ["only_paid", "founding"])
def test_a_paid_posts_page_keeps_its_title_only(audience: str) -> None:
    kept = page(preloaded(audience), head='<meta property="og:description" content="Opening words">')
    assert "T</h1>" in kept
    assert "Opening" not in kept
    assert "Hidden" not in kept
    assert 'content="locked"' in kept


def test_a_free_posts_page_keeps_its_body() -> None:
    kept = page(preloaded("everyone"))
    assert "Opening words" in kept
    assert "locked" not in kept


@pytest.mark.parametrize(
    "sign",
    [
        '<meta property="article:content_tier" content="locked">',
        '<script type="application/ld+json">{"isAccessibleForFree": "False"}</script>',
    ],
)
def test_pages_that_say_they_are_paid_lose_their_article(sign: str) -> None:
    assert "Opening" not in page("<main><article><p>Opening words</p></article></main>", head=sign)


def test_preloads_that_cannot_be_read_count_as_paid_where_they_name_a_paid_audience() -> None:
    assert "Opening" not in page('<article><p>Opening</p></article><script>window._preloads = JSON.parse("{only_paid")</script>')


def test_what_follows_an_embed_stays() -> None:
    assert page("<p>One<embed src='/x?token=1'>two</p><p>three</p>").count("embed") == 0
    assert "two" in page("<p>One<embed src=/x>two</p>")


SPLIT = [
    "me.secret@<wbr>example.com", "<b>me.secret@</b>example.com", "me<i>.secret</i>@<b>ex</b>ample<b>.com</b>", "93.184.<b>216.34</b>",
    "<span>93</span>.<span>184</span>.<span>216</span>.<span>34</span>", "2001:db8:<b>85a3::8a2e</b>:370:7334",
    "me.secret@<a href=/x>example.com</a>, and 93.184.<b>216.34</b>",
]  # fmt: skip


@pytest.mark.parametrize("split", SPLIT)
def test_an_address_that_tags_cut_in_two_is_masked_in_page_body_and_passage(split: str) -> None:
    words = f"<p>Write to {split} or <em>not</em> at all.</p>"
    stored = redact("web_page", f"<article>{words}</article>".encode())
    in_json = redact("substack_post", json.dumps({"audience": "everyone", "body_html": words}).encode())
    for kind, content in (("web_page", stored), ("substack_post", in_json)):
        (passage,) = parse(kind, "https://a.example/p/x", content).passages
        text = re.sub(r"<[^>]*>", "", content.decode())
        assert not any(part in text + passage.text for part in ("secret", "ample.com", "184", "216", "85a3", "7334"))
        assert passage.text.startswith("Write to [")
        assert passage.text.endswith("or not at all.")


def test_what_stands_on_two_lines_is_no_address() -> None:
    kept = page("<p>me@</p><p>example.com</p>one@<br>example.com<ul><li>93.184.</li><li>216.34</li></ul>")
    assert "[" not in kept


def test_a_body_without_split_addresses_stays_as_it_was_written() -> None:
    body = "<P>Odd  markup &amp; @mentions</p><img src='https://a.example/@2x.png'>"
    assert redacted("substack_post", {"audience": "everyone", "body_html": body})["body_html"] == body


def test_what_is_left_out_of_a_passage_may_have_cut_an_address() -> None:
    words = "<p>Write to me.secret@<svg><text>at</text></svg>example.com today.</p>"
    content = redact("web_page", f"<article>{words}</article>".encode())
    assert [passage.text for passage in parse("web_page", "https://a.example/x", content).passages] == ["Write to [e-mail] today."]


def test_the_charset_of_the_answer_is_heard() -> None:
    assert "Здравствуй" in redact("web_page", "<p>Здравствуй".encode("koi8-r"), charset="koi8-r").decode()


@holds_for(st.sampled_from([kind for kind in get_args(Kind) if kind != "web_page" and not kind.endswith("_feed")]), JSON, light=150)
def test_any_json_is_redacted_the_same_twice(kind: Kind, value: Any) -> None:
    once = redact(kind, json.dumps(value).encode(), own_user=ME)
    assert redact(kind, once, own_user=ME) == once
    assert b"a@b.example" not in once


@holds_for(st.sampled_from(get_args(Kind)), st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), PAGES), light=150)
def test_any_bytes_are_redacted_or_rejected(kind: Kind, content: bytes) -> None:
    try:
        said = redact(kind, content).decode()
    except DocumentRejected as error:
        said = error.reason
    assert isinstance(said, str)
