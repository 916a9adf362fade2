"""A process that stores and reads documents beside us.

`multiprocessing` would load the command line, Dagster with it, into every child; this is a plain process that takes pickles from its
standard input and ends with it: when whoever started it dies, however it dies, it ends too.
"""

import gc
import pickle
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, NamedTuple

from pipeline.scrape.understand import Found, Unread, attempt
from pipeline.store.blobs import Blobs

BROKEN = (BrokenPipeError, EOFError, pickle.UnpicklingError)
Documents = tuple[Unread, ...]


class Task(NamedTuple):
    """Documents that are done by one process, one after the other, and what comes of each."""

    documents: Documents
    found: "Future[list[Found]]"


class ParserProcess:
    """Does tasks in the order they come; begun with the first of them. `sent`: those that are not answered yet. For one thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self.sent: deque[Task] = deque()

    def send(self, task: Task) -> None:
        """Raises BrokenPipeError where the process has ended, OSError where it cannot be started."""
        self.sent.append(task)
        self._process = self._process or start(self._root)
        assert self._process.stdin is not None
        _send(task.documents, self._process.stdin)

    def receive(self) -> tuple[Task, list[Found]]:
        """The first of the tasks that were sent, and its answer. Raises one of BROKEN where the process ends before that."""
        assert self._process is not None
        assert self._process.stdout is not None
        found: list[Found] = pickle.load(self._process.stdout)  # noqa: S301 - what our own process wrote
        return self.sent.popleft(), found

    def end(self) -> list[Task]:
        """Ends the process; what it was sent and has not answered."""
        if self._process is not None:
            if self.sent:
                self._process.kill()  # it may have broken down without an end
            self._process.communicate()
        unanswered, self._process = list(self.sent), None
        self.sent.clear()
        return unanswered


def start(root: Path) -> "subprocess.Popen[bytes]":
    """A process for the blobs under `root`."""
    return subprocess.Popen([sys.executable, "-P", "-m", __name__, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _send(value: object, stream: IO[bytes]) -> None:
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def serve(blobs: Blobs, asked: IO[bytes], answers: IO[bytes]) -> None:
    """What a process does until its input ends."""
    gc.freeze()  # what was imported stays, and need not be looked through for garbage after every few documents
    tasks: SimpleQueue[Documents | None] = SimpleQueue()
    threading.Thread(target=_receive, args=(asked, tasks)).start()
    while (documents := tasks.get()) is not None:
        _send([attempt(document, blobs) for document in documents], answers)


def _receive(asked: IO[bytes], tasks: "SimpleQueue[Documents | None]") -> None:
    """Takes tasks as they come: were they left in the pipe while an answer waits to be taken, both sides could wait for ever."""
    try:
        with suppress(EOFError, pickle.UnpicklingError):  # whoever started this one ended, perhaps in the middle of a document
            while True:
                tasks.put(pickle.load(asked))  # noqa: S301 - what the process that started this one wrote
    finally:
        tasks.put(None)


if __name__ == "__main__":
    serve(Blobs(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
