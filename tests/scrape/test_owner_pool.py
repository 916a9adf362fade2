import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.scrape.later import now
from pipeline.scrape.owner_pool import OwnerPool, worker_threads


def pooled(pool, threads, ahead, work):
    return OwnerPool(pool, threads, ahead, lambda item: now(lambda: work(item)))


def drained(work):
    found = []
    while work:
        found += work.finished(1.0)
    return found


@settings(max_examples=40)
@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_everything_is_done_once_and_in_the_order_of_its_owner(owners, threads, ahead):
    begun, lock = [], threading.Lock()

    def work(item):
        with lock:
            begun.append(item)
        return item

    with ThreadPoolExecutor(1) as pool:  # one thread: what is handed out first begins first
        items = [(owner, number) for number, owner in enumerate(owners)]
        made = pooled(pool, threads, ahead, work)
        for owner, number in items:
            made.add(owner, (owner, number))
        assert len(made) == len(items)
        assert sorted(drained(made)) == sorted(items)
    for owner in "abc":
        assert [item for item in begun if item[0] == owner] == [item for item in items if item[0] == owner]


def test_no_more_than_so_many_of_one_owner_are_under_way():
    under_way, most, lock = [0], [0], threading.Lock()

    def work(_):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.002)
        with lock:
            under_way[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        made = pooled(pool, 8, 3, work)
        for number in range(30):
            made.add("a", number)
        drained(made)
    assert most[0] <= 3


def test_a_free_thread_goes_to_the_owner_with_the_fewest_items_under_way():
    everybody = threading.Barrier(4)  # breaks unless all four owners are under way at once

    with ThreadPoolExecutor(4) as pool:
        made = pooled(pool, 4, 3, lambda _: everybody.wait(5.0))
        for owner in "aaabbbcccddd":
            made.add(owner, owner)
        assert len(drained(made)) == 12


def test_what_is_made_elsewhere_is_under_way_until_it_is_there():
    first = Future()
    with ThreadPoolExecutor(1) as pool:
        made = OwnerPool(pool, 1, 1, lambda item: first if item == 1 else now(lambda: item))
        made.add("a", 1)
        made.add("a", 2)
        assert made.finished(0.05) == []
        first.set_result("made")
        assert drained(made) == ["made", 2]


@pytest.mark.parametrize("work", [lambda item: 1 / item, lambda item: now(lambda: 1 / item)], ids=["the work", "what it makes"])
def test_what_fails_is_raised(work):
    with ThreadPoolExecutor(1) as pool:
        made = OwnerPool(pool, 1, 1, work)
        made.add("a", 0)
        with pytest.raises(ZeroDivisionError):
            drained(made)


def test_an_interrupt_ends_what_runs_and_drops_what_waits():
    stopped, begun = threading.Event(), []

    def work(item):
        begun.append(item)
        stopped.wait(30.0)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), worker_threads(2, stopped.set) as pool:
        for item in range(10):
            pool.submit(work, item)
        raise KeyboardInterrupt
    assert time.monotonic() - started < 10.0
    assert len(begun) <= 2
