import datetime as dt
import json

import pytest

from pipeline.embed.cache import embed_missing
from pipeline.identifiers import sha256_of
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


@pytest.mark.parametrize("asset", CONTENT)
def test_every_asset_has_a_version_also_when_empty(home, asset):
    assert content_version(home, "ada", asset) == content_version(home, "bob", asset)


@pytest.mark.parametrize("asset", ["evaluation", "report"])
def test_a_page_that_is_gone_or_changed_is_another_version(home, asset):
    folder = home.reports / "ada"
    folder.mkdir()
    page = folder / {"evaluation": "evaluation.json", "report": "report.html"}[asset]
    page.write_text("whole")
    whole = content_version(home, "ada", asset)
    page.write_text("half")
    assert content_version(home, "ada", asset) != whole
    page.unlink()
    assert content_version(home, "ada", asset) == ""


@pytest.fixture
def model(home):
    """The folder of ada's only model."""
    folder = home.models / "m"
    folder.mkdir()
    (folder / "adapter.safetensors").write_bytes(b"weights")
    manifest = json.dumps({"files": {"adapter.safetensors": sha256_of(b"weights")}})
    (folder / "manifest.json").write_text(manifest)
    with home.warehouse.transaction() as t:
        t.append("models", [{"person": "ada", "model_id": "m", "manifest_sha256": sha256_of(manifest.encode())}])
    return folder


def test_a_model_with_all_its_files_has_a_version(home, model):
    assert content_version(home, "ada", "adapter")


@pytest.mark.parametrize("name", ["manifest.json", "adapter.safetensors"])
def test_a_model_without_one_of_its_files_or_with_another_has_none(home, model, name):
    (model / name).write_bytes(b"other")
    assert content_version(home, "ada", "adapter") == ""
    (model / name).unlink()
    assert content_version(home, "ada", "adapter") == ""


class Other:
    """Another encoder of the same contents."""

    encoder_id, dim = "other", 64

    def __init__(self, encoder):
        self.embed_texts, self.embed_images = encoder.embed_texts, encoder.embed_images


def test_only_the_shards_of_the_persons_own_encoder_count(filled):
    here = filled(train=2, validation=1, test=1).write()
    mine = content_version(here.home, "ada", "embeddings")
    embed_missing(here.home, "bob", Other(here.encoder))  # who has no pairs
    embed_missing(here.home, "ada", Other(here.encoder))
    assert content_version(here.home, "ada", "embeddings") != mine
    embed_missing(here.home, "ada", here.encoder)
    for shard in here.home.vectors.glob("other/*.parquet"):
        shard.unlink()
    assert content_version(here.home, "ada", "embeddings") == mine
    next(here.home.vectors.glob("fixed/*.parquet")).unlink()
    assert content_version(here.home, "ada", "embeddings") == ""
