"""Links that are not plainly a page: posts by number, posts on a domain that turns out to be a publication's, too many of them."""

import json

from pipeline.identifiers import id_of
from pipeline.scrape.artefacts import parse_pages
from tests.scrape.conftest import JSON, article, card, post, publish, run, urls


def own_post_links_to(site, *hrefs):
    body = "<p>Words " + " ".join(f'<a href="{href}">there</a>' for href in hrefs) + "</p>"
    publish(site, "ada", 10, [post(100, "mine", "ada", body)])


def kinds(home, url):
    return [row["kind"] for row in home.warehouse.rows("select kind from pages where current and url = ?", url)]


def by_number(site, **settings):
    stray = post(777, "stray", "stray") | {"publication_id": 70}
    publish(site, "stray", 70, [stray], **settings)
    return "https://stray.substack.com/p/stray"


def test_a_post_linked_by_its_number_is_the_post_itself(neighbourhood, home, make_person):
    url = by_number(neighbourhood)
    own_post_links_to(neighbourhood, "https://substack.com/home/post/p-777?source=x", "https://substack.com/@someone/p-777")
    run(home, make_person(), neighbourhood)
    assert kinds(home, url) == ["substack_post"]
    assert len([path for path in neighbourhood.asked() if path.endswith("/posts/stray")]) == 1
    assert home.warehouse.rows("select opted_out from sources where url = 'https://stray.substack.com'") == [{"opted_out": None}]
    parse_pages(home, make_person())
    ends = {row["dst_id"] for row in home.warehouse.rows("select dst_id from edges where kind = 'links_to'")}
    assert id_of("document", url) in ends


def test_a_post_linked_by_its_number_whose_publication_opted_out_is_not_asked(neighbourhood, home, make_person):
    url = by_number(neighbourhood, block_ai_crawlers=True)
    own_post_links_to(neighbourhood, "https://substack.com/home/post/p-777")
    run(home, make_person(), neighbourhood)
    assert kinds(home, url) == []
    assert not [path for path in neighbourhood.asked() if path.endswith("/posts/stray")]
    found = home.warehouse.rows("select opted_out from sources where url = 'https://stray.substack.com'")
    assert found == [{"opted_out": "block_ai_crawlers"}]


def test_a_post_linked_through_the_app_is_the_post_itself(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, "https://open.substack.com/pub/near/p/n1?r=abc")
    run(home, make_person(hops=1), neighbourhood)
    assert kinds(home, "https://near.substack.com/p/n1") == ["substack_post"]


def custom_domain(site):
    """The publication `far` at a domain of its own, recommended by `near`."""
    publish(site, "near", 20, [post(200, "n0", "near")])
    rows = [{"recommendedPublication": card(40, "far", custom_domain="www.far.example")}]
    site.page("near.substack.com/api/v1/recommendations/from/20", json.dumps(rows), JSON)
    one = post(400, "f", "far") | {"canonical_url": "https://www.far.example/p/f", "publication_id": 40}
    publish(site, "far", 40, [one])
    for where in [where for where in site.rules if where.startswith("far.substack.com")]:
        site.rules[where.replace("far.substack.com", "www.far.example")] = site.rules.pop(where)
    site.page("www.far.example/p/f", article("The page of the post"))


def test_a_post_on_a_domain_that_turns_out_to_be_a_publications_is_asked_as_a_post(neighbourhood, home, make_person):
    custom_domain(neighbourhood)
    own_post_links_to(neighbourhood, "https://www.far.example/p/f")
    run(home, make_person(), neighbourhood)
    assert kinds(home, "https://www.far.example/p/f") == ["substack_post"]
    assert "www.far.example/p/f" not in neighbourhood.asked()


def test_a_page_that_was_held_before_its_publication_was_known_becomes_its_post(neighbourhood, home, make_person):
    custom_domain(neighbourhood)
    own_post_links_to(neighbourhood, "https://www.far.example/p/f")
    run(home, make_person(hops=1), neighbourhood)
    assert kinds(home, "https://www.far.example/p/f") == ["web_page"]
    run(home, make_person(hops=2), neighbourhood, "two")
    assert kinds(home, "https://www.far.example/p/f") == ["substack_post"]


def test_links_beyond_the_cap_of_one_document_are_counted(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, *(f"https://h{number}.example/" for number in range(30)))
    run(home, make_person(limits=", links_per_document: 20"), neighbourhood)
    assert len([path for path in neighbourhood.asked() if path.startswith("h")]) == 20
    sql = "select reason, n from skips join sources using (person, source_id) where url = 'https://ada.substack.com'"
    assert home.warehouse.rows(sql) == [{"reason": "limit", "n": 10}]


def test_a_post_that_was_never_made_is_asked_by_number_once(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, "https://substack.com/home/post/p-999")
    run(home, make_person(), neighbourhood)
    run(home, make_person(), neighbourhood, "two")
    assert len([path for path in neighbourhood.asked() if path.endswith("by-id/999")]) == 1
    assert "https://substack.com/home/post/p-999" not in urls(home)


FEED = """<rss version="2.0"><channel><title>Words</title>
<item><link>https://web.example/fed</link></item><item><link>https://elsewhere.example/x</link></item></channel></rss>"""


def with_feed(site, where, image=""):
    named = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site.page(where, article("A page that names a feed").replace("<head>", f"<head>{named}"))
    site.page("web.example/feed.xml", FEED, "application/rss+xml")
    site.page("web.example/fed", article("A page of the feed"))


def test_the_feed_of_a_site_that_the_person_points_at_leads_to_its_pages(neighbourhood, home, make_person):
    with_feed(neighbourhood, "web.example/one")
    run(home, make_person(), neighbourhood)
    assert kinds(home, "https://web.example/fed") == ["web_page"]
    assert neighbourhood.asked("elsewhere.example") == []
    assert home.warehouse.rows("select hop from frontier where url = 'https://web.example/fed'") == [{"hop": 2}]


def test_a_feed_is_not_asked_where_its_pages_would_be_out_of_reach_or_over_the_cap(neighbourhood, home, make_person):
    with_feed(neighbourhood, "web.example/one")
    run(home, make_person(hops=1), neighbourhood)
    assert "web.example/feed.xml" not in neighbourhood.asked()
    with_feed(neighbourhood, "web.example/two")
    run(home, make_person(limits=", pages_per_host: 1"), neighbourhood, "two")
    assert "web.example/feed.xml" not in neighbourhood.asked()


def test_a_feed_that_robots_txt_closes_is_not_asked(neighbourhood, home, make_person):
    with_feed(neighbourhood, "web.example/one")
    neighbourhood.rules["web.example/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /feed")
    run(home, make_person(), neighbourhood)
    assert "web.example/feed.xml" not in neighbourhood.asked()
    assert kinds(home, "https://web.example/one") == ["web_page"]


def test_a_raised_cap_on_a_host_lets_its_other_pages_in(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, *(f"https://many.example/{number}" for number in range(5)))
    for number in range(5):
        neighbourhood.page(f"many.example/{number}", article(f"Page {number}"))
    run(home, make_person(limits=", pages_per_host: 2"), neighbourhood)
    assert len(neighbourhood.asked("many.example")) == 2
    run(home, make_person(limits=", pages_per_host: 4"), neighbourhood, "two")
    assert len(neighbourhood.asked("many.example")) == 4
    left = "select reason, n from skips join sources using (person, source_id) where url = 'https://many.example'"
    assert home.warehouse.rows(left) == [{"reason": "limit", "n": 1}]


def test_a_raised_cap_on_a_document_lets_its_other_links_in(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, *(f"https://h{number}.example/" for number in range(6)))
    run(home, make_person(limits=", links_per_document: 2"), neighbourhood)
    run(home, make_person(limits=", links_per_document: 5"), neighbourhood, "two")
    assert len([path for path in neighbourhood.asked() if path.startswith("h")]) == 5
    left = "select reason, n from skips join sources using (person, source_id) where url = 'https://ada.substack.com'"
    assert home.warehouse.rows(left) == [{"reason": "limit", "n": 1}]


def test_more_hops_let_in_what_unchanged_pages_link_to(neighbourhood, home, make_person):
    own_post_links_to(neighbourhood, "https://web.example/one")
    neighbourhood.page(
        "web.example/one", article("The first page", "https://near.substack.com/p/n1", "https://substack.com/home/post/p-777")
    )
    by_number(neighbourhood)
    run(home, make_person(hops=1), neighbourhood)
    found = "select hop from frontier where document_url like '%p-777' or url like '%p-777' or url like '%/stray'"
    assert home.warehouse.rows(found) == []
    run(home, make_person(hops=2), neighbourhood, "two")
    assert [row["hop"] for row in home.warehouse.rows(found)]
    before = len(neighbourhood.asked())
    run(home, make_person(hops=2), neighbourhood, "three")
    assert not [path for path in neighbourhood.asked()[before:] if "web.example" in path]
