"""A made-up neighbourhood on the loopback, in a process of its own: one publication whose posts link to articles on many hosts.

    python bench/loopback.py ARTICLES LATENCY_MS

It prints its port and answers for every host by the Host header until its standard input closes. Articles are about 10 kB, pictures
about 40 kB; everything carries an ETag and answers 304 to it.
"""

import asyncio
import io
import json
import sys
from functools import cache

import numpy as np
from PIL import Image

HOSTS = 64
LINKS = 250  # of one post: few posts, since one owner is asked for one document at a time, whatever its limits
PAGE = 25  # posts that the archive lists at once
PUBLICATION = "bench.substack.com"
HEADS, TAILS = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "wa"), ("d", "ler", "mon", "n", "rin", "s", "st", "ter", "th")
WORDS = np.array([head + tail for head in HEADS for tail in TAILS])


@cache
def paragraphs() -> list[str]:
    """Five hundred paragraphs of 60 to 120 words."""
    random = np.random.default_rng(7)
    return [" ".join(random.choice(WORDS, int(random.integers(60, 120)))).capitalize() + "." for _ in range(500)]


@cache
def picture() -> bytes:
    """A JPEG of about 40 kB; what is appended behind its first marker as a comment makes it another."""
    random = np.random.default_rng(8)
    coarse = Image.fromarray(random.integers(0, 255, (24, 32, 3), dtype=np.uint8)).resize((800, 600), Image.Resampling.BICUBIC)
    noisy = np.asarray(coarse, dtype=np.int16) + random.normal(0, 6, (600, 800, 1)).astype(np.int16)
    out = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=60)
    return out.getvalue()


def host_of(number: int) -> str:
    """Where an article stands."""
    return f"www.site{number % HOSTS}.example"


def article_url(number: int) -> str:
    """An article's address."""
    return f"https://{host_of(number)}/articles/{number}"


def article(number: int, articles: int) -> bytes:
    """An article: head, navigation, twelve paragraphs with a picture and five links, a footer."""
    host, texts = host_of(number), paragraphs()
    body = [f"<p>{texts[(number * 7 + place * 13) % len(texts)]}</p>" for place in range(12)]
    body.insert(4, f'<figure><img src="/pictures/{number}.jpg" width="800" height="600" alt="Picture {number}">'
                   f"<figcaption>What picture {number} shows</figcaption></figure>")  # fmt: skip
    for step in (1, 3, 9, 27, 81):
        target = (number + step) % articles
        body.append(f'<p>See also <a href="{article_url(target)}?utm_source=bench">article {target}</a>, which says more of it.</p>')
    menu = "".join(f'<li><a class="menu-item" href="/section/{n}">Section {n}</a></li>' for n in range(12))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Article {number}</title>
<meta property="og:title" content="Article {number}"><meta name="author" content="Writer {number % 9}">
<meta property="article:published_time" content="2026-03-0{number % 9 + 1}T10:00:00Z">
<link rel="canonical" href="https://{host}/articles/{number}"><script>window.dataLayer = [{number}];</script>
<style>body {{ font-family: serif; margin: 2em }} .menu-item {{ color: teal }}</style></head>
<body><header><nav><ul>{menu}</ul></nav></header><main><article><h1>Article {number}</h1>{"".join(body)}</article></main>
<footer><p>Printed by the writers of {host}</p></footer></body></html>""".encode()


def post(number: int, articles: int) -> dict[str, object]:
    """A post of the publication, which links to fifty articles."""
    places = range(number * LINKS, min((number + 1) * LINKS, articles))
    links = "".join(f'<p>Read <a href="{article_url(place)}">article {place}</a> on it.</p>' for place in places)
    return {
        "id": 1000 + number, "slug": f"post-{number}", "title": f"Post {number}", "type": "newsletter", "audience": "everyone",
        "post_date": "2026-01-01T00:00:00Z", "canonical_url": f"https://{PUBLICATION}/p/post-{number}", "wordcount": 9,
        "body_html": f"<p>{paragraphs()[number % 500]}</p>{links}", "publication_id": 10,
    }  # fmt: skip


def answer(host: str, path: str, articles: int) -> tuple[str, bytes]:
    """(media type, body); an empty media type for what is not there."""
    parts = path.split("?")[0].strip("/").split("/")
    if parts[0] == "articles":
        return "text/html; charset=utf-8", article(int(parts[1]), articles)
    if parts[0] == "pictures":
        jpeg, number = picture(), parts[1].encode()
        return "image/jpeg", jpeg[:2] + b"\xff\xfe" + (len(number) + 2).to_bytes(2, "big") + number + jpeg[2:]
    if host == PUBLICATION and parts[:3] == ["api", "v1", "archive"]:
        offset = int(path.split("offset=")[1].split("&")[0])
        listed = [post(number, articles) | {"body_html": None} for number in range(-(-articles // LINKS))[offset : offset + PAGE]]
        return "application/json", json.dumps(listed).encode()
    if host == PUBLICATION and parts[:3] == ["api", "v1", "posts"]:
        return "application/json", json.dumps(post(int(parts[3].split("-")[1]), articles)).encode()
    return "", b"not here"


class Connection(asyncio.Protocol):
    """One connection. Requests are answered `latency` seconds after they came."""

    def __init__(self, articles: int, latency: float) -> None:
        self._articles, self._latency, self._held = articles, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Takes every whole request in what has come."""
        *whole, self._held = (self._held + data).split(b"\r\n\r\n")
        for request in whole:
            asyncio.get_running_loop().call_later(self._latency, self._answer, request)

    def _answer(self, request: bytes) -> None:
        line, *rows = request.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
        path = line.split(" ")[1]
        kind, body = answer(headers["host"].split(":")[0], path, self._articles)
        tag = f'"{abs(hash(path)):x}"'
        status = "200 OK" if kind else "404 Not Found"
        if kind and headers.get("if-none-match") == tag:
            status, body = "304 Not Modified", b""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind or 'text/plain'}\r\nETag: {tag}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]


async def serve(articles: int, latency: float) -> None:
    """Answers until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(articles, latency), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
