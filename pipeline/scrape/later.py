"""Futures of what is made in steps."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Value = TypeVar("Value")
Next = TypeVar("Next")


def now(make: Callable[[], Value]) -> "Future[Value]":
    """What `make` makes or raises, at once."""
    future: Future[Value] = Future()
    settle(future, make)
    return future


def beside(make: Callable[[], Value]) -> "Future[Value]":
    """What `make` makes or raises, in a thread of its own."""
    future: Future[Value] = Future()
    threading.Thread(target=settle, args=(future, make)).start()
    return future


def then(before: "Future[Value]", step: "Callable[[Future[Value]], Next]") -> "Future[Next]":
    """What `step` makes of a future that is done, in whatever thread that happens."""
    future: Future[Next] = Future()
    before.add_done_callback(lambda done: settle(future, lambda: step(done)))
    return future


def joined(outer: "Future[Future[Value]]") -> "Future[Value]":
    """What the future that a future gives comes to."""
    future: Future[Value] = Future()

    def wait(done: "Future[Future[Value]]") -> None:
        error = done.exception()
        if error is not None:
            future.set_exception(error)
        else:
            done.result().add_done_callback(lambda inner: settle(future, inner.result))

    outer.add_done_callback(wait)
    return future


def settle(future: "Future[Value]", make: Callable[[], Value]) -> None:
    """Gives a future what `make` makes or raises."""
    try:
        value = make()
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
        future.set_exception(error)
    else:
        future.set_result(value)
