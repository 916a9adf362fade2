"""Work handed out so that a slow owner never keeps threads from the others."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class OwnerPool(Generic[Item, Result]):
    """Runs `work` in threads, at most `ahead` items of one owner at a time, in the order they came."""

    def __init__(self, pool: ThreadPoolExecutor, ahead: int, work: Callable[[Item], Result]) -> None:
        self._pool, self._ahead, self._work = pool, ahead, work
        self._queues: defaultdict[str, deque[Item]] = defaultdict(deque)
        self._flying: dict[Future[Result], str] = {}

    def __len__(self) -> int:
        return sum(map(len, self._queues.values())) + len(self._flying)

    def add(self, owner: str, item: Item) -> None:
        """Queues an item behind the owner's others."""
        self._queues[owner].append(item)

    def finished(self, timeout: float) -> list[Result]:
        """Starts what may start, waits up to `timeout` seconds for something to end, and gives what did."""
        busy = Counter(self._flying.values())
        for owner, queue in self._queues.items():
            for _ in range(min(len(queue), self._ahead - busy[owner])):
                self._flying[self._pool.submit(self._work, queue.popleft())] = owner
        done = list(wait(self._flying, timeout=timeout, return_when=FIRST_COMPLETED).done)
        for future in done:
            del self._flying[future]
        return [future.result() for future in done]
