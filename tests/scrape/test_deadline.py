"""A deadline over all of an exchange: what it watches is shut down when its time is up, and nothing else."""

import socket
import threading
import time

import pytest

from pipeline.scrape.deadline import Deadline, watch


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        yield ours, theirs


def test_a_socket_is_shut_down_when_the_time_is_up(pair):
    with Deadline(0.05) as deadline:
        watch(pair[0])
        assert pair[0].recv(1) == b""
    assert deadline.passed


def test_a_socket_that_is_taken_under_watch_too_late_is_shut_down_at_once(pair):
    with Deadline(0.01) as deadline:
        while not deadline.passed:
            time.sleep(0.01)
        watch(pair[0])
        assert pair[0].recv(1) == b""


def test_what_ends_in_time_is_left_alone(pair):
    with Deadline(0.05) as deadline:
        watch(pair[0])
    time.sleep(0.15)
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"
    assert not deadline.passed


def test_threads_have_deadlines_of_their_own(pair):
    begun = threading.Event()

    def slow():
        with Deadline(5.0):
            watch(pair[0])
            begun.set()
            assert pair[0].recv(1) == b"x"

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(5)
    with Deadline(0.01) as deadline:
        while not deadline.passed:
            time.sleep(0.01)
    pair[1].sendall(b"x")
    thread.join()


def test_without_a_deadline_nothing_is_watched(pair):
    watch(pair[0])
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"
