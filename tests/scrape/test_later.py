import threading
from concurrent.futures import Future

import pytest

from pipeline.scrape.later import beside, joined, now, then


def failed(error: Exception) -> "Future[int]":
    future: Future[int] = Future()
    future.set_exception(error)
    return future


def test_what_is_made_now_is_there() -> None:
    assert now(lambda: 3).result(0) == 3


def test_what_cannot_be_made_now_is_an_error_of_the_future() -> None:
    with pytest.raises(ZeroDivisionError):
        now(lambda: 1 // 0).result(0)


def test_what_is_made_beside_is_made_in_another_thread_while_this_one_goes_on() -> None:
    goes_on = threading.Event()
    made = beside(lambda: (goes_on.wait(30.0), threading.get_ident()))
    goes_on.set()
    assert made.result(30.0)[0]
    assert made.result()[1] != threading.get_ident()


def test_a_step_waits_for_what_it_is_made_of() -> None:
    first: Future[int] = Future()
    second = then(first, lambda done: done.result() + 1)
    assert not second.done()
    first.set_result(3)
    assert second.result(0) == 4


def test_a_step_may_turn_an_error_into_a_result() -> None:
    assert then(failed(ValueError("x")), lambda done: str(done.exception())).result(0) == "x"


def test_an_error_goes_through_a_step_that_asks_for_the_result() -> None:
    with pytest.raises(ValueError, match="x"):
        then(failed(ValueError("x")), lambda done: done.result()).result(0)


def test_a_future_of_a_future_comes_to_what_the_inner_one_comes_to() -> None:
    inner: Future[int] = Future()
    outer = joined(now(lambda: inner))
    assert not outer.done()
    inner.set_result(3)
    assert outer.result(0) == 3


@pytest.mark.parametrize("outer", [now(lambda: failed(ValueError("x"))), failed(ValueError("x"))])
def test_an_error_of_either_future_is_that_of_both(outer: "Future[Future[int]]") -> None:
    with pytest.raises(ValueError, match="x"):
        joined(outer).result(0)
