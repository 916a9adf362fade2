"""A loopback site that answers for every host, as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.people import Person, load_person
from pipeline.scrape.client import Client
from pipeline.scrape.guard import Guard
from pipeline.store import Home

PERSON = """
person: ada
consent: {{granted_by: ada, date: 2026-01-01, expires: 2027-01-01, scope: a private model}}
handles: {{substack: ada, publications: [ada.substack.com]}}
limits: {{requests_per_second: 2000, posts_per_source: 100{limits}}}
archives: []
hops: {hops}
contact: https://rhizome.example/contact
"""
Answer = tuple[int, dict[str, str], bytes]
Rule = Callable[["Handler"], Answer | None]


class Handler(BaseHTTPRequestHandler):
    """One request. A rule that gives None has written to the socket itself."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one packet: else Nagle's algorithm waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        host = self.headers["Host"].split(":")[0]
        site.log.append((host, self.path, dict(self.headers)))
        rule = site.rules.get(f"{host}{self.path}", site.rules.get(f"{host}{self.path.split('?')[0]}"))
        if rule is None and self.path == "/robots.txt":
            rule = (404, {}, b"")
        answer = rule(self) if callable(rule) else rule or (404, {}, b"nothing here")
        if answer is not None:
            self.reply(*answer)

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The site's own log is enough."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, address: object) -> None:
        """A client that hangs up is what some tests are about."""


class Site:
    """`rules` by host and path; `log` of what was asked."""

    def __init__(self) -> None:
        self.rules: dict[str, Answer | Rule] = {}
        self.log: list[tuple[str, str, dict[str, str]]] = []
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.site = self  # type: ignore[attr-defined]
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def page(self, where: str, body: bytes | str, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> None:
        """A document that answers 304 to its own ETag."""
        content = body.encode() if isinstance(body, str) else body
        tag = f'"{len(content)}-{sum(content)}"'

        def answer(request: Handler) -> Answer:
            if request.headers.get("If-None-Match") == tag:
                return 304, {"ETag": tag} | headers, b""
            return status, {"Content-Type": kind, "ETag": tag} | headers, content

        self.rules[where] = answer

    def asked(self, host: str = "") -> list[str]:
        """Addresses asked, robots.txt and tdmrep.json aside."""
        aside = ("/robots.txt", "/.well-known/tdmrep.json")
        return [f"{at}{path}" for at, path, _ in self.log if path not in aside and host in at]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def make_person(tmp_path: Path) -> Callable[..., Person]:
    def make(hops: int = 2, limits: str = "") -> Person:
        path = tmp_path / "ada.yaml"
        path.write_text(PERSON.format(hops=hops, limits=limits))
        return load_person(path)

    return make


@pytest.fixture
def make_client(site: Site, home: Home, make_person: Callable[..., Person]) -> Callable[..., Client]:
    def make(limits: str = "", **options: Any) -> Client:
        return Client(home, make_person(limits=limits), "run", Guard(site.origin), **options)

    return make
