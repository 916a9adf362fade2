"""A whole gathering against a small neighbourhood on the loopback: own publication, a subscription, an opted-out one, web pages."""

import datetime as dt
import json

import pytest

from pipeline.errors import ConsentError
from pipeline.identifiers import id_of
from pipeline.scrape.artefacts import author_key, parse_pages
from pipeline.scrape.crawl import gather
from pipeline.scrape.images import fetch_images
from tests.scrape.conftest import JSON, TODAY, article, card, post, publish, run, urls


def test_without_consent_nothing_is_asked(neighbourhood, home, make_person):
    with pytest.raises(ConsentError):
        gather(home, make_person(), connect_to=neighbourhood.origin, run_id="one", today=dt.date(2030, 1, 1))
    assert neighbourhood.log == []


def test_a_gathering_holds_what_is_in_reach_and_nothing_else(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    posts = urls(home, "substack_post")
    assert "https://ada.substack.com/p/mine" in posts
    assert "https://far.substack.com/p/f" in posts
    assert len([url for url in posts if "near.substack" in url]) == 31
    assert urls(home, "web_page") == ["https://web.example/one", "https://web.example/three", "https://web.example/two"]
    asked = " ".join(neighbourhood.asked())
    for never in ("beyond.substack", "localhost", "posts/s ", "web.example/four", "posts/dear"):
        assert never not in asked
    consents = home.warehouse.rows("select granted_by from consents")
    assert consents == [{"granted_by": "ada"}]


def test_opt_outs_close_a_publication_and_a_document(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    closed = home.warehouse.rows("select url, opted_out from sources where opted_out is not null")
    assert closed == [{"url": "https://shut.substack.com", "opted_out": "block_ai_crawlers"}]
    pages = home.warehouse.rows("select url, opted_out from pages where opted_out is not null and kind = 'web_page'")
    assert pages == [{"url": "https://web.example/three", "opted_out": "X-Robots-Tag: noai"}]


NO_AI = (200, {"Content-Type": "text/plain"}, b"User-agent: CCBot\nDisallow: /\n")


def test_a_link_that_leads_to_a_site_closed_to_ai_agents_is_not_stored(neighbourhood, home, make_person):
    neighbourhood.rules["old.example/three"] = (301, {"Location": "https://closed.example/three"}, b"")
    neighbourhood.rules["closed.example/robots.txt"] = NO_AI
    neighbourhood.page("closed.example/three", article("The closed page"))
    found = run(home, make_person(), neighbourhood)
    assert found.outcomes["refused", "opted_out"] == 1
    assert neighbourhood.asked("closed.example") == []
    assert not [url for url in urls(home) if "three" in url]
    assert home.warehouse.rows("select opted_out from sources where url = 'https://old.example'") == [{"opted_out": None}]


def test_a_site_closed_to_ai_agents_is_not_asked_and_its_source_says_so(neighbourhood, home, make_person):
    neighbourhood.rules["web.example/robots.txt"] = NO_AI
    run(home, make_person(), neighbourhood)
    assert neighbourhood.asked("web.example") == []
    found = home.warehouse.rows("select opted_out from sources where url = 'https://web.example'")
    assert found == [{"opted_out": "robots.txt or tdmrep.json closes it to training"}]


def test_the_ledger_adds_up(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    rows = home.warehouse.rows(
        """select s.url, s.reported, s.fetched, coalesce((select sum(n)::int from skips k where k.source_id = s.source_id), 0) as skipped
        from sources s where person = 'ada'"""
    )
    assert all(row["reported"] == row["fetched"] + row["skipped"] for row in rows)
    counts = {row["url"]: (row["reported"], row["fetched"]) for row in rows}
    assert counts["https://near.substack.com"] == (31, 30)
    assert counts["https://shut.substack.com"] == (1, 0)
    assert counts["http://localhost" if "http://localhost" in counts else "https://localhost"] == (1, 0)


def test_a_second_gathering_transfers_nothing(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    before = home.warehouse.rows("select * exclude (fetched_at) from pages order by page_id")
    neighbourhood.log.clear()
    again = run(home, make_person(), neighbourhood, "two")
    assert again.kept == 0
    statuses = home.warehouse.rows("select distinct status from fetches where run_id = 'two' and url not like '%robots.txt'")
    assert statuses == [{"status": 304}]
    assert not [path for path in neighbourhood.asked() if "/posts/n" in path]
    assert home.warehouse.rows("select * exclude (fetched_at) from pages order by page_id") == before


def test_a_new_post_is_found_the_next_time(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    publish(neighbourhood, "far", 40, [post(401, "fresh", "far"), post(400, "f", "far")])
    assert run(home, make_person(), neighbourhood, "two").kept >= 1
    assert "https://far.substack.com/p/fresh" in urls(home)


def test_a_failure_is_a_row_and_the_next_gathering_makes_up_for_it(neighbourhood, home, make_person):
    whole = neighbourhood.rules["web.example/two"]
    neighbourhood.rules["web.example/two"] = (503, {"Retry-After": "0"}, b"")
    first = run(home, make_person(), neighbourhood)
    assert first.outcomes["retry_later", "server_error"] == 1
    assert "https://web.example/two" not in urls(home)
    neighbourhood.rules["web.example/two"] = whole
    run(home, make_person(), neighbourhood, "two")
    assert "https://web.example/two" in urls(home)


def test_a_budget_that_runs_out_is_taken_up_by_the_next_run(neighbourhood, home, make_person):
    first = run(home, make_person(limits=", requests_per_run: 12"), neighbourhood)
    assert first.outcomes["stopped", "limit"] > 0
    for number in range(4):
        run(home, make_person(), neighbourhood, f"later-{number}")
    assert len(urls(home, "substack_post")) == 34


def test_a_days_budget_leaves_the_rest_to_the_next_night(neighbourhood, home, make_person):
    run(home, make_person(limits=", requests_per_day: 20"), neighbourhood)
    assert len(neighbourhood.log) == 20
    waiting = home.warehouse.rows("select count(*) as n from frontier where state = 'waiting' and hop <= 2")[0]["n"]
    assert waiting > 0
    assert home.warehouse.rows("select 1 as one from skips where reason = 'limit' limit 1")
    neighbourhood.log.clear()
    run(home, make_person(limits=", requests_per_day: 20"), neighbourhood, "the same night")
    assert neighbourhood.log == []
    with home.warehouse.transaction() as t:
        t.execute("update fetches set started_at = started_at - interval 1 day")
    run(home, make_person(), neighbourhood, "the next night")
    assert len(urls(home, "substack_post")) == 34


def test_hops_and_caps_of_the_person_file_hold(neighbourhood, home, make_person):
    run(home, make_person(hops=1, limits=", pages_per_host: 1"), neighbourhood)
    assert urls(home, "web_page") == ["https://web.example/one"]
    assert not [url for url in urls(home) if "far.substack" in url]


def test_posts_that_links_lead_to_have_the_cap_of_their_host_too(neighbourhood, home, make_person):
    hrefs = "".join(f'<p><a href="https://stray.substack.com/p/s{n}">there</a></p>' for n in range(5))
    publish(neighbourhood, "ada", 10, [post(100, "mine", "ada", hrefs)])
    run(home, make_person(limits=", pages_per_host: 2"), neighbourhood)
    assert len(neighbourhood.asked("stray")) == 2
    found = home.warehouse.rows("select state, reason, count(*) as n from frontier where url like '%stray%' group by all order by all")
    assert [(row["reason"], row["n"]) for row in found if row["reason"] == "limit"] == [("limit", 3)]


def test_settings_that_cannot_be_had_close_a_publication_until_they_can(neighbourhood, home, make_person):
    whole = neighbourhood.rules["substack.com/api/v1/posts/by-id/200"]
    neighbourhood.rules["substack.com/api/v1/posts/by-id/200"] = (404, {}, b"")
    run(home, make_person(), neighbourhood)
    near = "select opted_out from sources where url = 'https://near.substack.com'"
    assert home.warehouse.rows(near) == [{"opted_out": "opt_out_unknown"}]
    assert not [path for path in neighbourhood.asked() if "near.substack.com/api/v1/posts" in path]
    neighbourhood.rules["substack.com/api/v1/posts/by-id/200"] = whole


def test_artefacts_and_pictures_of_what_was_gathered(neighbourhood, home, make_person):
    person = make_person()
    run(home, person, neighbourhood)
    made = parse_pages(home, person)
    assert made.unread == {}
    texts = home.warehouse.rows("select text, author_key, role from passages")
    assert "A note of my own." in [row["text"] for row in texts]
    assert not [row for row in texts if "SOMEBODY" in row["text"] or ("Hidden words" in row["text"] and row["author_key"] != "ada")]
    edges = {(row["src_id"], row["dst_id"], row["kind"]) for row in home.warehouse.rows("select * from edges")}
    one, three = id_of("document", "https://web.example/one"), id_of("document", "https://web.example/three")
    assert (one, three, "links_to") in edges  # by way of old.example, which redirects
    ada, near = id_of("source", "https://substack.com/@ada"), id_of("source", "https://near.substack.com")
    assert (ada, near, "subscribes") in edges
    first = home.warehouse.rows("select artefact_id from passages order by all")
    parse_pages(home, person)
    assert home.warehouse.rows("select artefact_id from passages order by all") == first
    found = fetch_images(home, person, connect_to=neighbourhood.origin, run_id="one", today=TODAY)
    assert found.outcomes == {("kept", ""): 1}
    (image,) = home.warehouse.rows("select * from images")
    assert (image["width"], image["height"], image["format"]) == (400, 300, "PNG")
    assert home.blobs.has(image["blob_sha256"])
    assert fetch_images(home, person, connect_to=neighbourhood.origin, run_id="two", today=TODAY).asked == 0


def test_a_page_that_cannot_be_read_is_counted(neighbourhood, home, make_person):
    person = make_person()
    run(home, person, neighbourhood)
    with home.warehouse.transaction() as t:
        t.execute("update pages set sha256 = ? where url = 'https://web.example/one'", "0" * 64)
    assert parse_pages(home, person).unread == {"missing": 1}


def test_others_are_keyed_hashes(make_person):
    person = make_person()
    assert author_key("ada", person, b"key") == "ada"
    assert author_key("", person, b"key") == ""
    assert author_key("bob", person, b"key") != author_key("bob", person, b"other key")
    assert len(author_key("bob", person, b"key")) == 16


def test_a_custom_domain_is_paced_as_substack_from_its_first_request(neighbourhood, home, make_person):
    own = card(60, "named", custom_domain="www.named.example")
    neighbourhood.page("near.substack.com/api/v1/recommendations/from/20", json.dumps([{"recommendedPublication": own}]), JSON)
    run(home, make_person(), neighbourhood)
    assert neighbourhood.asked("www.named.example")
    assert "www.named.example" in (home.pace / "substack.hosts").read_text().split()
    assert not list(home.pace.glob("named.example.*"))


SECRETS = (b"SESSIONSECRET", b"bob@mail.example", b"bob%40mail.example")


def test_what_a_redirect_carries_is_sent_on_and_stored_nowhere(neighbourhood, home, make_person):
    target = "/landing?sid=SESSIONSECRET&to=bob%40mail.example&page=2"
    neighbourhood.rules["old.example/three"] = (302, {"Location": f"https://web.example{target}"}, b"")
    neighbourhood.page(f"web.example{target}", article("The page behind the login link"))
    for run_id in ("one", "two"):
        run(home, make_person(), neighbourhood, run_id)
    assert neighbourhood.asked("web.example").count(f"web.example{target}") == 1
    held = [url for url in urls(home, "web_page") if "landing" in url]
    assert held == ["https://web.example/landing?sid=masked&%5Be-mail%5D&page=2"]
    files = [path for path in home.root.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if any(secret in path.read_bytes() for secret in SECRETS)] == []


def test_after_a_masked_redirect_the_address_that_led_there_is_asked_again(neighbourhood, home, make_person):
    target = "/landing?sid=SESSIONSECRET"
    neighbourhood.rules["old.example/three"] = (302, {"Location": f"https://web.example{target}"}, b"")
    neighbourhood.page(f"web.example{target}", article("The page behind the login link"))
    run(home, make_person(), neighbourhood)
    with home.warehouse.transaction() as t:
        t.execute("update frontier set retry_at = retry_at - interval 7 day")
    neighbourhood.log.clear()
    again = run(home, make_person(), neighbourhood, "two")
    assert neighbourhood.asked("web.example").count(f"web.example{target}") == 1
    assert ("refused", "masked") not in again.outcomes
    assert again.kept == 0
