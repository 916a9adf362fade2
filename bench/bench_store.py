"""Rows into the warehouse: our Arrow batches beside executemany, the way of a hurried script. Prints a ratio, asserts nothing."""

import tempfile
import time
from pathlib import Path

import duckdb

from pipeline.store import Home

ROWS = 100_000
SAMPLE = 5_000  # executemany is timed on this many rows and scaled up


def rows(count: int) -> list[dict[str, object]]:
    """Made-up rows of the ledger."""
    return [{"person": "ada", "source_id": f"{n:016x}", "reason": "capped", "n": n} for n in range(count)]


def ours(folder: Path) -> float:
    """Seconds for ROWS rows from Python dicts, one transaction."""
    home = Home(folder / "ours")
    home.warehouse.rows("select 1")
    made, started = rows(ROWS), time.perf_counter()
    with home.warehouse.transaction() as t:
        t.append("skips", made)
    return time.perf_counter() - started


def executemany(folder: Path) -> float:
    """Seconds for ROWS rows by executemany in one transaction, scaled up from SAMPLE."""
    with duckdb.connect(str(folder / "theirs.duckdb")) as connection:
        connection.execute("create table skips (person text, source_id text, reason text, n int)").fetchall()
        made = [tuple(row.values()) for row in rows(SAMPLE)]
        started = time.perf_counter()
        connection.execute("begin").fetchall()
        connection.executemany("insert into skips values (?, ?, ?, ?)", made).fetchall()
        connection.execute("commit").fetchall()
    return (time.perf_counter() - started) * ROWS / SAMPLE


def main() -> None:
    """Runs both, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        mine, peer = ours(Path(name)), executemany(Path(name))
    print(f"insert {ROWS} rows: Arrow batch {mine:.2f} s, executemany {peer:.1f} s (scaled): ratio {peer / mine:.0f}")


if __name__ == "__main__":
    main()
