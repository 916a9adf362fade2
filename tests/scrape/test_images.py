"""Pictures that their host or their own headers keep from training: not kept, unless they also stand at hop 0."""

import datetime as dt

import pytest

from pipeline.scrape.images import fetch_images

URL = "https://pics.example/a.png"
TODAY = dt.date(2026, 6, 1)
NO_AI = (200, {"Content-Type": "text/plain"}, b"User-agent: GPTBot\nDisallow: /\n")


@pytest.fixture
def png(draw, encode):
    return encode(draw(1).resize((400, 300)), file_format="PNG")


@pytest.fixture
def place(home):
    """Puts the picture on a page at a hop."""

    def put(hop):
        source, page = f"source {hop}", f"page {hop}"
        with home.warehouse.transaction() as t:
            t.append("sources", [{"person": "ada", "source_id": source, "url": f"https://{hop}.example", "hop": hop}])
            t.append("pages", [{"person": "ada", "page_id": page, "source_id": source, "hop": hop, "current": True}])
            row = {"person": "ada", "artefact_id": f"picture {hop}", "page_id": page, "source_id": source, "hop": hop}
            t.append("pictures", [row | {"image_url": URL}])

    return put


@pytest.fixture
def fetch(home, site, make_person):
    """Fetches, and gives the outcomes and the rows of the table `images`."""

    def run():
        done = fetch_images(home, make_person(), connect_to=site.origin, run_id="run", today=TODAY)
        return done.outcomes, home.warehouse.rows("select outcome, reason, sha256, blob_sha256 from images")

    return run


SAID = [{"X-Robots-Tag": "noai"}, {"X-Robots-Tag": "noimageai"}, {"X-Robots-Tag": "none"}, {"tdm-reservation": "1"}]


@pytest.mark.parametrize("headers", SAID)
def test_a_picture_whose_headers_say_no_to_training_is_not_kept(site, tmp_path, png, place, fetch, headers):
    site.page("pics.example/a.png", png, "image/png", **headers)
    place(1)
    assert fetch() == (
        {("rejected", "opted_out"): 1},
        [{"outcome": "rejected", "reason": "opted_out", "sha256": None, "blob_sha256": None}],
    )
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes()[:8] == png[:8]]
    assert fetch()[0] == {}


def test_a_picture_of_a_host_closed_to_ai_agents_is_not_asked(site, png, place, fetch):
    site.rules["pics.example/robots.txt"] = NO_AI
    site.page("pics.example/a.png", png, "image/png")
    place(2)
    assert fetch()[0] == {("refused", "opted_out"): 1}
    assert site.asked() == []


def test_a_picture_that_moved_to_a_host_closed_to_ai_agents_is_not_asked_there(site, png, place, fetch):
    site.rules |= {"pics.example/a.png": (302, {"Location": "https://shut.example/a.png"}, b""), "shut.example/robots.txt": NO_AI}
    site.page("shut.example/a.png", png, "image/png")
    place(1)
    assert fetch()[0] == {("refused", "opted_out"): 1}
    assert site.asked("shut.example") == []


def test_a_picture_that_may_be_trained_on_is_kept_though_search_may_not_show_it(site, png, place, fetch):
    site.page("pics.example/a.png", png, "image/png", **{"X-Robots-Tag": "noindex"})
    place(1)
    assert fetch()[0] == {("kept", ""): 1}


@pytest.mark.parametrize("robots", [NO_AI, (404, {}, b"")])
def test_a_picture_that_also_stands_at_hop_0_is_the_persons_own(site, png, place, fetch, robots):
    site.rules["pics.example/robots.txt"] = robots
    site.page("pics.example/a.png", png, "image/png", **{"X-Robots-Tag": "noai"})
    place(1)
    assert ("kept", "") not in fetch()[0]
    place(0)
    outcomes, rows = fetch()
    assert outcomes == {("kept", ""): 1}
    assert rows[0]["blob_sha256"]


def test_a_picture_over_a_cap_is_a_row_that_says_so(home, site, png, place, make_person):
    site.page("pics.example/a.png", png, "image/png")
    place(0), place(1)
    with home.warehouse.transaction() as t:
        t.execute("update pictures set image_url = 'https://pics.example/b.png' where hop = 1")
    person = make_person(limits=", pictures_per_host: 1")
    done = fetch_images(home, person, connect_to=site.origin, run_id="run", today=TODAY)
    assert done.outcomes == {("kept", ""): 1, ("refused", "limit"): 1}
    assert site.asked() == ["pics.example/a.png"]


def test_a_broken_picture_is_asked_for_twice_while_its_host_may_be_asked_again(home, site, place, make_person):
    site.page("pics.example/a.png", b"no picture", "image/png")
    site.page("pics.example/b.png", b"no picture", "image/png")
    place(0), place(1)
    with home.warehouse.transaction() as t:
        t.execute("update pictures set image_url = 'https://pics.example/b.png' where hop = 1")
    person = make_person(limits=", posts_per_source: 1, pages_per_host: 1")
    fetch_images(home, person, connect_to=site.origin, run_id="run", today=TODAY)
    assert len(site.asked()) == 3
