import pytest

from pipeline.errors import StoreError
from pipeline.lineage.trace import trace
from pipeline.train import Recipe, train_adapter
from pipeline.train.recipe import Grid

QUICK = Recipe(grid=Grid(pulls=(1.0,), temperatures=(0.1,), shrinkages=(0.1,), powers=(1.0,), shares=(1.0,), steps=10, every=10))


@pytest.fixture
def trained(filled):
    here = filled().write()
    return here, train_adapter(here.home, "ada", "fixed", QUICK, "run").model_id


def test_a_model_is_traced_to_its_pages(trained):
    here, model_id = trained
    pages = trace(here.home, model_id)
    assert {page.page_id for page in pages} == {f"page train-{number}" for number in range(40)}
    assert sum(page.pairs for page in pages) == 240
    assert pages[0].source == "own"


def test_tracing_still_works_when_the_pairs_have_gone(trained):
    here, model_id = trained
    with here.home.warehouse.transaction() as t:
        t.execute("delete from pairs")
        t.execute("delete from passages")
    assert len(trace(here.home, model_id)) == 40


def test_an_unknown_model_is_said(home):
    with pytest.raises(StoreError, match="no model"):
        trace(home, "0000")
