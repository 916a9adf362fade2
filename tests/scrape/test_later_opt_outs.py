"""Who opts out after having been gathered: from the next gathering on nothing of theirs is used. And who takes their consent back."""

import datetime as dt
import json

import pytest

from pipeline.errors import ConsentError
from pipeline.pair.material import read_material
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.images import fetch_images
from pipeline.scrape.plan import make_plan
from tests.scrape.conftest import JSON, TODAY, article, card, post, run

NO_AI = (200, {"Content-Type": "text/plain"}, b"User-agent: CCBot\nDisallow: /\n")
POST, PAGE, PICTURE = "https://near.substack.com/p/n3", "https://web.example/two", "https://pics.example/b.png"


@pytest.fixture
def gathered(neighbourhood, home, make_person, draw, encode):
    """Everything gathered once, a week ago."""
    neighbourhood.page("web.example/two", article("The second page", image=PICTURE))
    neighbourhood.page("pics.example/b.png", encode(draw(2).resize((400, 300)), file_format="PNG"), "image/png")
    collect(neighbourhood, home, make_person(), "one")
    assert POST in trained(home)
    assert PAGE in trained(home)
    with home.warehouse.transaction() as t:
        t.execute("update frontier set retry_at = retry_at - interval 7 day")
        t.execute("update robots set fetched_at = fetched_at - interval 7 day")
    return neighbourhood


def collect(site, home, person, run_id):
    run(home, person, site, run_id)
    parse_pages(home, person)
    return fetch_images(home, person, connect_to=site.origin, run_id=run_id, today=TODAY)


def trained(home):
    """Addresses of documents of which a passage or picture may stand in a pair."""
    material = read_material(home, "ada")
    used = {one.document_id for one in (*material.passages.values(), *material.pictures.values())}
    return {document.url for document in material.documents.values() if document.document_id in used}


def test_a_publication_that_closes_itself_later_is_not_used_any_more(gathered, home, make_person):
    settings = {"post": post(200, "n0", "near"), "publication": card(20, "near"), "publicationSettings": {"block_ai_crawlers": True}}
    gathered.page("substack.com/api/v1/posts/by-id/200", json.dumps(settings), JSON)
    gathered.log.clear()
    collect(gathered, home, make_person(), "two")
    assert not [url for url in trained(home) if "near.substack" in url]
    assert not [path for path in gathered.asked("near.substack") if "/posts/" in path]


@pytest.mark.parametrize("how", ["header", "meta", "robots", "tdmrep"])
def test_a_page_that_is_closed_later_is_not_used_any_more(gathered, home, make_person, how):
    if how == "header":
        gathered.page("web.example/two", article("The second page", image=PICTURE), **{"X-Robots-Tag": "noai"})
    elif how == "meta":
        closed = article("The second page").replace("<head>", '<head><meta name="robots" content="noai">')
        gathered.page("web.example/two", closed)
    elif how == "robots":
        gathered.rules["web.example/robots.txt"] = NO_AI
    else:
        gathered.page("web.example/.well-known/tdmrep.json", '[{"location": "/", "tdm-reservation": 1}]', JSON)
    collect(gathered, home, make_person(), "two")
    assert PAGE not in trained(home)
    assert POST in trained(home)


def test_a_picture_whose_host_is_closed_later_is_not_kept(gathered, home, make_person):
    gathered.rules["pics.example/robots.txt"] = NO_AI
    (held,) = home.warehouse.rows("select blob_sha256 from images where image_url = ?", PICTURE)
    found = collect(gathered, home, make_person(), "two")
    assert found.outcomes["rejected", "opted_out"] == 1
    now = home.warehouse.rows("select outcome, reason, blob_sha256 from images where image_url = ?", PICTURE)
    assert now == [{"outcome": "rejected", "reason": "opted_out", "blob_sha256": None}]
    assert not home.blobs.has(held["blob_sha256"])
    assert "pics.example/b.png" not in [path for path in gathered.asked() if path][-3:]


def test_a_picture_that_also_stands_at_hop_0_stays(gathered, home, make_person):
    gathered.rules["pics.example/robots.txt"] = NO_AI
    with home.warehouse.transaction() as t:
        t.append("pictures", [{"person": "bob", "artefact_id": "own", "image_url": PICTURE, "hop": 0}])
    collect(gathered, home, make_person(), "two")
    assert home.warehouse.rows("select outcome from images where image_url = ?", PICTURE) == [{"outcome": "kept"}]


@pytest.mark.parametrize("ended", ["withdrawn", "expired", "not yet begun"])
def test_without_consent_that_holds_today_no_request_leaves(gathered, home, make_person, ended):
    person, today = make_person(), {"withdrawn": TODAY, "expired": dt.date(2027, 1, 2), "not yet begun": dt.date(2025, 12, 31)}[ended]
    if ended == "withdrawn":
        person = person.model_copy(update={"consent": person.consent.model_copy(update={"withdrawn": True})})
    gathered.log.clear()
    for stage in (make_plan, fetch_images):
        with pytest.raises(ConsentError):
            stage(home, person, connect_to=gathered.origin, run_id="two", today=today)
    with pytest.raises(ConsentError):
        run(home, person, gathered, "two", today=today)
    assert gathered.log == []
