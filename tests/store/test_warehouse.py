import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa
import pytest

from pipeline.errors import StoreError
from pipeline.store import Warehouse
from pipeline.store.warehouse import ROW_GROUP


def test_a_new_warehouse_has_every_table_of_the_schema(home):
    names = {row["table_name"] for row in home.warehouse.rows("select table_name from information_schema.tables")}
    assert {"pages", "artefacts", "pairs", "models", "evaluations", "tombstones", "frontier"} <= names


def test_rows_come_back_as_they_went_in(home):
    when = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    with home.warehouse.transaction() as t:
        t.append("pages", [{"person": "ada", "page_id": "p", "title": "'; drop table pages; --", "fetched_at": when}])
    row = home.warehouse.rows("select title, fetched_at from pages where person = ?", "ada")[0]
    assert (row["title"], row["fetched_at"]) == ("'; drop table pages; --", when)


def test_a_lone_surrogate_in_one_title_does_not_lose_the_batch(home):
    with home.warehouse.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": str(n), "title": title} for n, title in enumerate(["good", "\ud83d", "fine"])])
    assert [row["title"] for row in home.warehouse.rows("select title from sources order by source_id")] == ["good", "?", "fine"]


def test_an_error_inside_a_transaction_leaves_nothing_behind(home):
    with pytest.raises(ZeroDivisionError), home.warehouse.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "1"}])
        raise ZeroDivisionError
    assert home.warehouse.rows("select * from sources") == []


def test_rows_do_not_commit_before_the_files_that_they_point_at_are_on_the_disk(home):
    full = []

    def sync():
        if full:
            raise StoreError("no room")

    with pytest.raises(StoreError, match="no room"), Warehouse(home.warehouse.path, before_commit=sync).transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "1"}])
        full.append("now")
    assert home.warehouse.rows("select * from sources") == []


def test_replace_touches_only_the_rows_it_names(home):
    with home.warehouse.transaction() as t:
        t.append("splits", [{"person": name, "group_id": "g", "split": "train"} for name in ("ada", "bob")])
        t.replace("splits", [{"person": "ada", "group_id": "h", "split": "test"}], person="ada")
    rows = home.warehouse.rows("select person, group_id from splits order by person")
    assert rows == [{"person": "ada", "group_id": "h"}, {"person": "bob", "group_id": "g"}]


def test_upsert_replaces_rows_with_the_same_keys_and_adds_the_others(home):
    with home.warehouse.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "a", "hop": 2}])
        t.upsert("sources", [{"person": "ada", "source_id": s, "hop": 1} for s in "ab"], "person", "source_id")
    assert [row["hop"] for row in home.warehouse.rows("select hop from sources order by source_id")] == [1, 1]


def test_arrow_tables_need_not_hold_every_column(home):
    with home.warehouse.transaction() as t:
        t.append("sources", pa.table({"person": ["ada"], "source_id": ["x"]}))
    assert home.warehouse.rows("select hop from sources") == [{"hop": None}]


def test_an_unknown_column_is_named(home):
    with pytest.raises(StoreError, match="no column colour"), home.warehouse.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "x", "colour": "red"}])


def test_writing_no_rows_is_allowed(home):
    with home.warehouse.transaction() as t:
        t.replace("pairs", [], person="ada")
    assert home.warehouse.rows("select * from pairs") == []


def test_row_groups_stay_small_however_many_rows_come(home):
    for start in range(0, 100_000, 20_000):
        with home.warehouse.transaction() as t:
            t.append("skips", pa.table({"person": ["ada"] * 20_000, "n": range(start, start + 20_000)}))
    (largest,) = home.warehouse.rows("select max(count) as n from pragma_storage_info('skips')")
    assert largest["n"] <= ROW_GROUP


def test_what_a_query_spills_lies_beside_the_warehouse_and_goes_with_it(home):
    spilled = home.root / "warehouse.duckdb.tmp"
    with home.warehouse.transaction() as t:
        t.execute("set memory_limit = '30MB'")
        t.execute("create temp table many as select range as n, md5(range::varchar) as text from range(1_000_000)")
        assert list(spilled.iterdir()) != []
    assert not spilled.exists()


def test_threads_that_share_a_warehouse_queue_instead_of_failing(home):
    def note(number):
        with home.warehouse.transaction() as t:
            t.upsert("robots", [{"origin": str(number)}], "origin")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(note, range(40)))
    assert home.warehouse.rows("select count(*) as n from robots") == [{"n": 40}]


def test_two_processes_queue_instead_of_failing(home):
    script = "import sys; from pathlib import Path; from pipeline.store import Warehouse\n" + (
        "for n in range(5):\n with Warehouse(Path(sys.argv[1])).transaction() as t:\n"
        "  t.append('skips', [{'person': sys.argv[2], 'reason': 'r', 'n': n}])\n"
    )
    home.warehouse.rows("select 1")
    writers = [subprocess.Popen([sys.executable, "-c", script, str(home.warehouse.path), name]) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert home.warehouse.rows("select person, count(*) as n from skips group by person order by person") == [
        {"person": "one", "n": 5},
        {"person": "two", "n": 5},
    ]


def test_a_strangers_connection_is_named(home, monkeypatch):
    home.warehouse.rows("select 1")
    monkeypatch.setattr("pipeline.store.warehouse.PATIENCE_S", 0.3)
    script = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    stranger = subprocess.Popen([sys.executable, "-c", script, str(home.warehouse.path)], stdout=subprocess.PIPE)
    try:
        stranger.stdout.readline()
        with pytest.raises(StoreError, match=f"process {stranger.pid}"):
            home.warehouse.rows("select 1")
    finally:
        stranger.kill()
        stranger.communicate()


def test_the_snapshot_can_stay_open_while_the_warehouse_is_written(home):
    snapshot = home.warehouse.publish_snapshot()
    with duckdb.connect(str(snapshot), read_only=True) as reader:
        with home.warehouse.transaction() as t:
            t.append("skips", [{"person": "ada", "reason": "r", "n": 1}])
        assert reader.execute("select count(*) from skips").fetchall() == [(0,)]


def test_a_damaged_file_is_reported_and_not_replaced(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="Move it aside"):
        Warehouse(path).rows("select 1")
    assert path.read_bytes().startswith(b"this is no database")
