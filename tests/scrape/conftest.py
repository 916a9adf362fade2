"""A loopback site that answers for every host, as a test tells it to."""

import datetime as dt
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.people import Person, load_person
from pipeline.scrape.body import Patience
from pipeline.scrape.client import Client
from pipeline.scrape.crawl import gather
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
IMPATIENT = Patience(backoff=0.01)
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


@contextmanager
def served_site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with served_site() as site:
        yield site


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    """One site for a whole table, whose rows are hosts of their own."""
    with served_site() as site:
        yield site


@pytest.fixture(scope="module")
def shared_client(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("shared")
    return Client(Home(folder / "home"), person_in(folder), "run", Guard(shared_site.origin), IMPATIENT)


def person_in(folder: Path, hops: int = 2, limits: str = "") -> Person:
    path = folder / "ada.yaml"
    path.write_text(PERSON.format(hops=hops, limits=limits))
    return load_person(path)


@pytest.fixture
def make_person(tmp_path: Path) -> Callable[..., Person]:
    return partial(person_in, tmp_path)


@pytest.fixture
def make_client(site: Site, home: Home, make_person: Callable[..., Person]) -> Callable[..., Client]:
    def make(limits: str = "", **options: Any) -> Client:
        return Client(home, make_person(limits=limits), "run", Guard(site.origin), **({"patience": IMPATIENT} | options))

    return make


# A small neighbourhood: own publication, a subscription, an opted-out one, web pages. Tests take these names from here.

TODAY = dt.date(2026, 6, 1)
JSON = "application/json"


def card(number, name, **more):
    return {"id": number, "name": name.title(), "subdomain": name, "custom_domain": None} | more


def post(number, slug, name, body="<p>Some words of a post.</p>", audience="everyone"):
    return {
        "id": number, "slug": slug, "title": slug.title(), "type": "newsletter", "audience": audience, "post_date": "2026-01-01T00:00:00Z",
        "canonical_url": f"https://{name}.substack.com/p/{slug}", "wordcount": 5, "body_html": body, "publication_id": 10,
    }  # fmt: skip


def publish(site, name, number, posts, recommends=(), **settings):
    host = f"{name}.substack.com"
    listed = [{**one, "body_html": None} for one in posts]

    def archive(request):
        offset = int(request.path.split("offset=")[1].split("&")[0])
        body = json.dumps(listed[offset : offset + 25]).encode()
        tag = f'"{zlib.crc32(body)}"'
        if request.headers.get("If-None-Match") == tag:
            return 304, {}, b""
        return 200, {"Content-Type": JSON, "ETag": tag}, body

    site.rules[f"{host}/api/v1/archive"] = archive
    for one in posts:
        shown = one if one["audience"] == "everyone" else {**one, "body_html": "<p>Hidden words that only some may read.</p>"}
        site.page(f"{host}/api/v1/posts/{one['slug']}", json.dumps(shown), JSON)
        detail = {"post": one, "publication": card(number, name), "publicationSettings": {"block_ai_crawlers": False} | settings}
        site.page(f"substack.com/api/v1/posts/by-id/{one['id']}", json.dumps(detail), JSON)
    rows = [{"recommendedPublication": card(*each)} for each in recommends]
    site.page(f"{host}/api/v1/recommendations/from/{number}", json.dumps(rows), JSON)


def article(words, *links, image=""):
    anchors = "".join(f'<p>See <a href="{link}">this page</a> for more of what was said about it.</p>' for link in links)
    shown = f'<figure><img src="{image}" width="400" height="300" alt=""></figure>' if image else ""
    body = f"<main><article><h1>{words}</h1><p>{words * 5}</p>{shown}{anchors}</article></main>"
    return f"<html><head><title>{words}</title></head><body>{body}</body></html>"


def item(what, number, user, words):
    note = {"id": number, "user_id": user, "body": words, "date": "2026-01-01T00:00:00Z", "attachments": []}
    return {"type": "comment", "context": {"type": what, "timestamp": "2026-01-01T00:00:00Z"}, "comment": note}


@pytest.fixture
def neighbourhood(site, draw, encode):
    own = {"publication_id": 10, "role": "admin", "is_primary": True, "publication": card(10, "ada")}
    shown = [{"id": n, "visibility": "public", "publication": card(n, name)} for n, name in ((20, "near"), (30, "shut"))]
    profile = {"id": 7, "name": "Ada", "handle": "ada", "publicationUsers": [own], "subscriptions": shown}
    site.page("substack.com/api/v1/user/ada/public_profile", json.dumps(profile), JSON)
    feed = {"items": [item("note", 1, 7, "A note of my own."), item("note_like", 2, 8, "SOMEBODY ELSE SAID")], "nextCursor": None}
    site.page("substack.com/api/v1/reader/feed/profile/7", json.dumps(feed), JSON)
    hrefs = ("https://web.example/one", "http://localhost/admin", "https://near.substack.com/p/n0")
    links = "<p>Words " + " ".join(f'<a href="{href}">there</a>' for href in hrefs) + "</p>"
    publish(site, "ada", 10, [post(100, "mine", "ada", links), post(101, "paid", "ada", audience="only_paid")])
    publish(
        site,
        "near",
        20,
        [*(post(200 + n, f"n{n}", "near") for n in range(30)), post(299, "dear", "near", audience="only_paid")],
        [(40, "far")],
    )
    publish(site, "shut", 30, [post(300, "s", "shut")], block_ai_crawlers=True)
    publish(site, "far", 40, [post(400, "f", "far")], [(50, "beyond")])
    publish(site, "beyond", 50, [post(500, "b", "beyond")])
    picture = "https://web.example/a.png"
    site.page("web.example/one", article("The first page", "https://web.example/two", "https://old.example/three", image=picture))
    site.page("web.example/two", article("The second page", "https://web.example/four"))
    site.rules["old.example/three"] = (301, {"Location": "https://web.example/three"}, b"")
    site.page("web.example/three", article("The third page"), **{"X-Robots-Tag": "noai"})
    site.page("web.example/a.png", encode(draw(1).resize((400, 300)), file_format="PNG"), "image/png")
    return site


def run(home, person, site, run_id="one", retry=None, today=TODAY):
    return gather(home, person, connect_to=site.origin, run_id=run_id, today=today, retry=retry)


def urls(home, kind="%"):
    rows = home.warehouse.rows("select url from pages where person = 'ada' and current and kind like ? order by url", kind)
    return [row["url"] for row in rows]
