"""Unchanged means no work; our errors become a failed step that says what to do."""

import dagster as dg
import duckdb
import pytest

from assets import show
from assets.materialize import materialize
from assets.partitions import people, person_asset
from assets.resources import Workplace
from pipeline.errors import NotEnoughData
from pipeline.store import Home

PERSON_FILE = """
person: ada
consent: {granted_by: ada, date: 2026-01-01, expires: 2027-01-01, scope: a private model}
contact: https://rhizome.example/contact
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "ada.yaml").write_text(PERSON_FILE)
    monkeypatch.setenv("RHIZOME_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHIZOME_PEOPLE", str(tmp_path / "people"))
    return Workplace()


@pytest.fixture
def calls():
    return []


def _splits(calls, code_version="1", config=None):
    def compute(work):
        calls.append(work.run_id)
        with work.home.warehouse.transaction() as t:
            t.replace("splits", [{"person": "ada", "group_id": "g", "split": "test"}], person="ada")

    @person_asset("pair", kinds={"duckdb"}, code_version=code_version)
    def splits(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Splits."""
        return materialize(
            context,
            workplace,
            compute=compute,
            show=lambda home, person: {"rows": show.count(home, "select count(*) from splits where person = ?", person)},
            inputs=("pairs",),
            config=config,
        )

    return splits


def _run(asset, workplace, raise_on_error=True):
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(people.name, ["ada"])
        result = dg.materialize(
            [asset], instance=instance, partition_key="ada", resources={"workplace": workplace}, raise_on_error=raise_on_error
        )
        events = result.get_asset_materialization_events()
        return result, events[0].materialization if events else None


def _unchanged(materialization):
    return materialization.metadata["unchanged"].value


def test_the_same_inputs_again_mean_no_work_and_the_same_version(workplace, calls):
    _, first = _run(_splits(calls), workplace)
    _, second = _run(_splits(calls), workplace)
    assert (len(calls), _unchanged(first), _unchanged(second)) == (1, False, True)
    assert first.tags["dagster/data_version"] == second.tags["dagster/data_version"]


@pytest.mark.parametrize("change", [{"code_version": "2"}, {"config": {"seed": 1}}])
def test_other_code_or_other_configuration_means_work(workplace, calls, change):
    _run(_splits(calls), workplace)
    _run(_splits(calls, **change), workplace)
    assert len(calls) == 2


def test_other_inputs_mean_work(workplace, calls):
    _run(_splits(calls), workplace)
    with workplace.home().warehouse.transaction() as t:
        t.append("pairs", [{"person": "ada", "pair_id": "p"}])
    _run(_splits(calls), workplace)
    assert len(calls) == 2


def test_content_that_no_longer_stands_is_made_again(workplace, calls):
    _run(_splits(calls), workplace)
    with workplace.home().warehouse.transaction() as t:
        t.replace("splits", [], person="ada")
    _, again = _run(_splits(calls), workplace)
    assert (len(calls), again.metadata["rows"].value) == (2, 1)


def test_our_errors_fail_the_step_with_their_message(workplace):
    @person_asset("pair", kinds={"duckdb"}, code_version="1")
    def splits(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Splits."""

        def compute(work):
            raise NotEnoughData("3 groups found, 20 needed; gather more")

        return materialize(context, workplace, compute=compute, show=lambda home, person: {}, inputs=())

    result, _ = _run(splits, workplace, raise_on_error=False)
    failure = result.get_step_failure_events()[0].step_failure_data
    assert "3 groups found, 20 needed" in str(failure.user_failure_data.description)


def test_a_run_holds_its_person_until_it_is_over(workplace):
    held = []

    @person_asset("pair", kinds={"duckdb"}, code_version="1")
    def splits(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Splits."""
        held.append(_is_free(workplace.home()))
        return materialize(context, workplace, compute=lambda work: None, show=lambda home, person: {}, inputs=())

    _run(splits, workplace)
    assert (held, _is_free(workplace.home())) == ([False], True)


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_publishes_a_snapshot_of_what_it_made_also_where_it_failed(workplace, calls, fails):
    _run(_splits(calls), workplace)
    (workplace.home().root / "warehouse.snapshot.duckdb").unlink()

    @person_asset("pair", kinds={"duckdb"}, code_version="1")
    def pairs(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Pairs."""
        with workplace.home().warehouse.transaction() as t:
            t.append("pairs", [{"person": "ada", "pair_id": "p"}])
        if fails:
            raise NotEnoughData("too little")
        return dg.MaterializeResult()

    _run(pairs, workplace, raise_on_error=False)
    with duckdb.connect(str(workplace.home().root / "warehouse.snapshot.duckdb"), read_only=True) as snapshot:
        assert snapshot.execute("select pair_id from pairs").fetchall() == [("p",)]
        assert snapshot.execute("select split from splits").fetchall() == [("test",)]


def _is_free(home: Home) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(home.locks / "ada.lock", timeout=0):
            return True
    except Timeout:
        return False


def test_tables_show_what_the_query_gives_in_its_order(workplace):
    shown = show.table(workplace.home(), "select 1 as n, 'a' as word, null as nothing, date '2026-01-01' as day")
    assert [column.name for column in shown.schema.columns] == ["n", "word", "nothing", "day"]
    assert shown.records[0].data == {"n": 1, "word": "a", "nothing": None, "day": "2026-01-01"}
