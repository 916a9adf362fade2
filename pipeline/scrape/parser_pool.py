"""Documents redacted and parsed for many threads: here, and in processes beside as soon as many documents wait.

It is most of a crawl's work, and threads that do it at once wait for Python's lock longer than they parse. `multiprocessing` would
load the command line, Dagster with it, into every child; these are plain processes that take pickles from their standard input and
end with it: when whoever started them dies, however it dies, they end too.
"""

import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import TracebackType
from typing import IO

from pipeline.errors import DocumentRejected
from pipeline.scrape.understand import Received, Understood, understand

PROCESSES = 2
CROWD = 6  # documents that wait before a process is started: it takes half a second, and a polite crawl never gets there


class ParserPool:
    """Understands documents: one at a time here, the others in processes once CROWD of them wait. Safe for many threads."""

    def __init__(self) -> None:
        self._here, self._count = threading.Lock(), threading.Lock()
        self._waiting, self._started = 0, 0
        self._idle: SimpleQueue[_Process] = SimpleQueue()

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for _ in range(self._started):
            self._idle.get().end()
        self._started = 0

    def understand(self, received: Received) -> Understood:
        """As `pipeline.scrape.understand` does. Raises DocumentRejected, also for a document that brings its process down."""
        with self._queued() as waiting:
            if self._started or waiting > CROWD:
                return self._beside(received)
            with self._here:
                return understand(received)

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

    def _beside(self, received: Received) -> Understood:
        process = self._process()
        try:
            return process.understand(received)
        finally:
            self._idle.put(process)

    def _process(self) -> "_Process":
        with self._count:
            if self._started < PROCESSES:
                process = _Process()
                self._started += 1  # not before: what could not be started is not waited for at the end
                return process
        return self._idle.get()


class _Process:
    """A process that understands one document at a time."""

    def __init__(self) -> None:
        self._process = _start()

    def understand(self, received: Received) -> Understood:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        try:
            _send(received, asked)
            found: Understood | tuple[str, str] = pickle.load(answered)  # noqa: S301 - what our own process wrote
        except (BrokenPipeError, EOFError) as error:
            self.end()
            self._process = _start()
            raise DocumentRejected("unreadable", f"{received.url} brought its parser down") from error
        if isinstance(found, Understood):
            return found
        raise DocumentRejected(*found)

    def end(self) -> None:
        self._process.communicate()


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _send(value: object, stream: IO[bytes]) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """What a process does until its input ends."""
    while True:
        try:
            received: Received = pickle.load(asked)  # noqa: S301 - what the process that started this one wrote
        except EOFError:
            return
        _send(_attempt(received), answers)


def _attempt(received: Received) -> Understood | tuple[str, str]:
    try:
        return understand(received)
    except DocumentRejected as error:
        return error.reason, error.detail


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
