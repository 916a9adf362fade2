import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import DocumentRejected, StoreError
from pipeline.identifiers import sha256_of
from pipeline.scrape.parser_pool import CROWD, PROCESSES, ParserPool
from pipeline.scrape.understand import Received, Stored, understand
from pipeline.store.blobs import Blobs

THREADS = 4 * CROWD
ORPHAN = """
import sys, time
from pathlib import Path
from pipeline.scrape.parser_pool import _Process
print(_Process(Path("unused"))._process.pid, flush=True)
time.sleep(60)
"""


def page(number: int) -> Received:
    words = "".join(f"<p>Paragraph {place} of page {number}, write to a{number}@mail.example.</p>" for place in range(200))
    content = f"<html><body><article>{words}</article></body></html>".encode()
    return Received("web_page", f"https://web.example/{number}", content, own=False, own_user=None, charset=None)


def deep_json(_: int = 0) -> Received:
    return Received("substack_post", "https://web.example/p/a", b"[" * 100_000, own=False, own_user=None, charset=None)


def children(process: int) -> list[int]:
    """Of all its threads: what a thread that ends has started is handed to another one only a moment later."""
    return [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if parent_of(stat) == process]


def parent_of(stat: Path) -> int | None:
    with suppress(OSError):  # it ended meanwhile
        return int(stat.read_text().rpartition(")")[2].split()[1])
    return None


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def pool(blobs: Blobs) -> Iterator[ParserPool]:
    with ParserPool(blobs) as pool:
        yield pool


def crowded(pool: ParserPool, documents: list[Received]) -> list[Stored]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(pool.store, documents))


def alone(received: Received) -> Stored:
    content, parsed = understand(received)
    return Stored(sha256_of(content), replace(parsed, passages=(), pictures=()))


def test_a_few_documents_start_no_process(pool: ParserPool) -> None:
    before = children(os.getpid())
    assert [pool.store(page(n)) for n in range(CROWD)] == [alone(page(n)) for n in range(CROWD)]
    assert children(os.getpid()) == before


def test_a_crowd_is_understood_as_one_by_one(pool: ParserPool) -> None:
    documents = [page(n) for n in range(3 * THREADS)]
    assert crowded(pool, documents) == [alone(document) for document in documents]


def test_what_came_back_is_stored_wherever_it_was_read(pool: ParserPool, blobs: Blobs) -> None:
    documents = [page(n) for n in range(THREADS)]
    for stored, document in zip(crowded(pool, documents), documents, strict=True):
        assert blobs.get(stored.sha256) == understand(document).content


def test_what_is_stored_beside_is_synced_here(pool: ParserPool, blobs: Blobs) -> None:
    *_, last = crowded(pool, [page(n) for n in range(THREADS)])
    path = blobs.path(last.sha256)
    path.unlink()
    path.symlink_to(path)  # cannot be opened, whoever asks
    with pytest.raises(StoreError, match="cannot be brought to the disk"):
        blobs.sync()


def test_a_full_disk_is_told_from_a_process_too(pool: ParserPool, blobs: Blobs) -> None:
    crowded(pool, [page(n) for n in range(THREADS)])
    shutil.rmtree(blobs.root)
    blobs.root.write_text("no folder any more")
    with pytest.raises(StoreError, match=r"bytes cannot be written: Not a directory"):
        pool.store(page(THREADS))


def test_a_crowd_has_no_more_than_so_many_processes_and_leaves_none(blobs: Blobs) -> None:
    before = children(os.getpid())
    with ParserPool(blobs) as pool:
        crowded(pool, [page(n) for n in range(3 * THREADS)])
        assert 0 < len(set(children(os.getpid())) - set(before)) <= PROCESSES
    assert children(os.getpid()) == before


def test_a_rejected_document_has_its_reason_from_a_process_too(pool: ParserPool) -> None:
    crowded(pool, [page(n) for n in range(THREADS)])
    with pytest.raises(DocumentRejected) as caught:
        pool.store(deep_json())
    with pytest.raises(DocumentRejected) as here:
        understand(deep_json())
    assert caught.value.reason == here.value.reason
    assert str(caught.value) == str(here.value)


def test_a_document_that_brings_its_process_down_is_unreadable_and_the_next_is_read(pool: ParserPool) -> None:
    before = children(os.getpid())
    crowded(pool, [page(n) for n in range(THREADS)])
    for process in set(children(os.getpid())) - set(before):
        os.kill(process, signal.SIGKILL)
    reasons = []
    for _ in range(PROCESSES):
        with pytest.raises(DocumentRejected) as caught:
            pool.store(page(1))
        reasons.append(caught.value.reason)
    assert reasons == ["unreadable"] * PROCESSES
    assert pool.store(page(2)) == alone(page(2))


def test_an_answer_that_breaks_off_is_a_document_that_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, pool: ParserPool, tmp_path: Path
) -> None:
    half = pickle.dumps(alone(page(1)), pickle.HIGHEST_PROTOCOL)[:200]
    (tmp_path / "half").write_bytes(half)
    (tmp_path / "python").write_text(f"#!/bin/sh\nhead -c 1000 > /dev/null\ncat {tmp_path / 'half'}\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = [future.exception() for future in [threads.submit(pool.store, page(n)) for n in range(THREADS)]]
    rejected = [str(error) for error in outcomes if error is not None]
    assert rejected
    assert all("brought its parser down" in words for words in rejected)


def test_where_no_process_can_be_started_that_is_said_and_nothing_waits_for_it(monkeypatch: pytest.MonkeyPatch, blobs: Blobs) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError), ParserPool(blobs) as pool:
        crowded(pool, [page(n) for n in range(3 * THREADS)])


def test_processes_end_when_whoever_started_them_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        orphan = int(starter.stdout.readline())
        starter.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{orphan}").exists() and "Z" not in Path(f"/proc/{orphan}/stat").read_text().split(")")[1][:3]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
