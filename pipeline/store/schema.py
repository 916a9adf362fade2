"""The tables and their versions: schema.sql is version FIRST and stays as it is; each file `migrations/NNN_what.sql` makes version NNN."""

from pathlib import Path

import duckdb

from pipeline.errors import StoreError

HERE = Path(__file__).resolve().parent
SCHEMA, MIGRATIONS = HERE / "schema.sql", HERE / "migrations"
FIRST = 2  # version 1 was edited in place before anything was released: what a warehouse of it holds cannot be told


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, migrations: Path) -> None:
    """Brings the warehouse at `path` up to date, each step and its number in one transaction; an empty one gets all tables.

    Raises StoreError where it is of a version that cannot be brought up to date, or is not ours.
    """
    scripts = {FIRST: SCHEMA} | {int(script.name[:3]): script for script in sorted(migrations.glob("[0-9][0-9][0-9]_*.sql"))}
    version = _version(connection, path)
    if version and not FIRST <= version <= max(scripts):
        raise StoreError(_refusal(path, version, max(scripts)))
    for number in sorted(scripts):
        if number > version:
            _step(connection, number, scripts[number].read_text(encoding="utf-8"))


def _version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """0 where there are no tables yet. The list of tables is asked for only where the number is not there: it costs a third of opening."""
    try:
        found = connection.execute("select value from meta where key = 'schema_version'").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # no such table, or not ours
        found = []
    if found:
        return int(found[0][0])
    if connection.execute("select 1 from duckdb_tables() limit 1").fetchall():
        raise StoreError(f"{path} holds tables that are not Rhizome's; move it aside, or set RHIZOME_HOME to another folder.")
    return 0


def _step(connection: duckdb.DuckDBPyConnection, number: int, script: str) -> None:
    connection.execute("begin").fetchall()
    connection.execute(script).fetchall()
    connection.execute("insert or replace into meta values ('schema_version', ?)", [str(number)]).fetchall()
    connection.execute("commit").fetchall()


def _refusal(path: Path, version: int, newest: int) -> str:
    found = f"{path} has schema version {version}; this Rhizome reads {' to '.join(map(str, sorted({FIRST, newest})))}"
    if version > newest:
        return f"{found}. Upgrade Rhizome, or set RHIZOME_HOME to another folder."
    return f"{found}, and nothing leads there. Move {path.parent} aside, or set RHIZOME_HOME to another folder, and run again."
