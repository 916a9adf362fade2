"""Substack's API and pages in the simulated world."""

import json
import re

from bs4 import BeautifulSoup

from pipeline.simulate.site.addresses import upload_url


def test_archive_is_walked_from_the_newest_post_to_the_oldest_without_bodies(served, data):
    pages = [data(served.origin, f"https://ada.substack.com/api/v1/archive?sort=new&offset={at}&limit=2") for at in (0, 2, 4, 6)]
    assert [[item["id"] for item in page] for page in pages] == [[5, 4], [3, 2], [1], []]
    assert all(item["body_html"] is None for page in pages for item in page)


def test_post_tells_who_wrote_it_where_and_when(served, data):
    found = data(served.origin, "https://ada.substack.com/api/v1/posts/post-2")
    assert (found["title"], found["post_date"], found["audience"]) == ("Post <2>", "2024-01-02T08:30:00.000Z", "everyone")
    assert found["canonical_url"] == "https://ada.substack.com/p/post-2"
    assert found["publishedBylines"][0]["publicationUsers"][0]["publication"]["subdomain"] == "ada"


def test_body_holds_the_paragraphs_and_the_pictures_where_they_belong(served, world, data):
    shown = world.publications["ada"].posts[1]
    soup = BeautifulSoup(data(served.origin, "https://ada.substack.com/api/v1/posts/post-2")["body_html"], "lxml")
    for widget in soup.select(".subscription-widget-wrap-editor, .button-wrapper"):
        widget.decompose()
    parts = soup.find_all(["p", "figure"])
    kinds = [tag.name for tag in parts]
    assert kinds == ["p", "figure", "p", "p", "figure", "p"]
    assert [tag.get_text() for tag in parts if tag.name == "p"] == list(shown.paragraphs)


def test_pictures_in_a_body_say_where_the_original_is(served, world, ask, data, draw):
    soup = BeautifulSoup(data(served.origin, "https://ada.substack.com/api/v1/posts/post-2")["body_html"], "lxml")
    image = soup.select_one(".captioned-image-container figure .image2-inset img")
    described = json.loads(image["data-attrs"])
    inline = world.publications["ada"].posts[1].pictures[0]
    assert (described["src"], described["alt"], image["alt"]) == (upload_url(inline.picture), inline.alt, inline.alt)
    assert soup.select_one("figcaption.image-caption").get_text() == inline.caption
    assert ask(served.origin, image["src"])[1] == ask(served.origin, described["src"])[1] == draw(inline.picture)


def test_links_take_the_last_words_and_leave_the_text(served, world, data):
    paragraph = BeautifulSoup(data(served.origin, "https://bob.substack.com/api/v1/posts/post-9")["body_html"], "lxml").find_all("a")
    linked = [tag for tag in paragraph if "/p/post-1" in tag["href"]]
    assert [tag["href"].split("?")[0] for tag in linked] == ["https://ada.substack.com/p/post-1"]
    assert linked[0].parent.get_text() == world.publications["bob"].posts[1].paragraphs[-1]


def test_paid_post_is_cut_and_still_counts_all_its_words(served, data):
    paid, free = (data(served.origin, f"https://bob.substack.com/api/v1/posts/post-{number}") for number in (8, 9))
    assert (paid["audience"], paid["wordcount"]) == ("only_paid", free["wordcount"])
    assert len(re.findall("Paragraph", paid["body_html"])) == 1
    assert "paywall" not in paid["body_html"]


def test_page_of_a_paid_post_shows_no_more_than_the_api(served, ask):
    assert ask(served.origin, "https://bob.substack.com/p/post-8")[1].count(b"Paragraph") == 1


def test_post_page_names_its_canonical_address(served, ask):
    soup = BeautifulSoup(ask(served.origin, "https://ada.substack.com/p/post-2?utm_source=x")[1].decode(), "lxml")
    assert soup.find("link", rel="canonical")["href"] == "https://ada.substack.com/p/post-2"
    assert soup.find("h1").get_text() == "Post <2>"
    assert len(soup.select(".available-content .body.markup figure")) == 2


def test_by_id_tells_the_opt_out(served, data):
    answers = {number: data(served.origin, f"https://substack.com/api/v1/posts/by-id/{number}") for number in (2, 9)}
    assert [answers[number]["publicationSettings"]["block_ai_crawlers"] for number in (2, 9)] == [False, True]
    assert answers[2]["post"]["id"] == 2
    assert answers[2]["publication"]["id"] == 71


def test_profile_shows_the_own_publication_and_the_subscriptions(served, data):
    found = data(served.origin, "https://substack.com/api/v1/user/ada/public_profile")
    assert (found["id"], found["primaryPublication"]["subdomain"]) == (1, "ada")
    assert [item["publication"]["subdomain"] for item in found["subscriptions"]] == ["bob"]


def test_profile_of_somebody_without_a_publication(served, data):
    found = data(served.origin, "https://substack.com/api/v1/user/cy/public_profile")
    assert (found["primaryPublication"], found["publicationUsers"], found["subscriptions"]) == (None, [], [])


def test_activity_is_an_empty_last_page(served, data):
    assert data(served.origin, "https://substack.com/api/v1/reader/feed/profile/1?types=note")["items"] == []


def test_recommendations_come_bare_or_in_an_envelope(served, data):
    bare = data(served.origin, "https://ada.substack.com/api/v1/recommendations/from/71")
    paged = data(served.origin, "https://substack.com/api/v1/recommendations/from/71?paginate=true&offset=0&limit=50")
    assert [row["recommendedPublication"]["subdomain"] for row in bare] == ["bob"]
    assert paged == {"rows": bare, "total": 1}
    assert data(served.origin, "https://bob.substack.com/api/v1/recommendations/from/72") == []
