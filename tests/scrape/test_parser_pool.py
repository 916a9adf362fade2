import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.errors import DocumentRejected, StoreError
from pipeline.scrape import parser_pool
from pipeline.scrape.parser_pool import CHUNK, CROWD, FEW, PROCESSES, ParserPool
from pipeline.scrape.parser_process import start
from pipeline.scrape.records import Parsed
from pipeline.scrape.redact import redact
from pipeline.scrape.understand import Held, Received, Stored, read_stored, store
from pipeline.store.blobs import Blobs

THREADS = 4 * CROWD
PATIENCE_S = 60.0
ORPHAN = """
import sys, time
from pathlib import Path
from pipeline.scrape.parser_process import start
print(start(Path("unused")).pid, flush=True)
time.sleep(60)
"""


FATAL = range(THREADS // 2, 3 * THREADS, 20)
FRAGILE = f"""
import os, sys
from pathlib import Path
from pipeline.scrape import parser_process
sound = parser_process.attempt
def attempt(document, blobs):
    if int(document.url.rsplit("/")[-1]) in {FATAL!r}:
        os._exit(1)
    return sound(document, blobs)
parser_process.attempt = attempt
parser_process.serve(parser_process.Blobs(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Processes run a shell script in place of Python."""
    (folder / "python").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))


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
        stored = list(threads.map(pool.store, documents))
    return [future.result(PATIENCE_S) for future in stored]


def alone(received: Received) -> Stored:
    with tempfile.TemporaryDirectory() as folder:
        return store(received, Blobs(Path(folder)))


def test_a_few_documents_start_no_process(pool: ParserPool) -> None:
    before = children(os.getpid())
    assert [pool.store(page(n)).result() for n in range(CROWD)] == [alone(page(n)) for n in range(CROWD)]
    assert children(os.getpid()) == before


def test_a_crowd_is_understood_as_one_by_one(pool: ParserPool) -> None:
    documents = [page(n) for n in range(3 * THREADS)]
    assert crowded(pool, documents) == [alone(document) for document in documents]


def test_what_came_back_is_stored_wherever_it_was_read(pool: ParserPool, blobs: Blobs) -> None:
    documents = [page(n) for n in range(THREADS)]
    for stored, document in zip(crowded(pool, documents), documents, strict=True):
        assert blobs.get(stored.sha256) == redact(document.kind, document.content)


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
        pool.store(page(THREADS)).result(PATIENCE_S)


def test_a_crowd_has_no_more_than_so_many_processes_and_leaves_none(blobs: Blobs) -> None:
    before = children(os.getpid())
    with ParserPool(blobs) as pool:
        crowded(pool, [page(n) for n in range(3 * THREADS)])
        assert 0 < len(set(children(os.getpid())) - set(before)) <= PROCESSES
    assert children(os.getpid()) == before


def test_a_rejected_document_has_its_reason_from_a_process_too(pool: ParserPool) -> None:
    crowded(pool, [page(n) for n in range(THREADS)])
    with pytest.raises(DocumentRejected) as caught:
        pool.store(deep_json()).result(PATIENCE_S)
    with pytest.raises(DocumentRejected) as here:
        alone(deep_json())
    assert caught.value.reason == here.value.reason
    assert str(caught.value) == str(here.value)


def test_processes_that_are_killed_cost_no_document(pool: ParserPool) -> None:
    before = children(os.getpid())
    crowded(pool, [page(n) for n in range(THREADS)])
    for process in set(children(os.getpid())) - set(before):
        os.kill(process, signal.SIGKILL)
    assert crowded(pool, [page(n) for n in range(THREADS)]) == [alone(page(n)) for n in range(THREADS)]


def test_a_document_that_brings_its_process_down_is_unreadable_and_all_others_are_read(
    monkeypatch: pytest.MonkeyPatch, pool: ParserPool, tmp_path: Path
) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE)
    stand_in(monkeypatch, tmp_path, f'exec {sys.executable} {tmp_path / "fragile.py"} "$4"')
    monkeypatch.setattr(parser_pool, "CROWD", 0)
    documents = [page(n) for n in range(3 * THREADS)]
    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = list(threads.map(pool.store, documents))
    broken = [n for n, outcome in enumerate(outcomes) if outcome.exception(PATIENCE_S) is not None]
    assert broken == list(FATAL)
    assert all(str(outcomes[n].exception()).endswith(f"{documents[n].url} brought its parser down") for n in broken)
    assert all(outcomes[n].result() == alone(document) for n, document in enumerate(documents) if n not in broken)


def test_an_answer_that_breaks_off_is_a_document_that_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, pool: ParserPool, tmp_path: Path
) -> None:
    half = pickle.dumps(alone(page(1)), pickle.HIGHEST_PROTOCOL)[:200]
    (tmp_path / "half").write_bytes(half)
    stand_in(monkeypatch, tmp_path, f"head -c 1000 > /dev/null\ncat {tmp_path / 'half'}")
    with ThreadPoolExecutor(THREADS) as threads:
        stored = list(threads.map(pool.store, [page(n) for n in range(THREADS)]))
    outcomes = [future.exception(PATIENCE_S) for future in stored]
    rejected = [str(error) for error in outcomes if error is not None]
    assert rejected
    assert all("brought its parser down" in words for words in rejected)


def test_a_long_answer_and_a_long_document_do_not_wait_for_each_other(pool: ParserPool) -> None:
    links = "".join(f"<p><a href='https://web.example/{'long' * 20}/{n}'>{n}</a></p>" for n in range(3000))
    long = [page(n)._replace(content=f"<article>{links}{n}</article>".encode()) for n in range(2 * THREADS)]
    assert [len(stored.parsed.links) for stored in crowded(pool, long)] == [3000] * len(long)


def test_what_waits_is_dropped_where_the_crawl_is_given_up(monkeypatch: pytest.MonkeyPatch, blobs: Blobs) -> None:
    monkeypatch.setattr(parser_pool, "CROWD", 0)
    with pytest.raises(RuntimeError, match="given up"), ParserPool(blobs) as pool:
        later = [pool.store(page(n)) for n in range(50 * THREADS)]
        raise RuntimeError("given up")
    assert not all(future.done() for future in later)


@pytest.mark.parametrize("count", [3, FEW + CHUNK + 1])
def test_what_is_held_is_read_in_order(pool: ParserPool, blobs: Blobs, count: int) -> None:
    held = [Held("web_page", page(n).url, store(page(n), blobs).sha256) for n in range(count)]
    held[1] = Held("web_page", "https://web.example/gone", "0" * 64)
    read = [found for some in pool.read(held) for found in some.result(PATIENCE_S)]
    assert isinstance(read[1], StoreError)
    for place in {*range(count)} - {1}:
        assert read[place] == read_stored("web_page", held[place].url, blobs.get(held[place].sha256))


def test_few_documents_are_read_without_a_process(pool: ParserPool, blobs: Blobs) -> None:
    before = children(os.getpid())
    held = [Held("web_page", page(0).url, store(page(0), blobs).sha256)] * FEW
    assert [len(some.result(PATIENCE_S)) for some in pool.read(held)] == [FEW]
    assert children(os.getpid()) == before


def test_a_document_that_brings_its_process_down_is_the_only_one_that_is_not_read(
    monkeypatch: pytest.MonkeyPatch, pool: ParserPool, blobs: Blobs, tmp_path: Path
) -> None:
    held = [Held("web_page", page(n).url, store(page(n), blobs).sha256) for n in range(FEW + 1)]
    (tmp_path / "fragile.py").write_text(FRAGILE)
    stand_in(monkeypatch, tmp_path, f'exec {sys.executable} {tmp_path / "fragile.py"} "$4"')
    monkeypatch.setattr(parser_pool, "CHUNK", 2)
    read = [found for some in pool.read(held) for found in some.result(PATIENCE_S)]
    assert [n for n, found in enumerate(read) if isinstance(found, DocumentRejected)] == [n for n in FATAL if n <= FEW]
    assert all(isinstance(found, DocumentRejected | Parsed) for found in read)


def test_where_no_process_can_be_started_that_is_said_and_nothing_waits_for_it(monkeypatch: pytest.MonkeyPatch, blobs: Blobs) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError), ParserPool(blobs) as pool:
        crowded(pool, [page(n) for n in range(3 * THREADS)])


def test_a_process_ends_when_whoever_started_it_ended_in_the_middle_of_a_document(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(pickle.dumps((page(1),))[:-2000])
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def test_an_answer_that_nobody_can_make_sense_of_is_told_and_nothing_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, pool: ParserPool, tmp_path: Path
) -> None:
    (tmp_path / "newer").write_bytes(b"\x80\xff.")  # a pickle of a protocol that there is not
    stand_in(monkeypatch, tmp_path, f"head -c 1000 > /dev/null\ncat {tmp_path / 'newer'}")
    monkeypatch.setattr(parser_pool, "CROWD", 0)
    with pytest.raises(ValueError, match="protocol"):
        pool.store(page(1)).result(PATIENCE_S)


def test_processes_end_when_whoever_started_them_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        orphan = int(starter.stdout.readline())
        starter.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{orphan}").exists() and "Z" not in Path(f"/proc/{orphan}/stat").read_text().split(")")[1][:3]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
