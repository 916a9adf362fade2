"""A stranger's page that the person saved: the site it stands on is asked about training before the page trains anything."""

import pytest
from page_makers import entry, har

from pipeline.pair.material import read_material
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.imported_optouts import CLOSED
from pipeline.scrape.sourcebook import UNKNOWN
from tests.scrape.conftest import JSON, article, run

PAGE = "https://saved.example/owls"
SHUT = b"User-agent: *\nDisallow: /\n"
NO_AI = b"User-agent: CCBot\nDisallow: /\n"


@pytest.fixture
def recorded(tmp_path, make_person):
    """A person of so many hops who recorded a visit to a stranger's page."""
    (tmp_path / "visit.har").write_bytes(har(entry(PAGE, article("Owls hunt at night. "))))

    def person(hops=2):
        return make_person(hops=hops).model_copy(update={"archives": ["visit.har"]})

    return person


def said(home):
    (row,) = home.warehouse.rows("select opted_out from sources where url = 'https://saved.example'")
    return row["opted_out"]


def trains(home, person):
    parse_pages(home, person)
    material = read_material(home, "ada")
    return PAGE in {material.documents[passage.document_id].url for passage in material.passages.values()}


@pytest.mark.parametrize(
    ("status", "rules", "reserved", "expected"),
    [
        (404, b"", False, None), (200, b"User-agent: *\nDisallow: /private/", False, None), (200, NO_AI, False, CLOSED),
        (200, SHUT, False, CLOSED), (200, b"Content-Signal: ai-train=no", False, CLOSED), (404, b"", True, CLOSED),
        (503, b"", False, UNKNOWN),
    ],
)  # fmt: skip
def test_the_sites_word_decides(site, home, recorded, status, rules, reserved, expected):
    site.rules["saved.example/robots.txt"] = (status, {"Content-Type": "text/plain", "Retry-After": "0"}, rules)
    if reserved:
        site.page("saved.example/.well-known/tdmrep.json", '[{"location": "/", "tdm-reservation": 1}]', JSON)
    run(home, recorded(), site)
    assert said(home) == expected
    assert trains(home, recorded()) is (expected is None)
    assert "saved.example/owls" not in site.asked()


def test_where_nobody_may_be_asked_it_stays_unknown(site, home, recorded):
    run(home, recorded(hops=0), site)
    assert said(home) == UNKNOWN
    assert not trains(home, recorded())
    assert "saved.example" not in {host for host, _, _ in site.log}


def test_a_site_that_closes_later_closes_its_page(site, home, recorded):
    run(home, recorded(), site)
    assert said(home) is None
    with home.warehouse.transaction() as t:
        t.execute("update robots set fetched_at = fetched_at - interval 7 day")
    site.rules["saved.example/robots.txt"] = (200, {"Content-Type": "text/plain"}, NO_AI)
    run(home, recorded(), site, "two")
    assert said(home) == CLOSED


def test_importing_again_asks_nothing_anew(site, home, recorded):
    run(home, recorded(), site)
    site.log.clear()
    run(home, recorded(), site, "two")
    assert said(home) is None
    assert "saved.example" not in {host for host, _, _ in site.log}
