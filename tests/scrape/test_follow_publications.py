"""Walking from publication to publication: moved ones, lists without end, circles."""

import json

import pytest

from tests.scrape.conftest import JSON, card, post, publish, run, urls

NEAR = "near.substack.com/api/v1/recommendations/from/20"


def recommend(site, *cards):
    site.page(NEAR, json.dumps([{"recommendedPublication": one} for one in cards]), JSON)


def skipped(home, url):
    sql = "select reason, n from skips join sources using (person, source_id) where url = ? order by all"
    return [(row["reason"], row["n"]) for row in home.warehouse.rows(sql, url)]


def test_a_publication_that_recommends_itself_and_its_friends_in_a_circle_is_walked_once(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, [post(400, "f", "far")], [(40, "far"), (20, "near"), (10, "ada")])
    recommend(neighbourhood, card(20, "near"), card(40, "far"), card(10, "ada"))
    run(home, make_person(), neighbourhood)
    asked = neighbourhood.asked()
    assert [path for path in set(asked) if asked.count(path) > 1] == []
    hops = {row["url"]: row["hop"] for row in home.warehouse.rows("select url, hop from sources where kind = 'publication'")}
    assert (hops["https://ada.substack.com"], hops["https://near.substack.com"], hops["https://far.substack.com"]) == (0, 1, 2)


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_recommendations_by_the_thousand_are_capped_and_the_rest_counted(neighbourhood, home, make_person, count):
    rows = [{"recommendedPublication": {"id": 1000 + n, "subdomain": f"r{n}"}} for n in range(count)]
    neighbourhood.page(NEAR, json.dumps(rows, separators=(",", ":")), JSON)
    run(home, make_person(limits=", sources_per_listing: 3"), neighbourhood)
    assert len({path.split("/")[0] for path in neighbourhood.asked() if path.startswith("r")}) == 3
    assert ("limit", count - 3) in skipped(home, "https://near.substack.com")


def test_where_the_person_is_a_guest_is_one_hop_away_unless_the_person_file_says_otherwise(neighbourhood, home, make_person):
    roles = [
        {"role": "admin", "publication": card(10, "ada")}, {"role": "contributor", "publication": card(60, "guest")},
        {"role": "contributor", "publication": card(70, "named", custom_domain="www.named.example")},
        {"role": "owner", "public": False, "publication": card(80, "hushed")},
    ]  # fmt: skip
    profile = {"id": 7, "name": "Ada", "handle": "ada", "publicationUsers": roles}
    neighbourhood.page("substack.com/api/v1/user/ada/public_profile", json.dumps(profile), JSON)
    publish(neighbourhood, "guest", 60, [post(600, "g", "guest"), post(601, "h", "guest", audience="only_paid")])
    person = make_person()
    handles = person.handles.model_copy(update={"publications": ["ada.substack.com", "www.named.example"]})
    run(home, person.model_copy(update={"handles": handles}), neighbourhood)
    hops = {row["url"]: row["hop"] for row in home.warehouse.rows("select url, hop from sources where kind = 'publication'")}
    assert (hops["https://ada.substack.com"], hops["https://guest.substack.com"], hops["https://www.named.example"]) == (0, 1, 0)
    assert "https://hushed.substack.com" not in hops
    (paid,) = home.warehouse.rows("select audience from pages where url = 'https://guest.substack.com/p/h'")
    assert paid["audience"] == "only_paid"
    assert not [path for path in neighbourhood.asked("guest") if path.endswith("/posts/h")]


def test_a_publication_that_moved_to_a_domain_of_its_own_is_walked_there(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, [post(400, "f", "far") | {"canonical_url": "https://far.example/p/f", "publication_id": 40}])
    for where in [where for where in neighbourhood.rules if where.startswith("far.substack.com")]:
        neighbourhood.rules[where.replace("far.substack.com", "far.example")] = neighbourhood.rules[where]
        target = "https://far.example" + where.removeprefix("far.substack.com")
        neighbourhood.rules[where] = lambda request, to=target: (301, {"Location": to + "?" + request.path.partition("?")[2]}, b"")
    run(home, make_person(), neighbourhood)
    found = home.warehouse.rows("select url, fetched, opted_out, remarks from sources where url like '%far.%' order by url")
    assert [(row["url"], row["fetched"]) for row in found] == [("https://far.example", 1), ("https://far.substack.com", 0)]
    assert found[0]["opted_out"] is None
    assert found[1]["remarks"] == "moved to https://far.example"
    assert not [path for path in neighbourhood.asked("far.substack.com") if "/posts/" in path]


def test_a_handle_that_was_changed_is_followed_and_the_ledger_says_so(neighbourhood, home, make_person):
    profile = "substack.com/api/v1/user/ada/public_profile"
    body = json.dumps({"id": 7, "name": "Ada", "handle": "countess", "publicationUsers": [], "subscriptionsTruncated": True})
    neighbourhood.page("substack.com/api/v1/user/countess/public_profile", body, JSON)
    neighbourhood.rules[profile] = (404, {}, b"")
    neighbourhood.rules["substack.com/@ada"] = (301, {"Location": "/@countess"}, b"")
    neighbourhood.page("substack.com/@countess", "<html><body><p>A bio that is not kept.</p></body></html>")
    run(home, make_person(), neighbourhood)
    (account,) = home.warehouse.rows("select remarks from sources where kind = 'account'")
    assert "the handle is now countess" in account["remarks"]
    assert "subscriptionsTruncated" in account["remarks"]
    assert not [url for url in urls(home) if "@countess" in url]
    assert "substack.com/api/v1/reader/feed/profile/7" in neighbourhood.asked()


def test_a_handle_that_is_gone_for_good_is_a_row(neighbourhood, home, make_person):
    neighbourhood.rules["substack.com/api/v1/user/ada/public_profile"] = (404, {}, b"")
    found = run(home, make_person(), neighbourhood)
    assert found.outcomes["rejected", "not_found"] >= 1
    assert "https://ada.substack.com/p/mine" in urls(home)


def recommend_in_parts(site, names, total, shown):
    """`near` says that it recommends `total`, and shows so many at once of the named."""

    def answer(request):
        offset = int(([*request.path.split("offset="), "0"])[1].split("&")[0])
        rows = [{"recommendedPublication": card(1000 + n, name)} for n, name in enumerate(names)][offset : offset + shown]
        return 200, {"Content-Type": JSON}, json.dumps({"rows": rows, "total": total}).encode()

    site.rules[NEAR] = answer


def recommended(home):
    rows = home.warehouse.rows("select url from sources where found_via like 'recommends %' order by url")
    return [row["url"].removeprefix("https://").removesuffix(".substack.com") for row in rows]


def left_out(home, name):
    sql = "select reason, n from skips join sources using (person, source_id) where url = ? order by reason"
    return {row["reason"]: row["n"] for row in home.warehouse.rows(sql, f"https://{name}.substack.com")}


NAMES = [f"r{number}" for number in range(7)]


def test_recommendations_come_page_by_page(neighbourhood, home, make_person):
    recommend_in_parts(neighbourhood, NAMES, total=7, shown=3)
    run(home, make_person(), neighbourhood)
    assert [path for path in neighbourhood.asked() if path.startswith(NEAR)] == [
        NEAR, f"{NEAR}?paginate=true&offset=3&limit=50", f"{NEAR}?paginate=true&offset=6&limit=50",
    ]  # fmt: skip
    assert recommended(home) == NAMES
    assert "not_listed" not in left_out(home, "near")


def test_recommendations_that_are_counted_and_never_shown_stand_in_the_ledger(neighbourhood, home, make_person):
    recommend_in_parts(neighbourhood, NAMES[:2], total=6, shown=2)
    run(home, make_person(), neighbourhood)
    assert recommended(home) == NAMES[:2]
    assert left_out(home, "near")["not_listed"] == 4


def test_pages_that_repeat_themselves_and_caps_end_the_recommendations(neighbourhood, home, make_person):
    rows = [{"recommendedPublication": card(1000 + n, name)} for n, name in enumerate(NAMES[:3])]
    neighbourhood.rules[NEAR] = (200, {"Content-Type": JSON}, json.dumps({"rows": rows, "total": 300}).encode())
    run(home, make_person(), neighbourhood)
    assert len([path for path in neighbourhood.asked() if path.startswith(NEAR)]) == 2
    recommend_in_parts(neighbourhood, NAMES, total=7, shown=3)
    run(home, make_person(limits=", sources_per_listing: 4"), neighbourhood, "two")
    assert recommended(home) == NAMES[:4]
    assert left_out(home, "near")["limit"] >= 2


def test_what_a_profile_counts_and_does_not_show_stands_in_the_ledger(neighbourhood, home, make_person):
    shown = [
        {"id": 20, "visibility": "public", "publication": card(20, "near")},
        {"id": 21, "visibility": "public", "publication": {"id": 21}},
    ]
    profile = {"id": 7, "name": "Ada", "handle": "ada", "subscriptions": shown, "visibleSubscriptionsCount": 5}
    neighbourhood.page("substack.com/api/v1/user/ada/public_profile", json.dumps(profile), JSON)
    run(home, make_person(hops=1), neighbourhood)
    sql = "select reason, n from skips join sources using (person, source_id) where kind = 'account' order by reason"
    assert home.warehouse.rows(sql) == [{"reason": "not_listed", "n": 3}, {"reason": "unreadable", "n": 1}]


def test_posts_that_an_archive_lists_illegibly_stand_in_the_ledger(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, [post(400, "f", "far"), post(401, "g", "far") | {"slug": "", "canonical_url": ""}])
    run(home, make_person(), neighbourhood)
    assert left_out(home, "far") == {"unreadable": 1}
