"""Every fault of the replica in one gathering: each ends as a row with its reason, the rest comes, and asking again makes up for it."""

import json

import pytest

from pipeline.people import load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.body import Patience
from pipeline.scrape.client import Client
from pipeline.scrape.crawl import Crawl
from pipeline.scrape.frontier import LISTINGS
from pipeline.scrape.guard import Guard
from pipeline.scrape.images import fetch_images
from pipeline.scrape.journal import Journal
from pipeline.scrape.retry import check_reasons
from pipeline.store import Home
from pipeline.store.versions import content_version

PERSON = """
person: maker
consent: {granted_by: maker, date: 2026-11-01, expires: 2027-11-01, scope: a private model}
handles: {substack: maker, publications: [maker.substack.com]}
hops: 1
limits: {posts_per_source: 4, pages_per_host: 12, requests_per_second: 1000}
contact: https://rhizome.example/contact
"""
MEDIA = "substack-post-media.s3.amazonaws.com"
# host, path, fault and its options; the reason that must stand with the address in the end
FAULTS = [
    ("justso.substack.com", "/api/v1/posts/the-butterfly", {"fault": "status", "status": 503}, "server_error"),
    ("skies.example", "/romanian/", {"fault": "retry_after", "seconds": 40}, "rate_limited"),
    ("www.pathtorome.example", "/api/v1/posts/.*-17$", {"fault": "reset"}, "connection"),
    ("www.pathtorome.example", "/api/v1/posts/.*-16$", {"fault": "truncate"}, "truncated"),
    ("www.pathtorome.example", "/api/v1/posts/.*-15$", {"fault": "drip"}, "too_slow"),
    ("www.pathtorome.example", "/api/v1/posts/.*-14$", {"fault": "hang", "seconds": 3}, "timeout"),
    ("lookingglass.substack.com", "/api/v1/recommendations", {"fault": "html"}, "blocked"),
    ("justso.substack.com", "/api/v1/posts/the-cat", {"fault": "bad_json"}, "not_json"),
    ("justso.substack.com", "/api/v1/posts/a-scrapbook", {"fault": "redirect", "to": "http://169.254.169.254/"}, "not_public"),
    ("justso.substack.com", "/api/v1/posts/the-tale", {"fault": "loop"}, "too_many_redirects"),
    ("18f.gsa.gov", "/2018/02/06/", {"fault": "gzip_bomb", "mb": 30}, "too_large"),
    ("18f.gsa.gov", "/2018/02/28/", {"fault": "huge", "mb": 9}, "too_large"),
    ("substack.com", "/api/v1/reader/feed/profile", {"fault": "repeat"}, ""),
    ("18f.gsa.gov", "/2018/02/22/", {"fault": "charset"}, ""),
    (MEDIA, "/public/images/1aed9fe8", {"fault": "png_bomb"}, "too_many_pixels"),
    (MEDIA, "/public/images/4797cd70", {"fault": "cut_jpeg"}, "undecodable"),
    (MEDIA, "/public/images/c5389649", {"fault": "svg"}, "undecodable"),
    (MEDIA, "/public/images/8f8a353e", {"fault": "gif"}, "too_small"),
    ("wonderland.substack.com", "/api/v1/recommendations", {"fault": "body", "body": "{}", "type": "application/json"}, ""),
    ("tides.example", "/robots.txt", {"fault": "status"}, "robots_unreachable"),
]  # fmt: skip


def collect(home, person, origin, run_id, retry=None):
    """Gathers, parses and fetches pictures, with little patience."""
    journal = Journal(home, person.person, "pages")
    client = Client(home, person, run_id, Guard(origin), Patience(read=0.7, total=2.0, backoff=0.05), journal)
    Crawl(home, person, client, run_id, journal, retry).run()
    parse_pages(home, person)
    fetch_images(home, person, connect_to=origin, run_id=run_id, today=person.consent.date, retry=retry)


def versions(home):
    return {asset: content_version(home, "maker", asset) for asset in ("pages", "artefacts", "images")}


def held(home):
    pages = home.warehouse.rows(
        "select url, sha256 from pages where current union select image_url, sha256 from images where outcome = 'kept'"
    )
    return {(row["url"], row["sha256"]) for row in pages}


def reasons(home, host, path):
    """What stands with an address in the end, in the frontier or with the pictures."""
    if host == MEDIA:
        rows = home.warehouse.rows("select reason from images where image_url like ?", f"https://{host}{path}%")
    else:
        where = f"^https://{host}{'/' if path == '/robots.txt' else path}"
        rows = home.warehouse.rows("select reason from frontier where regexp_matches(url, ?) and hop <= 1", where)
    return {row["reason"] for row in rows}


def adds_up(home):
    sql = """select url from sources s where reported <> fetched + coalesce(
        (select sum(n) from skips k where k.person = s.person and k.source_id = s.source_id), 0)"""
    return home.warehouse.rows(sql) == []


def unaccounted(home, urls):
    """Addresses of documents that did not come although no row says why, neither their own nor one of a listing of their host.

    A picture is told of by its page, which may be one of them.
    """
    failed = home.warehouse.rows("select document_url, url, kind, reason from frontier where state = 'failed'")
    rows = {row["document_url"] for row in failed} | {url for url in urls if url.endswith((".jpg", ".png", ".webp"))}
    hosts = {row["url"].split("/")[2] for row in failed if row["kind"] in LISTINGS}
    kept_as_it_came = [f"https://{host}{path}" for host, path, _, reason in FAULTS if not reason]
    return [url for url in urls - rows if url.split("/")[2] not in hosts and not url.startswith(tuple(kept_as_it_came))]


def let_a_week_pass(home):
    with home.warehouse.transaction() as t:
        t.execute("update frontier set retry_at = retry_at - interval 7 day")
        t.execute("update robots set fetched_at = fetched_at - interval 7 day")


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    path = tmp_path_factory.mktemp("people") / "maker.yaml"
    path.write_text(PERSON)
    return load_person(path)


def test_every_fault_is_a_row_and_what_failed_is_all_that_is_asked_again(tmp_path, served, asked_of, person):
    calm, home, log = Home(tmp_path / "calm"), Home(tmp_path / "home"), tmp_path / "log"
    with served(tmp_path / "calm.log") as origin:
        collect(calm, person, origin, "calm")
    rules = [{"host": f"^{host}$", "path": f"^{path}", **fault} for host, path, fault, _ in FAULTS]
    (tmp_path / "faults.json").write_text(json.dumps(rules))
    with served(tmp_path / "faults.log", "--faults", str(tmp_path / "faults.json")) as origin:
        collect(home, person, origin, "faults")
    for host, path, fault, reason in FAULTS:
        assert reasons(home, host, path) == {reason}, fault
    refused = home.warehouse.rows("select outcome, reason from fetches where host = '169.254.169.254'")
    assert refused == [{"outcome": "refused", "reason": "not_public"}]
    assert adds_up(home)
    struck = {url for url, _ in held(calm) - held(home)}
    assert unaccounted(home, struck) == []

    for rest in home.pace.glob("*.rest"):
        rest.unlink()  # the forty seconds that a host asked for are over
    with served(log) as origin:
        collect(home, person, origin, "again", check_reasons([]))
        asked = asked_of(log)
        let_a_week_pass(home)
        collect(home, person, origin, "a week later")
    already = {url for (url, _) in held(calm)} - struck
    assert [url for url in asked if url in already] == []
    assert held(home) == held(calm)
    assert versions(home) == versions(calm)
    assert adds_up(home)
