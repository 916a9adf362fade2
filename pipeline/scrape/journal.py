"""What was answered since the last transaction, one line each, written before anything else is done with an answer.

Transactions are seconds apart, since each costs a tenth of one; a process may be killed between two. What stands here is not
asked again: the next gathering puts it into the warehouse and reads the stored bytes. A killed process loses no line that was
written (a power cut may, and then that is asked once more). The file goes when a gathering ends; where one is found, one did not.
"""

import datetime as dt
import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.store import Home
from pipeline.store.blobs import writing

KEYS = {"fetches": "fetch_id", "robots": "origin", "images": "image_url", "answers": "request_id"}
MOMENTS = frozenset({"started_at", "fetched_at"})
Row = dict[str, Any]


class Journal:
    """A person's journal of one stage. `unfinished`: the last gathering was killed. Safe for many threads."""

    def __init__(self, home: Home, person: str, stage: str) -> None:
        self._home, self._path = home, home.journals / f"{person}.{stage}.jsonl"
        self.unfinished = self._path.exists()
        self._rows: dict[tuple[str, str], Row] = dict(_lines(self._path)) if self.unfinished else {}
        self._lock, self._file = threading.Lock(), -1
        self._restore()
        self._rewrite()

    def note(self, kind: str, row: Row) -> None:
        """Appends what came of something. The row is on its way to the warehouse, or what it takes to read an answer again.

        Not written under the lock, where threads would queue for it: should the file be written anew meanwhile, the row is in it.
        """
        line = _line(kind, row)
        with self._lock:
            self._rows[kind, str(row[KEYS[kind]])] = row
        with writing(self._path, len(line)):
            os.write(self._file, line)

    def answer(self, request_id: str, url: str) -> Row | None:
        """What is noted of a request for this address."""
        row = self._rows.get(("answers", request_id))
        return row if row is not None and row["url"] == url else None

    def settle(self, **rows: Sequence[Row]) -> None:
        """The transaction that holds these rows, by kind, is committed: they need not stand here any more."""
        with self._lock:
            for kind, committed in rows.items():
                for row in committed:
                    self._rows.pop((kind, str(row[KEYS[kind]])), None)
            self._rewrite()

    def close(self) -> None:
        """The gathering ended, and all of it is in the warehouse."""
        with self._lock:
            os.close(self._file)
            self._path.unlink()

    def leave(self) -> None:
        """A plan ended: what a killed gathering noted stands on, for the gathering that goes on with it."""
        with self._lock:
            os.close(self._file)
            if not self.unfinished:
                self._path.unlink()

    def _rewrite(self) -> None:
        """Under another name first, so that a kill leaves the old file or the new one. Not synced: see above."""
        new = self._path.with_suffix(".new")
        with writing(self._path):
            new.write_bytes(b"".join(_line(kind, row) for (kind, _), row in self._rows.items()))
        file = os.open(new, os.O_WRONLY | os.O_APPEND)
        if self._file < 0:
            self._file = file
        else:
            os.dup2(file, self._file, inheritable=False)  # the same number, for whoever is about to write
            os.close(file)
        new.replace(self._path)

    def _restore(self) -> None:
        """Puts rows of a killed gathering into the warehouse, each once."""
        found: dict[str, list[Row]] = {kind: [row for (of, _), row in self._rows.items() if of == kind] for kind in KEYS}
        with self._home.warehouse.transaction() as t:
            t.upsert("fetches", found["fetches"], "fetch_id")
            t.upsert("robots", found["robots"], "origin")
            t.upsert("images", found["images"], "image_url")
        self._rows = {(kind, key): row for (kind, key), row in self._rows.items() if kind == "answers"}


def _lines(path: Path) -> Iterable[tuple[tuple[str, str], Row]]:
    """The lines of a journal; the last one may have been cut off by the kill."""
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            kind, row = json.loads(line)
        except ValueError:
            continue
        yield (kind, str(row[KEYS[kind]])), {name: _moment(name, value) for name, value in row.items()}


def _text(value: object) -> str:
    assert isinstance(value, dt.datetime)
    return value.isoformat()


ENCODER = json.JSONEncoder(default=_text)  # made once: json.dumps would make one for every line


def _line(kind: str, row: Row) -> bytes:
    return (ENCODER.encode([kind, row]) + "\n").encode("ascii")


def _moment(name: str, value: Any) -> Any:  # noqa: ANN401 - a row's values are of any type
    return dt.datetime.fromisoformat(value) if name in MOMENTS and isinstance(value, str) else value


def headers_worth_keeping(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by which an answer is read: its validators, its type, its word on training."""
    names = ("etag", "last-modified", "content-type", "x-robots-tag", "tdm-reservation")
    return {name: headers[name] for name in names if name in headers}
