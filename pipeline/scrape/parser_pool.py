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
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, NamedTuple

from pipeline.errors import DocumentRejected, StoreError
from pipeline.scrape.later import now
from pipeline.scrape.understand import Received, Stored, store
from pipeline.store.blobs import Blobs

PROCESSES = 2
AT_ONCE = 3  # documents of one process: the next lies there already while one is read, or the process would wait for us
CROWD = 6  # documents that wait before processes are used: they need half a second to start, and a polite crawl never gets there
BROKEN = (BrokenPipeError, EOFError, pickle.UnpicklingError)


_Found = Stored | DocumentRejected | StoreError


class _Document(NamedTuple):
    received: Received
    stored: "Future[Stored]"


class ParserPool:
    """Understands and stores documents: one at a time here, the others in processes once CROWD of them wait. Safe for many threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._here, self._count = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._queue: SimpleQueue[_Document | None] = SimpleQueue()  # None: one process may end
        self._feeders: list[threading.Thread] = []

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        while error is not None and self._next(wait=False) is not None:
            pass  # nobody waits for these any more
        for _ in self._feeders:
            self._queue.put(None)
        for feeder in self._feeders:
            feeder.join()

    def store(self, received: Received) -> "Future[Stored]":
        """As `understand.store` does, now or later. DocumentRejected also for a document that brings its process down."""
        with self._queued() as waiting:
            if self._feeders or waiting > CROWD:
                return self._beside(received)
            with self._here:
                return now(lambda: store(received, self._blobs))

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

    def _beside(self, received: Received) -> "Future[Stored]":
        with self._count:
            if not self._feeders:
                self._feeders = [threading.Thread(target=self._feed, name=f"parser {n}") for n in range(PROCESSES)]
                for feeder in self._feeders:
                    feeder.start()
        document = _Document(received, Future())
        self._queue.put(document)
        return document.stored

    def _feed(self) -> None:
        """What a thread does: it keeps one process busy until the documents end."""
        process = _Process(self._blobs.root)
        while True:
            try:
                while len(process.sent) < AT_ONCE and (document := self._next(wait=not process.sent)) is not None:
                    process.send(document)
                if not process.sent:
                    break
                self._answer(*process.receive())
            except BROKEN:
                for document in process.end():
                    self._alone(document)
            except OSError as error:  # no process can be started
                for document in process.end():
                    document.stored.set_exception(error)
        process.end()

    def _next(self, wait: bool) -> _Document | None:
        try:
            document = self._queue.get(wait)
        except Empty:
            return None
        if document is None and not wait:
            self._queue.put(None)  # for when there is nothing else to do
        return document

    def _answer(self, document: _Document, found: _Found) -> None:
        if isinstance(found, Stored):
            self._blobs.include(found.sha256)
            document.stored.set_result(found)
        else:
            document.stored.set_exception(found)

    def _alone(self, document: _Document) -> None:
        """A document of a process that ended: whether it was this one's fault shows in a process of its own."""
        process = _Process(self._blobs.root)
        try:
            process.send(document)
            self._answer(*process.receive())
        except BROKEN:
            document.stored.set_exception(DocumentRejected("unreadable", f"{document.received.url} brought its parser down"))
        except OSError as error:
            document.stored.set_exception(error)
        finally:
            process.end()


class _Process:
    """A process that understands and stores documents in the order they come, begun with the first. `sent`: not answered yet."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self.sent: deque[_Document] = deque()

    def send(self, document: _Document) -> None:
        """Raises BrokenPipeError where the process has ended."""
        self.sent.append(document)
        self._process = self._process or _start(self._root)
        assert self._process.stdin is not None
        _send(document.received, self._process.stdin)

    def receive(self) -> tuple[_Document, _Found]:
        """The first of the documents that were sent, and its answer. Raises one of BROKEN where the process ends before that."""
        assert self._process is not None
        assert self._process.stdout is not None
        found: _Found = pickle.load(self._process.stdout)  # noqa: S301 - what our own process wrote
        return self.sent.popleft(), found

    def end(self) -> list[_Document]:
        """Ends the process; what it was sent and has not answered."""
        if self._process is not None:
            if self.sent:
                self._process.kill()  # it may have broken down without an end
            self._process.communicate()
        unanswered, self._process = list(self.sent), None
        self.sent.clear()
        return unanswered


def _start(root: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-P", "-m", __name__, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _send(value: object, stream: IO[bytes]) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _serve(blobs: Blobs, asked: IO[bytes], answers: IO[bytes]) -> None:
    """What a process does until its input ends."""
    gc.freeze()  # what was imported stays, and need not be looked through for garbage after every few documents
    documents: SimpleQueue[Received | None] = SimpleQueue()
    threading.Thread(target=_receive, args=(asked, documents)).start()
    while (received := documents.get()) is not None:
        _send(_attempt(received, blobs), answers)


def _receive(asked: IO[bytes], documents: "SimpleQueue[Received | None]") -> None:
    """Takes documents as they come: were they left in the pipe while an answer waits to be taken, both sides could wait for ever."""
    with suppress(EOFError):
        while True:
            documents.put(pickle.load(asked))  # noqa: S301 - what the process that started this one wrote
    documents.put(None)


def _attempt(received: Received, blobs: Blobs) -> Stored | DocumentRejected | StoreError:
    try:
        return store(received, blobs)
    except (DocumentRejected, StoreError) as error:
        return error


if __name__ == "__main__":
    _serve(Blobs(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
