"""A total deadline: a timeout per read lets ten bytes in four seconds pass a limit of one (measured)."""

import os
import socket
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Self

TICK_S = 0.05
_running: dict[int, "Deadline"] = {}
_current = threading.local()


class Deadline:
    """A block that may take so many seconds in all, from the connection to the last byte.

    When they are over, or `stopped` is set, its sockets are shut down, so that whoever reads from them gets an error, or an end.
    `passed` tells which.
    """

    def __init__(self, seconds: float, stopped: threading.Event | None = None) -> None:
        self.at, self.passed, self._stopped = time.monotonic() + seconds, False, stopped
        self._twins: list[int] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        _watch_all(os.getpid())
        _current.deadline = _running[id(self)] = self
        return self

    def __exit__(self, *_: object) -> None:
        _current.deadline = None
        _running.pop(id(self), None)
        with self._lock:
            for twin in self._twins:
                os.close(twin)
            self._twins.clear()

    def watch(self, connection: socket.socket) -> None:
        """Takes a socket under watch: by a descriptor of our own, since TLS takes the socket's away when it wraps it."""
        with self._lock:
            self._twins.append(os.dup(connection.fileno()))
        if self.passed:
            self.expire()

    def is_over(self, now: float) -> bool:
        """Whether the time is up, or nobody waits any longer."""
        return self.at < now or (self._stopped is not None and self._stopped.is_set())

    def expire(self) -> None:
        """The time is up."""
        with self._lock:
            self.passed = True
            for twin in self._twins:
                with suppress(OSError), socket.socket(fileno=os.dup(twin)) as its:  # closed by the other side meanwhile, as was wanted
                    its.shutdown(socket.SHUT_RDWR)


def watch(connection: socket.socket) -> None:
    """Puts a socket under the deadline of the exchange that this thread is in, if it is in one."""
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is not None:
        deadline.watch(connection)


@cache
def _watch_all(_process: int) -> None:
    """One thread for all deadlines of a process: a timer's own thread for every request costs 0.2 ms (measured)."""
    threading.Thread(target=_expire_late_ones, name="deadlines", daemon=True).start()


def _expire_late_ones() -> None:
    while True:
        time.sleep(TICK_S)
        now = time.monotonic()
        for key, deadline in list(_running.items()):
            if deadline.is_over(now) and _running.pop(key, None) is not None:
                deadline.expire()
