"""Work handed out so that a slow owner never keeps threads from the others."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from pipeline.scrape.later import joined

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def worker_threads(threads: int, stop: Callable[[], None]) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads for the length of a block. Where an error or an interrupt ends the block, `stop` must end what runs, and what
    waits is dropped: somebody's minute of Retry-After does not keep a cancelled run."""
    pool, done = ThreadPoolExecutor(threads), False
    try:
        yield pool
        done = True
    finally:
        if not done:
            stop()
        pool.shutdown(cancel_futures=True)


class OwnerPool(Generic[Item, Result]):
    """Runs `work` in `threads` threads of a pool, at most `ahead` items of one owner at a time, in the order they came. What it gives is
    made there or elsewhere; until it is, its item is under way.

    A free thread goes to the owner with the fewest items under way: else those few that came first would hold all threads, waiting
    for each other's turn.
    """

    def __init__(self, pool: ThreadPoolExecutor, threads: int, ahead: int, work: Callable[[Item], "Future[Result]"]) -> None:
        self._pool, self._free, self._work = pool, threads, work
        self._queues: defaultdict[str, deque[Item]] = defaultdict(deque)
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._ready: list[dict[str, None]] = [{} for _ in range(ahead)]  # owners with something queued, by how much is under way
        self._queued, self._flying = 0, 0
        self._ended: SimpleQueue[tuple[str, Future[Result]]] = SimpleQueue()

    def __len__(self) -> int:
        return self._queued + self._flying

    def add(self, owner: str, item: Item) -> None:
        """Queues an item behind the owner's others."""
        self._queues[owner].append(item)
        self._queued += 1
        self._line_up(owner)

    def finished(self, timeout: float) -> list[Result]:
        """Starts what may start, waits up to `timeout` seconds for something to end, and gives what did."""
        while self._flying < self._free and (owner := self._next()) is not None:
            self._start(owner)
        try:
            ended = [self._ended.get(timeout=timeout)] if self._flying else []
        except Empty:
            return []
        ended += [self._ended.get() for _ in range(self._ended.qsize())]
        for owner, _ in ended:
            self._move(owner, -1)
        return [future.result() for _, future in ended]

    def _next(self) -> str | None:
        return next((owner for owners in self._ready for owner in owners), None)

    def _start(self, owner: str) -> None:
        made = joined(self._pool.submit(self._work, self._queues[owner].popleft()))
        self._queued -= 1
        self._move(owner, 1)
        made.add_done_callback(lambda done: self._ended.put((owner, done)))

    def _move(self, owner: str, step: int) -> None:
        count = self._under_way[owner]
        if count < len(self._ready):
            self._ready[count].pop(owner, None)
        self._under_way[owner] = count + step
        self._flying += step
        self._line_up(owner)

    def _line_up(self, owner: str) -> None:
        count = self._under_way[owner]
        if self._queues[owner] and count < len(self._ready):
            self._ready[count][owner] = None
