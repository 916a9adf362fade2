"""A loopback server that sends exactly the bytes it is told to, however wrong: by path, step by step."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator

RESET = "reset"  # the connection is torn down
HANG = "hang"  # nothing more comes, and nothing ends
Step = bytes | float | str | Callable[[socket.socket], None]  # bytes are sent, seconds are waited


class Scripted:
    """`scripts`: what is sent for a path, `first` before anything is read. `asked`: the heads of the requests."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.scripts: dict[str, list[Step]] = {}
        self.first: list[Step] = []
        self.asked: list[bytes] = []
        self.server_names: list[str | None] = []
        self._context, self._over = context, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        if context is not None:
            context.sni_callback = lambda _, name, __: self.server_names.append(name)

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            if self.first:
                return self._play(connection, self.first)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            head = connection.recv(65536)
            self.asked.append(head)
            self._play(connection, self.scripts.get(head.split(b" ")[1].decode(), [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]))
        except (OSError, IndexError):
            pass  # whoever asked hung up, which is what some tests are about
        finally:
            connection.close()

    def _play(self, connection: socket.socket, steps: list[Step]) -> None:
        for step in steps:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            elif step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            elif step == HANG:
                self._over.wait(5)
            elif callable(step):
                step(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)


def drip(pieces: bytes, pause: float = 0.02, times: int = 200) -> Step:
    """The same bytes again and again."""

    def send(connection: socket.socket) -> None:
        for _ in range(times):
            connection.sendall(pieces)
            time.sleep(pause)

    return send


@contextlib.contextmanager
def served(context: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    server = Scripted(context)
    try:
        yield server
    finally:
        server.close()
