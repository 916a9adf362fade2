import datetime as dt

import pytest

from pipeline.store.versions import CONTENT, content_version


def _page(url, **more):
    return {"person": "ada", "page_id": url, "url": url, "sha256": url * 2, "current": True, **more}


def _version(home, rows):
    with home.warehouse.transaction() as t:
        t.replace("pages", rows, person="ada")
    return content_version(home, "ada", "pages")


def test_the_order_of_rows_does_not_matter(home):
    assert _version(home, [_page("a"), _page("b")]) == _version(home, [_page("b"), _page("a")])


def test_content_matters(home):
    assert _version(home, [_page("a")]) != _version(home, [_page("b")])


def test_times_runs_and_etags_do_not_matter(home):
    later = _page("a", etag="x", run_id="y", fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert _version(home, [_page("a")]) == _version(home, [later])


@pytest.mark.parametrize("asset", [*CONTENT, "report"])
def test_every_asset_has_a_version_also_when_empty(home, asset):
    assert content_version(home, "ada", asset) == content_version(home, "bob", asset)
