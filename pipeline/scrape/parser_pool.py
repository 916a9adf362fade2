"""Documents redacted, stored and read: here, and in processes beside as soon as there are many.

It is most of a crawl's work, and threads that do it at once wait for Python's lock longer than they parse.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType

from pipeline.errors import DocumentRejected
from pipeline.scrape.later import now, settle, then
from pipeline.scrape.parser_process import BROKEN, Documents, ParserProcess, Task
from pipeline.scrape.understand import Found, Held, Received, Stored, Unread, attempt, store
from pipeline.store.blobs import Blobs

PROCESSES = 2
AT_ONCE = 3  # tasks of one process: the next ones lie there already while one is done, or the process would wait for us
CROWD = 6  # documents that wait before processes are used: they need half a second to start, and a polite crawl never gets there
CHUNK = 25  # documents that are read by one task: they are small, and to hand over each would take as long as to read it
FEW = 100  # documents to read: it takes less than to start processes


class ParserPool:
    """Stores documents that come: one at a time here, the others in processes once CROWD of them wait. Reads documents that are held,
    in processes if there are more than FEW. Safe for many threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._here, self._count = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._queue: SimpleQueue[Task | None] = SimpleQueue()  # None: one process may end
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
                return then(self._beside((received,)), self._stored)
            with self._here:
                return now(lambda: store(received, self._blobs))

    def read(self, documents: Sequence[Held]) -> "Iterator[Future[list[Found]]]":
        """What documents say, or why they cannot be read, in order and some at a time; all are begun at once."""
        if len(documents) <= FEW:
            return iter([now(lambda: [attempt(document, self._blobs) for document in documents])])
        return iter([self._beside(tuple(documents[first : first + CHUNK])) for first in range(0, len(documents), CHUNK)])

    def _stored(self, done: "Future[list[Found]]") -> Stored:
        (found,) = done.result()
        if not isinstance(found, Stored):
            assert isinstance(found, Exception)
            raise found
        self._blobs.include(found.sha256)
        return found

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

    def _beside(self, documents: Documents) -> "Future[list[Found]]":
        with self._count:
            if not self._feeders:
                self._feeders = [threading.Thread(target=self._feed, name=f"parser {n}") for n in range(PROCESSES)]
                for feeder in self._feeders:
                    feeder.start()
        task = Task(documents, Future())
        self._queue.put(task)
        return task.found

    def _feed(self) -> None:
        """What a thread does: it keeps one process busy until the tasks end."""
        process = ParserProcess(self._blobs.root)
        while True:
            try:
                while len(process.sent) < AT_ONCE and (task := self._next(wait=not process.sent)) is not None:
                    process.send(task)
                if not process.sent:
                    break
                task, found = process.receive()
                task.found.set_result(found)
            except BROKEN:
                for task in process.end():
                    settle(task.found, partial(_each_alone, task.documents, self._blobs.root))
            except Exception as error:  # noqa: BLE001 - no process can be started, say: whoever waits for a task is told
                for task in process.end():
                    task.found.set_exception(error)
        process.end()

    def _next(self, wait: bool) -> Task | None:
        try:
            task = self._queue.get(wait)
        except Empty:
            return None
        if task is None and not wait:
            self._queue.put(None)  # for when there is nothing else to do
        return task


def _each_alone(documents: Documents, root: Path) -> list[Found]:
    return [_alone(document, root) for document in documents]


def _alone(document: Unread, root: Path) -> Found:
    """A document of a process that ended: whether it was this one's fault shows in a process of its own."""
    process = ParserProcess(root)
    try:
        process.send(Task((document,), Future()))
        (found,) = process.receive()[1]
    except BROKEN:
        return DocumentRejected("unreadable", f"{document.url} brought its parser down")
    finally:
        process.end()
    return found
