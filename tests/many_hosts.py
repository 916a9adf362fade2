"""A made-up neighbourhood of argv[1] articles, as a process of its own: a publication links to articles on many hosts.

A publication is asked for one document at a time, many hosts are asked side by side. It ends with its standard input.
"""

import json
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOSTS = 64
LINKS = 250  # of one post
LISTED = 25  # posts of one listing
PUBLICATION = "many.substack.com"
WORDS = [head + tail for head in ("ba", "ke", "lo", "mi", "nu", "ra", "se", "to") for tail in ("ler", "mon", "n", "rin", "s", "st", "th")]


def words(seed: int, paragraphs: int) -> str:
    """Paragraphs of 75 words that no other seed gives."""
    drawn = random.Random(seed).choices(WORDS, k=75 * paragraphs)
    return "".join(f"<p>{' '.join(drawn[start : start + 75])}.</p>" for start in range(0, len(drawn), 75))


def linked(number: int) -> str:
    return f'<p>More of it is in <a href="https://www.site{number % HOSTS}.example/articles/{number}">article {number}</a>.</p>'


def article(number: int, articles: int) -> str:
    """About 8 kB: twelve paragraphs, a picture, five links, and what stands around them."""
    links = "".join(linked((number + step) % articles) for step in (1, 3, 9, 27, 81))
    figure = f'<figure><img src="/pictures/{number}.jpg" width="800" height="600" alt="Picture {number}"></figure>'
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Article {number}</title></head>
<body><nav><a href="/">Home</a></nav><article><h1>Article {number}</h1>{words(number, 12)}{figure}{links}</article>
<footer><p>Printed by its writers</p></footer></body></html>"""


def post(number: int, articles: int) -> dict[str, object]:
    places = range(number * LINKS, min((number + 1) * LINKS, articles))
    return {
        "id": 1000 + number, "slug": f"post-{number}", "title": f"Post {number}", "type": "newsletter", "audience": "everyone",
        "post_date": "2026-01-01T00:00:00Z", "canonical_url": f"https://{PUBLICATION}/p/post-{number}", "publication_id": 10,
        "body_html": words(-number - 1, 1) + "".join(linked(place) for place in places),
    }  # fmt: skip


def answer(path: str, articles: int) -> tuple[str, str] | None:
    """(media type, body), or None for what is not there."""
    parts = path.partition("?")[0].strip("/").split("/")
    if parts[0] == "articles":
        return "text/html; charset=utf-8", article(int(parts[1]), articles)
    if parts[:3] == ["api", "v1", "archive"]:
        first = int(path.partition("offset=")[2].partition("&")[0])
        posts = range(-(-articles // LINKS))[first : first + LISTED]
        return "application/json", json.dumps([post(number, articles) | {"body_html": None} for number in posts])
    if parts[:3] == ["api", "v1", "posts"]:
        return "application/json", json.dumps(post(int(parts[3].removeprefix("post-")), articles))
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one packet

    def do_GET(self) -> None:
        found = answer(self.path, int(sys.argv[1]))
        kind, body = found or ("text/plain", "nothing here")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: object, address: object) -> None:
        """A client that is done tears its connections down."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
