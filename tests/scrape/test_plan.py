"""What a plan says beforehand, held against what then happens: known requests are asked, and nothing exceeds its "at most"."""

import datetime as dt
import json
from collections import Counter

import pytest

from pipeline.errors import ConsentError
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.scrape.images import fetch_images
from pipeline.scrape.plan import make_plan
from pipeline.scrape.plan_total import ELSEWHERE

TODAY = dt.date(2026, 6, 1)
JSON = "application/json"
CARD = {"id": 10, "name": "Ada", "subdomain": "ada", "custom_domain": None}
NEAR = {"id": 20, "name": "Near", "subdomain": "near", "custom_domain": None}
POSTS, SHOWING = 28, 6  # of which so many show pictures and link to pages


def a_post(name, number, body="<p>Some words of a post.</p>", audience="everyone"):
    return {
        "id": number, "slug": f"s{number}", "title": f"Post {number}", "type": "newsletter", "audience": audience, "wordcount": 4,
        "post_date": "2026-01-01T00:00:00Z", "canonical_url": f"https://{name}.substack.com/p/s{number}", "body_html": body,
    }  # fmt: skip


def publish(site, card, posts, blocks=False):
    host = f"{card['subdomain']}.substack.com"

    def archive(request):
        offset = int(request.path.split("offset=")[1].split("&")[0])
        listed = [{**one, "body_html": None} for one in posts[offset : offset + 25]]
        return 200, {"Content-Type": JSON}, json.dumps(listed).encode()

    site.rules[f"{host}/api/v1/archive"] = archive
    site.page(f"{host}/api/v1/recommendations/from/{card['id']}", "[]", JSON)
    for one in posts:
        site.page(f"{host}/api/v1/posts/{one['slug']}", json.dumps(one), JSON)
        detail = {"post": one, "publication": card, "publicationSettings": {"block_ai_crawlers": blocks}}
        site.page(f"substack.com/api/v1/posts/by-id/{one['id']}", json.dumps(detail), JSON)


def page(*links, images=()):
    shown = "".join(f'<figure><img src="{image}" width="400" height="300" alt=""></figure>' for image in images)
    anchors = "".join(f'<p>See <a href="{link}">this page</a> for more of what was said.</p>' for link in links)
    return f"<html><head><title>A page</title></head><body><article><p>{'words ' * 40}</p>{shown}{anchors}</article></body></html>"


@pytest.fixture
def web(site, draw, encode):
    """An own publication with posts that show pictures and link to pages, which link on; a subscription with a paid post."""
    picture = encode(draw(1).resize((400, 300)), file_format="PNG")
    posts = [a_post("ada", n) for n in range(SHOWING, POSTS)]
    for n in range(SHOWING):
        hrefs = f'<a href="https://one.example/p{n}">there</a> <a href="https://two.example/p{n % 3}">here</a>'
        posts.append(a_post("ada", n, f'<p>Words {hrefs}</p><img src="https://pics.example/{n}.png" width="400" height="300">'))
        site.page(f"one.example/p{n}", page(f"https://three.example/p{n}", images=[f"https://one.example/i{n}.png"]))
        site.page(f"three.example/p{n}", page("https://four.example/never"))
        for address in (f"pics.example/{n}.png", f"one.example/i{n}.png"):
            site.page(address, picture, "image/png")
    for n in range(3):
        site.page(f"two.example/p{n}", page())
    publish(site, CARD, posts)
    publish(site, NEAR, [*(a_post("near", 100 + n) for n in range(4)), a_post("near", 199, audience="only_paid")])
    profile = {"id": 7, "handle": "ada", "publicationUsers": [{"publication_id": 10, "is_primary": True, "publication": CARD}]}
    profile["subscriptions"] = [{"id": 1, "visibility": "public", "publication": NEAR}]
    site.page("substack.com/api/v1/user/ada/public_profile", json.dumps(profile), JSON)
    site.page("substack.com/api/v1/reader/feed/profile/7", json.dumps({"items": [], "nextCursor": None}), JSON)
    return site


WAITED = "select url from frontier where person = 'ada' and state = 'waiting' and hop <= ? and context not like '%paid%'"


class Planned:
    """A plan, and by host what happened after it."""

    def __init__(self, home, person, site, run_id="one"):
        self.person, asked = person, {"connect_to": site.origin, "run_id": run_id, "today": TODAY}
        self.plan = make_plan(home, person, **asked)
        self.rows = {row.host: row for row in self.plan.rows}
        self.waited = home.warehouse.rows(WAITED, person.hops)
        self.surveyed = site.asked()
        before = len(site.log)
        gather(home, person, **asked)
        parse_pages(home, person)
        fetch_images(home, person, **asked)
        self.asked = [f"{host}{path}" for host, path, _ in site.log[before:]]
        self.happened = Counter(address.split("/")[0] for address in self.asked)

    def exceeded(self):
        """Hosts that were asked more than the plan's most, those that it did not name taken together."""
        named = {host: n for host, n in self.happened.items() if host in self.rows}
        named[ELSEWHERE] = sum(n for host, n in self.happened.items() if host not in self.rows)
        return {host: (n, self.rows[host].at_most) for host, n in named.items() if n > self.rows[host].at_most}

    def missed(self):
        """Of what waited and was counted as known, what was not asked."""
        waited = [row["url"].removeprefix("https://") for row in self.waited]
        return {address for address in waited if self.rows[address.split("/")[0]].robots == "open"} - set(self.asked)


FAILING = (503, {"Retry-After": "0"}, b"")
MOVED = (301, {"Location": "https://two.example/p0"}, b"")


def all_pages(answer):
    return lambda site: site.rules.update({f"one.example/p{n}": answer for n in range(SHOWING)})


SITUATIONS = {
    "as it is": ("", 2, lambda site: None),
    "one hop": ("", 1, lambda site: None),
    "no hop": ("", 0, lambda site: None),
    "few posts": (", posts_per_source: 5", 2, lambda site: None),
    "few pages": (", pages_per_host: 2", 2, lambda site: None),
    "few pictures": (", pictures_per_host: 3", 2, lambda site: None),
    "few requests": (", requests_per_run: 40", 2, lambda site: None),
    "pages that fail": ("", 2, all_pages(FAILING)),
    "pages that fail, and few second tries": (", posts_per_source: 3, pages_per_host: 3", 2, all_pages(FAILING)),
    "pages that redirect": ("", 2, all_pages(MOVED)),
    "pages that redirect, and few of those": (", posts_per_source: 3, pages_per_host: 3", 2, all_pages(MOVED)),
    "robots.txt closed": ("", 2, lambda site: site.rules.update({"one.example/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\n")})),
    "robots.txt unreachable": ("", 2, lambda site: site.rules.update({"one.example/robots.txt": FAILING})),
    "an archive that never ends": ("", 2, lambda site: site.rules.update({"near.substack.com/api/v1/archive": endless})),
    "pictures that cannot be read": (
        "", 2, lambda site: [site.page(f"pics.example/{n}.png", b"no picture", "image/png") for n in range(SHOWING)]
    ),
}  # fmt: skip


def endless(request):
    offset = int(request.path.split("offset=")[1].split("&")[0])
    return 200, {"Content-Type": JSON}, json.dumps([{**a_post("near", 1000 + offset), "body_html": None}]).encode()


BY_DEFAULT = ("as it is", "few requests", "pages that fail", "pages that redirect, and few of those", "robots.txt unreachable",
              "an archive that never ends", "pictures that cannot be read")  # fmt: skip
CASES = [pytest.param(name, marks=() if name in BY_DEFAULT else pytest.mark.slow) for name in SITUATIONS]


@pytest.mark.parametrize("situation", CASES)
def test_nothing_exceeds_its_at_most_and_what_was_known_is_asked(web, home, make_person, situation):
    limits, hops, change = SITUATIONS[situation]
    change(web)
    found = Planned(home, make_person(hops=hops, limits=limits), web)
    assert found.exceeded() == {}
    known = sum(row.known for row in found.plan.rows)
    assert known > 0
    assert sum(found.happened.values()) <= min(found.person.limits.requests_per_run, sum(row.at_most for row in found.plan.rows))
    assert situation == "few requests" or found.missed() == set()


def test_a_plan_reads_listings_and_robots_only_and_gathering_does_not_ask_them_again(web, home, make_person):
    found = Planned(home, make_person(), web)
    assert not [path for path in found.surveyed if "/posts/s" in path or ".example" in path]
    assert {path for path in found.surveyed if path in found.asked} == set()


def test_a_host_says_what_is_known_what_stands_against_it_and_what_it_rests_on(web, home, make_person):
    rows = {row.host: row for row in make_plan(home, make_person(), connect_to=web.origin, run_id="one", today=TODAY).rows}
    near = rows["near.substack.com"]
    assert (near.documents, near.pictures, near.revalidations, near.known) == (5, 0, 0, 5)  # four posts, and the archive's next page
    assert (near.robots, near.owner, near.not_fetched) == ("open", "substack", "paid: 1")
    assert near.sizes == "4 by its words, 1 a mean"


def test_a_publication_that_opted_out_is_named_and_will_not_be_fetched(web, home, make_person):
    publish(web, NEAR, [a_post("near", 100)], blocks=True)
    found = Planned(home, make_person(), web)
    near = found.rows["near.substack.com"]
    assert (near.known, near.opted_out, near.not_fetched) == (0, "block_ai_crawlers", "opted_out: 1")
    skips = home.warehouse.rows("select reason, n from plan_skips where host = 'near.substack.com'")
    assert skips == [{"reason": "opted_out", "n": 1}]


def test_after_a_gathering_nothing_waits_and_later_only_what_is_held_is_asked_again(web, home, make_person):
    Planned(home, make_person(), web)
    second = Planned(home, make_person(), web, "two")
    assert sum(row.known for row in second.plan.rows) == sum(second.happened.values()) == 0
    assert "Nothing waits to be asked." in second.plan.summary
    with home.warehouse.transaction() as t:
        t.execute("update frontier set retry_at = '2026-01-01' where retry_at is not null")
    third = Planned(home, make_person(), web, "three")
    known = sum(row.known for row in third.plan.rows)
    assert known == sum(row.revalidations for row in third.plan.rows) == sum(third.happened.values()) > POSTS
    assert sum(row.megabytes for row in third.plan.rows) == 0
    assert third.exceeded() == {}


def test_pictures_of_what_is_held_are_known_and_those_that_were_fetched_are_not_asked_again(web, home, make_person):
    person, asked = make_person(hops=0), {"connect_to": web.origin, "run_id": "one", "today": TODAY}
    gather(home, person, **asked)
    web.rules["pics.example/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 20\nAllow: /\n")
    before = next(row for row in make_plan(home, person, **asked | {"run_id": "two"}).rows if row.host == "pics.example")
    assert (before.pictures, before.known, before.sizes) == (SHOWING, SHOWING, f"{SHOWING} by its pixels")
    assert (before.crawl_delay, before.minutes) == (20.0, round(SHOWING * 20 / 60, 2))
    with home.warehouse.transaction() as t:
        t.execute("update robots set body = ''")
    parse_pages(home, person)
    again = next(row for row in make_plan(home, person, **asked | {"run_id": "three"}).rows if row.host == "pics.example")
    assert again.pictures == SHOWING
    fetch_images(home, person, **asked)
    rows = make_plan(home, person, **asked | {"run_id": "four"}).rows
    assert "pics.example" not in {row.host for row in rows}


def test_a_plan_replaces_the_last_one_of_its_person_and_nobody_elses(web, home, make_person):
    with home.warehouse.transaction() as t:
        t.append("plans", [{"person": "bob", "host": "b"}, {"person": "ada", "host": "old"}])
    plan = make_plan(home, make_person(), connect_to=web.origin, run_id="one", today=TODAY)
    held = home.warehouse.rows("select person, host from plans")
    assert {row["host"] for row in held if row["person"] == "ada"} == {row.host for row in plan.rows}
    assert [row["host"] for row in held if row["person"] == "bob"] == ["b"]
    assert home.warehouse.rows("select summary from plan_totals where person = 'ada'") == [{"summary": plan.summary}]


def test_without_consent_nothing_is_asked(web, home, make_person):
    with pytest.raises(ConsentError):
        make_plan(home, make_person(), connect_to=web.origin, run_id="one", today=dt.date(2030, 1, 1))
    assert web.log == []
