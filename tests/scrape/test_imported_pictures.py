"""Bytes that archives bring: stored once, stripped, by address; taken by the asset `images`, which asks nobody for them."""

import datetime as dt

import pytest
from archive_makers import located, photo

from pipeline.identifiers import sha256_of
from pipeline.scrape.images import fetch_images
from pipeline.scrape.imported_pictures import open_intake
from pipeline.scrape.picture import PictureRejected

TODAY = dt.date(2026, 6, 1)
URL = "https://pics.example/a.jpg"


@pytest.fixture
def bring(home):
    """Takes pictures in, as an import does, and writes the rows."""

    def run(*pictures):
        intake = open_intake(home, "ada")
        addresses = [intake.take(content, "archive", url) for content, url in pictures]
        rows = intake.drain()
        with home.warehouse.transaction() as t:
            t.upsert("imported_pictures", rows, "person", "image_url")
        return addresses, len(rows)

    return run


@pytest.fixture
def show(home):
    """Puts pictures on a page."""

    def put(*addresses, hop=0, opted_out=None):
        with home.warehouse.transaction() as t:
            t.append("pages", [{"person": "ada", "page_id": "page", "source_id": "s", "hop": hop, "current": True, "opted_out": opted_out}])
            for number, address in enumerate(addresses):
                t.append("pictures", [{"person": "ada", "artefact_id": f"p{number}", "page_id": "page", "hop": hop, "image_url": address}])

    return put


def fetch(home, site, make_person):
    return fetch_images(home, make_person(), connect_to=site.origin, run_id="run", today=TODAY)


def test_brought_pictures_are_taken_and_nobody_is_asked(home, site, make_person, bring, show):
    (known, unknown), _ = bring((located(1), URL), (photo(2), ""))
    assert (known, unknown) == (URL, f"import:{sha256_of(photo(2))}")
    show(known, unknown)
    done = fetch(home, site, make_person)
    assert (done.asked, done.imported, done.outcomes) == (0, 2, {("kept", "imported"): 2})
    rows = home.warehouse.rows("select * from images order by image_url")
    assert [(row["image_url"], row["width"], row["outcome"]) for row in rows] == [(URL, 64, "kept"), (unknown, 64, "kept")]
    assert b"PLANTED-NAME" not in home.blobs.get(rows[0]["blob_sha256"])
    assert site.asked() == []
    assert fetch(home, site, make_person).imported == 0


def test_bringing_again_does_nothing(home, bring):
    assert bring((photo(1), URL), (photo(2), "")) == ([URL, f"import:{sha256_of(photo(2))}"], 2)
    assert bring((photo(1), URL), (photo(2), ""))[1] == 0


def test_the_larger_of_two_copies_stays(home, bring):
    bring((photo(1, 64, 48), URL))
    assert bring((photo(1, 640, 480), URL))[1] == 1
    assert bring((photo(1, 64, 48), URL))[1] == 0
    assert home.warehouse.rows("select width from imported_pictures") == [{"width": 640}]


def test_a_thumbnail_does_not_stand_in_for_its_original(home):
    intake = open_intake(home, "ada")
    with pytest.raises(PictureRejected) as rejected:
        intake.take_copy(photo(1, 236, 177), "page", URL)
    assert rejected.value.reason == "too_small"
    intake.take_copy(photo(1, 736, 552), "page", URL)
    assert len(intake.drain()) == 1


def test_a_picture_that_was_refused_by_the_network_is_taken_from_the_archive(home, site, make_person, bring, show):
    show(URL)
    site.rules["pics.example/a.jpg"] = (404, {}, b"")
    assert fetch(home, site, make_person).outcomes == {("rejected", "not_found"): 1}
    bring((photo(1), URL))
    assert fetch(home, site, make_person).outcomes == {("kept", "imported"): 1}


def test_pictures_of_what_opted_out_are_not_taken(home, site, make_person, bring, show):
    bring((photo(1), URL))
    show(URL, opted_out="meta robots: noai")
    assert fetch(home, site, make_person).outcomes == {}


def test_a_brought_picture_whose_archive_is_gone_is_a_row_with_its_reason(home, site, make_person, show):
    show(f"import:{'0' * 64}")
    assert fetch(home, site, make_person).outcomes == {("refused", "bad_scheme"): 1}
    assert site.asked() == []


@pytest.mark.parametrize(("content", "reason"), [(b"", "undecodable"), (photo(1, 8, 8), "too_small"), (photo(1, 640, 17), "odd_shape")])
def test_what_is_no_usable_picture_is_refused(home, content, reason):
    with pytest.raises(PictureRejected) as rejected:
        open_intake(home, "ada").take(content, "archive")
    assert rejected.value.reason == reason
    assert not list(home.blobs.root.rglob("*")) if home.blobs.root.exists() else True
