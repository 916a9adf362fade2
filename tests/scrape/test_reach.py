"""What is no longer in reach is not used: a subscription that was ended, a recommendation that was taken back."""

import json

import pytest

from tests.scrape.conftest import JSON, card, post, publish, run, urls


def subscribe(site, *names):
    own = {"publication_id": 10, "role": "admin", "is_primary": True, "publication": card(10, "ada")}
    shown = [{"id": n, "visibility": "public", "publication": card(n, name)} for n, name in names]
    profile = {"id": 7, "name": "Ada", "handle": "ada", "publicationUsers": [own], "subscriptions": shown}
    site.page("substack.com/api/v1/user/ada/public_profile", json.dumps(profile), JSON)


def posts_of(home, name):
    return [url for url in urls(home, "substack_post") if f"//{name}." in url]


@pytest.fixture
def gathered(neighbourhood, home, make_person):
    """`near` is subscribed to and recommends `far`; the person's own post links to near's n0."""
    run(home, make_person(), neighbourhood)
    assert len(posts_of(home, "near")) == 31
    assert posts_of(home, "far")
    neighbourhood.log.clear()
    return neighbourhood


def test_an_ended_subscription_and_what_it_recommended_are_not_used_any_more(gathered, home, make_person):
    subscribe(gathered)
    run(home, make_person(), gathered, "two")
    assert posts_of(home, "far") == []
    assert posts_of(home, "near") == ["https://near.substack.com/p/n0"]  # the person's own post still points at it
    skipped = home.warehouse.rows("select reason from skips join sources using (person, source_id) where url like '%far%'")
    assert skipped == [{"reason": "unlinked"}]
    gathered.log.clear()
    run(home, make_person(), gathered, "three")
    assert gathered.asked("far.substack") == []
    assert not [path for path in gathered.asked("near.substack") if "archive" in path]


def test_a_subscription_that_is_taken_up_again_is_used_again(gathered, home, make_person):
    subscribe(gathered)
    run(home, make_person(), gathered, "two")
    subscribe(gathered, (20, "near"))
    run(home, make_person(), gathered, "three")
    assert len(posts_of(home, "near")) == 31
    assert posts_of(home, "far")


def test_a_recommendation_that_was_taken_back_leads_nowhere(gathered, home, make_person):
    gathered.page("near.substack.com/api/v1/recommendations/from/20", "[]", JSON)
    run(home, make_person(), gathered, "two")
    assert posts_of(home, "far") == []
    assert len(posts_of(home, "near")) == 31


@pytest.mark.parametrize("status", [404, 503])
def test_a_profile_that_cannot_be_had_takes_nothing_away(gathered, home, make_person, status):
    gathered.rules["substack.com/api/v1/user/ada/public_profile"] = (status, {"Retry-After": "0"}, b"")
    run(home, make_person(), gathered, "two")
    assert len(posts_of(home, "near")) == 31
    assert posts_of(home, "far")


def test_a_budget_that_ran_out_takes_nothing_away(gathered, home, make_person):
    subscribe(gathered)
    publish(gathered, "ada", 10, [post(102, "new", "ada")])
    run(home, make_person(limits=", requests_per_run: 1"), gathered, "two")
    assert len(posts_of(home, "near")) == 31
