"""Serves a world over HTTP on loopback, in threads of this process."""

import contextlib
import logging
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from pipeline.simulate.model import World
from pipeline.simulate.site.hosts import Hosts
from pipeline.simulate.site.pictures import Draw
from pipeline.simulate.site.reply import Reply, still_fresh

GOODBYE_SECONDS = 5.0  # for requests that are under way when the server stops


class Request(NamedTuple):
    """One request that was answered."""

    host: str
    path: str
    status: int
    conditional: bool


@dataclass(frozen=True)
class Served:
    """A world that is being served: where, and what was asked of it so far."""

    origin: str
    log: list[Request] = field(default_factory=list)

    def counts(self) -> Counter[tuple[str, int]]:
        """Requests by (host, status)."""
        return Counter((request.host, request.status) for request in list(self.log))


class _Handler(BaseHTTPRequestHandler):
    """One connection: any number of requests, each answered by its Host header."""

    protocol_version = "HTTP/1.1"
    server_version = "simulated"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one piece
    server: "_Server"

    def do_GET(self) -> None:
        """Answers a GET."""
        host = self.headers.get("Host", "").partition(":")[0].lower()
        tag, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        found = self.server.hosts.answer(host, self.path)
        status = 304 if still_fresh(found, tag, since) else found.status
        self.server.log.append(Request(host, self.path, status, tag is not None or since is not None))
        self._send(found, status)

    do_HEAD = do_GET

    def _send(self, answer: Reply, status: int) -> None:
        self.send_response(status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests stand in the server's own log; stderr stays quiet."""


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that none outlives it."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, hosts: Hosts, log: list[Request]) -> None:
        self.hosts, self.log = hosts, log
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Notes the connection, then hands it to a thread."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Closes a connection and forgets it."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def hang_up(self) -> None:
        """Ends every open connection and waits until their threads are through."""
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the other side was quicker
                    connection.shutdown(socket.SHUT_RDWR)
            if not self._changed.wait_for(lambda: not self._open, timeout=GOODBYE_SECONDS):
                logging.getLogger(__name__).warning("%d connections did not end within %.0f s", len(self._open), GOODBYE_SECONDS)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nobody needs to hear of a client that went away; anything else is a mistake of ours and is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            logging.getLogger(__name__).exception("the simulated site could not answer")


@contextlib.contextmanager
def serve(world: World, draw: Draw) -> Iterator[Served]:
    """Serves `world` on a free port of 127.0.0.1 until the block ends; `draw` makes a picture's JPEG bytes.

    Every host is answered at the one origin, by its Host header. When the block ends, port, connections and threads are gone.
    """
    log: list[Request] = []
    server = _Server(Hosts(world, draw), log)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulated-site", daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_address[1]}", log)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.hang_up()
