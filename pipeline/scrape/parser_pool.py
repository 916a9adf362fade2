"""Documents redacted, parsed and stored for many threads: here, and in processes beside as soon as many documents wait.

It is most of a crawl's work, and threads that do it at once wait for Python's lock longer than they parse. `multiprocessing` would
load the command line, Dagster with it, into every child; these are plain processes that take pickles from their standard input and
end with it: when whoever started them dies, however it dies, they end too.
"""

import gc
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO

from pipeline.errors import DocumentRejected, StoreError
from pipeline.scrape.understand import Received, Stored, store
from pipeline.store.blobs import Blobs

PROCESSES = 2
AT_ONCE = 2  # documents of one process: the next lies there already while one is read, or the process would wait for us
CROWD = 6  # documents that wait before processes are used: they need half a second to start, and a polite crawl never gets there
BROKEN = (BrokenPipeError, EOFError, pickle.UnpicklingError)


class ParserPool:
    """Understands and stores documents: one at a time here, the others in processes once CROWD of them wait. Safe for many threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._here, self._count = threading.Lock(), threading.Lock()
        self._waiting, self._crowded = 0, False
        self._processes = [_Process(blobs.root) for _ in range(PROCESSES)]
        self._places: SimpleQueue[_Process] = SimpleQueue()
        for process in self._processes * AT_ONCE:
            self._places.put(process)

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            process.end()

    def store(self, received: Received) -> Stored:
        """As `understand.store` does. Raises DocumentRejected also for a document that brings its process down."""
        with self._queued() as waiting:
            if self._crowded or waiting > CROWD:
                self._crowded = True
                return self._beside(received)
            with self._here:
                return store(received, self._blobs)

    @contextmanager
    def _queued(self) -> Iterator[int]:
        with self._count:
            self._waiting += 1
            waiting = self._waiting
        try:
            yield waiting
        finally:
            with self._count:
                self._waiting -= 1

    def _beside(self, received: Received) -> Stored:
        process = self._places.get()
        try:
            stored = process.store(received)
        except BROKEN:
            stored = self._alone(received)
        finally:
            self._places.put(process)
        self._blobs.include(stored.sha256)
        return stored

    def _alone(self, received: Received) -> Stored:
        """A document of a process that ended: whether it was this one's fault shows in a process of its own."""
        process = _Process(self._blobs.root)
        try:
            return process.store(received)
        except BROKEN as error:
            raise DocumentRejected("unreadable", f"{received.url} brought its parser down") from error
        finally:
            process.end()


class _Process:
    """A process that understands and stores documents in the order they come; begun with the first, and anew where it ended."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._asking, self._reading = threading.Lock(), threading.Lock()
        self._begun: list[subprocess.Popen[bytes]] = []

    def store(self, received: Received) -> Stored:
        """Raises one of BROKEN where the process ends before it has answered."""
        with self._asking:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            with _ended_if_broken(process):
                _send(received, process.stdin)
            self._reading.acquire()  # before the next is sent: answers come in the order of what was asked
        try:
            with _ended_if_broken(process):
                found: Stored | DocumentRejected | StoreError = pickle.load(process.stdout)  # noqa: S301 - what our own process wrote
        finally:
            self._reading.release()
        if isinstance(found, Stored):
            return found
        raise found

    def _running(self) -> "subprocess.Popen[bytes]":
        if not self._begun or self._begun[-1].returncode is not None:
            self._begun.append(_start(self._root))
        return self._begun[-1]

    def end(self) -> None:
        for process in self._begun:
            process.communicate()


@contextmanager
def _ended_if_broken(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    except BROKEN:
        process.kill()  # which may write, but nothing that can be read
        process.wait()
        raise


def _start(root: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-P", "-m", __name__, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _send(value: object, stream: IO[bytes]) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _serve(blobs: Blobs, asked: IO[bytes], answers: IO[bytes]) -> None:
    """What a process does until its input ends."""
    gc.freeze()  # what was imported stays, and need not be looked through for garbage after every few documents
    while True:
        try:
            received: Received = pickle.load(asked)  # noqa: S301 - what the process that started this one wrote
        except EOFError:
            return
        _send(_attempt(received, blobs), answers)


def _attempt(received: Received, blobs: Blobs) -> Stored | DocumentRejected | StoreError:
    try:
        return store(received, blobs)
    except (DocumentRejected, StoreError) as error:
        return error


if __name__ == "__main__":
    _serve(Blobs(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
