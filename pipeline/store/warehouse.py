"""The warehouse: one DuckDB file, opened for the length of a transaction and never longer.

Our own processes queue on a lock file and so never fail on DuckDB's lock; a stranger's open connection does block us, and
then the message names its process. Rows travel as Arrow, never one by one (a factor of 200, see SPEED B8).
"""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
from filelock import FileLock

from pipeline.errors import StoreError
from pipeline.store.schema import MIGRATIONS, migrate

PATIENCE_S = 30.0  # how long a stranger's connection is waited for
# Closing the file joins small row groups to whole ones, up to three at once, in memory: of DuckDB's own 122,880 rows that took 150 MB
# of passages, of these it takes 40, and the file is a sixth larger.
ROW_GROUP = 16_384
Rows: TypeAlias = pa.Table | Sequence[Mapping[str, Any]]


class Transaction:
    """What can be done while the warehouse is open: everything here commits together or not at all."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def query(self, sql: str, *parameters: object) -> pa.Table:
        """The result of a query, whole."""
        return self._connection.sql(sql, params=list(parameters)).to_arrow_table()

    def execute(self, sql: str, *parameters: object) -> None:
        """Runs a statement that gives nothing back."""
        self._connection.execute(sql, list(parameters)).fetchall()

    def append(self, table: str, rows: Rows) -> None:
        """Adds rows. Keys that the table lacks are an error; columns that a row lacks are null."""
        self._with(table, rows, _insert(table))

    def replace(self, table: str, rows: Rows, **where: object) -> None:
        """Deletes the rows that match `where` (all of them without) and adds `rows`."""
        condition = " and ".join(f'"{column}" = ?' for column in where)
        self.execute(f'delete from "{table}"' + (f" where {condition}" if where else ""), *where.values())  # noqa: S608 - names are ours
        self.append(table, rows)

    def upsert(self, table: str, rows: Rows, *keys: str) -> None:
        """Adds rows, in place of those with the same keys. Within `rows` keys must be unique."""
        self._with(table, rows, _delete(table, keys), _insert(table))

    def delete(self, table: str, rows: Rows, *keys: str) -> None:
        """Deletes the rows that have the keys of one of `rows`."""
        self._with(table, rows, _delete(table, keys))

    def _with(self, table: str, rows: Rows, *statements: str) -> None:
        """Runs statements that name the rows `incoming`."""
        arrow = rows if isinstance(rows, pa.Table) else _to_arrow(rows, self._schema(table), table)
        if not arrow.num_rows:
            return
        self._connection.register("incoming", arrow)
        try:
            for statement in statements:
                self.execute(statement)
        finally:
            self._connection.unregister("incoming")

    def _schema(self, table: str) -> pa.Schema:
        return self.query(f'select * from "{table}" limit 0').schema  # noqa: S608


def _insert(table: str) -> str:
    return f'insert into "{table}" by name select * from incoming'  # noqa: S608 - names are ours


def _delete(table: str, keys: Sequence[str]) -> str:
    condition = " and ".join(f'"{table}"."{key}" = incoming."{key}"' for key in keys)
    return f'delete from "{table}" using incoming where {condition}'  # noqa: S608


class Warehouse:
    """Opens the file when asked, for as short as can be. Creates it, with its tables, on first use.

    `before_commit` puts on the disk what the rows of a transaction may point at. `migrations` is the folder of the numbered files.
    """

    def __init__(self, path: Path, before_commit: Callable[[], None] = lambda: None, migrations: Path = MIGRATIONS) -> None:
        self.path, self._before_commit, self._migrations = path, before_commit, migrations
        self._threads, self._lock = threading.RLock(), FileLock(f"{path}.lock", thread_local=False)
        self._engine: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: commits at the end; an error closes it uncommitted. Never fetch, embed or train inside."""
        self._before_commit()  # nearly all there is to do, while others may still use the warehouse
        with self._threads, self._lock, self._opened() as connection:
            connection.execute("begin").fetchall()
            yield Transaction(connection)
            self._before_commit()
            connection.execute("commit").fetchall()

    def query(self, sql: str, *parameters: object) -> pa.Table:
        """The result of one query as an Arrow table; the connection is closed again."""
        with self.transaction() as open_warehouse:
            return open_warehouse.query(sql, *parameters)

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        """The result of one query as dicts."""
        found: list[dict[str, Any]] = self.query(sql, *parameters).to_pylist()
        return found

    def publish_snapshot(self) -> Path:
        """Copies the file to `warehouse.snapshot.duckdb`, which people may keep open as long as they like."""
        target = self.path.with_suffix(".snapshot.duckdb")
        temporary = target.with_suffix(".tmp")
        with self._threads, self._lock:
            with self._opened() as connection:
                connection.execute("checkpoint").fetchall()
            shutil.copyfile(self.path, temporary)
        temporary.replace(target)
        return target

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        engine = self._engine = self._engine or _engine(self.path)
        _attach(engine, self.path)
        try:
            with engine.cursor() as connection:
                connection.execute("use warehouse").fetchall()
                migrate(connection, self.path, self._migrations)
                yield connection
        finally:
            engine.execute("detach warehouse").fetchall()
            if _spill(self.path).exists():
                engine.close()  # and the folder with it
                self._engine = None


def _engine(path: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB without a file: to make it takes three times what it takes to attach one to it. What a query spills lies beside the file."""
    off = ("autoinstall_known_extensions", "autoload_known_extensions", "python_enable_replacements")
    settings: dict[str, Any] = dict.fromkeys(off, False)
    engine = duckdb.connect(config=settings | {"temp_directory": str(_spill(path))})
    engine.execute("set global TimeZone = 'UTC'").fetchall()
    return engine


def _spill(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")


def _attach(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            engine.execute("attach ? as warehouse (row_group_size ?)", [str(path), ROW_GROUP]).fetchall()
            return
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise StoreError(f"{path} cannot be opened as a warehouse: {error}. Move it aside and run again.") from error
            if time.monotonic() > deadline:
                raise StoreError(f"{path} is held open by {_holder(str(error))}; close it, or read the snapshot instead.") from error
            time.sleep(0.2)


def _holder(message: str) -> str:
    found = re.search(r"PID (\d+)", message)
    if not found:
        return "another program"
    command = Path(f"/proc/{found.group(1)}/comm")
    return f"process {found.group(1)}" + (f", {command.read_text().strip()}" if command.exists() else "")


def _to_arrow(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, table: str) -> pa.Table:
    unknown = {key for row in rows for key in row} - set(schema.names)
    if unknown:
        raise StoreError(f"table {table} has no column {', '.join(sorted(unknown))}; its columns are {', '.join(schema.names)}.")
    try:
        return pa.Table.from_pylist(rows, schema)
    except UnicodeEncodeError:  # a lone surrogate in one title would fail the whole batch
        return pa.Table.from_pylist([{key: _readable(value) for key, value in row.items()} for row in rows], schema)


def _readable(value: object) -> object:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
