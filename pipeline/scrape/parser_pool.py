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
CROWD = 6  # documents that wait before a process is started: it takes half a second, and a polite crawl never gets there


class ParserPool:
    """Understands and stores documents: one at a time here, the others in processes once CROWD of them wait. Safe for many threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._here, self._count = threading.Lock(), threading.Lock()
        self._waiting, self._started = 0, 0
        self._idle: SimpleQueue[_Process] = SimpleQueue()

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for _ in range(self._started):
            self._idle.get().end()
        self._started = 0

    def store(self, received: Received) -> Stored:
        """As `understand.store` does. Raises DocumentRejected also for a document that brings its process down."""
        with self._queued() as waiting:
            if self._started or waiting > CROWD:
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
        process = self._process()
        try:
            stored = process.store(received)
        finally:
            self._idle.put(process)
        self._blobs.include(stored.sha256)
        return stored

    def _process(self) -> "_Process":
        with self._count:
            if self._started < PROCESSES:
                process = _Process(self._blobs.root)
                self._started += 1  # not before: what could not be started is not waited for at the end
                return process
        return self._idle.get()


class _Process:
    """A process that understands and stores one document at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process = _start(root)

    def store(self, received: Received) -> Stored:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        try:
            _send(received, asked)
            found: Stored | DocumentRejected | StoreError = pickle.load(answered)  # noqa: S301 - what our own process wrote
        except (BrokenPipeError, EOFError, pickle.UnpicklingError) as error:
            self.end()
            self._process = _start(self._root)
            raise DocumentRejected("unreadable", f"{received.url} brought its parser down") from error
        if isinstance(found, Stored):
            return found
        raise found

    def end(self) -> None:
        self._process.communicate()


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
