"""A total deadline: a timeout per read lets ten bytes in four seconds pass a limit of one (measured)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def answer_within(connection: socket.socket | None, seconds: float) -> Iterator[None]:
    """Shuts a socket down when the block takes longer than `seconds`: a server that drips its headers ends in an error."""
    timer = threading.Timer(seconds, _shut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: socket.socket | None) -> None:
    with suppress(OSError):  # closed meanwhile, which is what was wanted
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
