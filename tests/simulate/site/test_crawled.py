"""The site against the crawler: both make the same of every address and every document."""

from datetime import UTC, datetime

import pytest

from pipeline.scrape.addresses import canonical, image_key, pin_image, unwrap_image
from pipeline.scrape.parse import parse
from pipeline.scrape.redact import redact
from pipeline.simulate.drawing import SIZE
from pipeline.simulate.site.addresses import pinned_url, proxied_url, upload_url


def test_crawler_finds_the_original_behind_the_proxy(picture):
    shown = picture(1)
    assert unwrap_image(proxied_url(shown, "w_424,c_limit,f_auto")) == (upload_url(shown), SIZE, SIZE)
    assert canonical(upload_url(shown)) == upload_url(shown)
    assert image_key(upload_url(shown)) == "substack:00000000-0000-0000-0000-000000000001"


def test_crawler_makes_the_same_address_of_a_signature(picture):
    assert pin_image(picture(1).picture_id) == pinned_url(picture(1))


@pytest.fixture
def parsed(served, ask):
    """What the crawler reads, after its redaction, in the document of this kind at this address."""

    def read(kind, url):
        response, content = ask(served.origin, url)
        assert response.status == 200
        return parse(kind, url, content if kind == "web_page" else redact(kind, content))

    return read


@pytest.mark.parametrize("kind", ["substack_post", "web_page"])
def test_post_is_read_as_it_was_written(parsed, world, kind):
    post, path = world.publications["ada"].posts[1], "api/v1/posts" if kind == "substack_post" else "p"
    found = parsed(kind, f"https://ada.substack.com/{path}/post-2")
    assert [passage.text for passage in found.passages if passage.role == "body"] == list(post.paragraphs)
    shown = [(picture.image_url, picture.alt, picture.caption) for picture in found.pictures]
    assert shown == [(upload_url(inline.picture), inline.alt, inline.caption) for inline in post.pictures]
    assert found.canonical_url == "https://ada.substack.com/p/post-2"


def test_post_has_its_title_author_date_and_source(parsed):
    found = parsed("substack_post", "https://ada.substack.com/api/v1/posts/post-2")
    assert (found.title, found.author, found.published_at) == ("Post <2>", "ada", datetime(2024, 1, 2, 8, 30, tzinfo=UTC))
    assert (found.source.url, found.source.number, found.audience) == ("https://ada.substack.com", 71, "everyone")


def test_link_in_a_post_leads_to_the_other_post(parsed):
    found = parsed("substack_post", "https://bob.substack.com/api/v1/posts/post-9")
    assert [link.url for link in found.links if link.kind == "links_to"] == ["https://ada.substack.com/p/post-1"]


def test_paid_post_of_somebody_else_is_metadata(parsed):
    found = parsed("substack_post", "https://bob.substack.com/api/v1/posts/post-8")
    assert (found.audience, found.passages, found.pictures) == ("only_paid", (), ())


def test_archive_lists_what_can_be_asked_for(parsed):
    listed = parsed("substack_archive", "https://bob.substack.com/api/v1/archive?sort=new&offset=0&limit=12").listed
    assert [(post.number, post.slug, post.audience) for post in listed] == [(9, "post-9", "everyone"), (8, "post-8", "only_paid")]
    assert [post.wordcount for post in listed] == [24, 24]


def test_profile_leads_to_publications(parsed):
    found = parsed("substack_profile", "https://substack.com/api/v1/user/ada/public_profile")
    assert [(link.kind, link.url) for link in found.links] == [
        ("contains", "https://ada.substack.com"), ("subscribes", "https://bob.substack.com"),
    ]  # fmt: skip
    assert (found.source.number, found.remarks) == (1, ())


@pytest.mark.parametrize("more", ["", "?paginate=true&offset=0&limit=50"])
def test_recommendations_lead_to_publications(parsed, more):
    found = parsed("substack_recommendations", f"https://ada.substack.com/api/v1/recommendations/from/71{more}")
    assert [(link.kind, link.url) for link in found.links] == [("recommends", "https://bob.substack.com")]


def test_settings_tell_the_opt_out(parsed):
    opted_out = [parsed("substack_publication", f"https://substack.com/api/v1/posts/by-id/{number}").opted_out for number in (2, 9)]
    assert opted_out == [None, "block_ai_crawlers"]


def test_activity_ends_at_once(parsed):
    found = parsed("substack_activity", "https://substack.com/api/v1/reader/feed/profile/1")
    assert (found.passages, found.links, found.next_cursor) == ((), (), None)
