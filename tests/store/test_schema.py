"""The tables' versions: what a warehouse of each is brought to, and what is refused. schema.sql and what was released stay as they are."""

import duckdb
import pytest

from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of
from pipeline.store import Warehouse
from pipeline.store.schema import FIRST, MIGRATIONS, SCHEMA

RELEASED = {  # file -> sha256. A hash that differs: put the change into a new file of migrations/ instead, and write its hash here
    "schema.sql": "d14c675b81276025658c1cb079c6418ed22ec67e2a66ffb3988a568fc6837467",
    "003_prints.sql": "9704436f5fc5ffa5f6a3a34f4e4e64b695eda5905bb34307d2f389519bdca01a",
}


@pytest.fixture
def migrations(tmp_path):
    """A folder with two changes to the tables, beside a file that is none."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "003_colours.sql").write_text("alter table sources add column colour text; update sources set colour = 'unknown';")
    (folder / "004_paler.sql").write_text("create table shades as select colour || ', pale' as shade from sources;")
    (folder / "README.md").write_text("no migration")
    return folder


def version(warehouse):
    return int(warehouse.rows("select value from meta where key = 'schema_version'")[0]["value"])


def test_what_was_released_is_not_edited():
    numbered = sorted(MIGRATIONS.glob("*.sql"))
    assert {path.name: sha256_of(path.read_bytes()) for path in [SCHEMA, *numbered]} == RELEASED
    assert [int(path.name[:3]) for path in numbered] == list(range(FIRST + 1, FIRST + 1 + len(numbered)))


def test_a_new_warehouse_has_the_latest_version(tmp_path, migrations):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", migrations=migrations)
    assert version(warehouse) == 4
    assert warehouse.rows("select shade from shades") == []


def test_an_older_warehouse_is_brought_up_to_date_with_its_rows(tmp_path, migrations):
    old = Warehouse(tmp_path / "warehouse.duckdb", migrations=tmp_path / "none")
    with old.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "s"}])
    assert version(old) == FIRST
    new = Warehouse(old.path, migrations=migrations)
    assert new.rows("select source_id, colour from sources") == [{"source_id": "s", "colour": "unknown"}]
    assert new.rows("select shade from shades") == [{"shade": "unknown, pale"}]
    assert version(new) == 4


def test_a_step_that_fails_leaves_the_version_before_it(tmp_path, migrations):
    (migrations / "004_paler.sql").write_text("create table shades (shade text); select no_such_column from sources;")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", migrations=migrations)
    with pytest.raises(duckdb.Error, match="no_such_column"):
        warehouse.rows("select 1")
    (migrations / "004_paler.sql").unlink()
    assert version(warehouse) == 3
    assert warehouse.rows("select 1 from duckdb_tables() where table_name = 'shades'") == []


@pytest.mark.parametrize(("number", "said"), [(1, "Move .* aside"), (99, "Upgrade Rhizome")])
def test_a_version_that_cannot_be_brought_up_to_date_is_refused_with_what_to_do(home, number, said):
    with home.warehouse.transaction() as t:
        t.execute("update meta set value = ? where key = 'schema_version'", str(number))
    with pytest.raises(StoreError, match=f"has schema version {number}; this Rhizome reads 2 to 3.*{said}"):
        home.warehouse.rows("select 1")


def test_somebody_elses_database_is_left_alone(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table recipes (name text)").fetchall()
    with pytest.raises(StoreError, match="not Rhizome's"):
        Warehouse(path).rows("select 1")
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [("recipes",)]
