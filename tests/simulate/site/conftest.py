"""A small world by hand, the site that serves it, and a way to ask it. (Tests cannot import each other: helpers are fixtures.)"""

import http.client
import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from pipeline.simulate.model import Inline, Person, Picture, Pin, Post, Publication, World, post_url
from pipeline.simulate.site import serve


def _picture(number):
    return Picture(f"{number:032x}", (0, 0, 0, 0), ("boat",), number, f"a boat, number {number}")


def post(number, audience="everyone", links=()):
    shown = tuple(Inline(after, _picture(10 * number + after), alt=f'alt "{after}" & more', caption="a < b") for after in (0, 2))
    texts = tuple(f"Paragraph {number}.{part} says fish & chips." for part in range(4))
    when = datetime(2024, 1, number, 8, 30, tzinfo=UTC)
    return Post(number, f"post-{number}", f"Post <{number}>", "", when, (0, 0, 0, 0), "tea", texts, shown, links, audience)


def _draw(shown):
    return b"\xff\xd8" + shown.caption.encode()


def _world():
    ada = Publication(71, "ada", "Ada & Co", "ada", 0, tuple(post(n) for n in range(1, 6)), recommends=("bob",))
    bob = Publication(72, "bob", "Bob", "bob", 1, (post(8, "only_paid"), post(9, links=(post_url(ada, ada.posts[0]),))))
    bob = replace(bob, opted_out="block_ai_crawlers")
    pins = (
        Pin(501, "Boats", _picture(901), post_url(ada, ada.posts[0]), datetime(2024, 2, 1, tzinfo=UTC)),
        Pin(502, "Boats", _picture(902), "", datetime(2024, 2, 2, tzinfo=UTC), alive=False),
    )
    people = {"ada": Person("ada", 1, (), "ada", ("bob",), pins), "bob": Person("bob", 2, (), "bob"), "cy": Person("cy", 3, ())}
    return World("small", 1, people, {"ada": ada, "bob": bob})


@pytest.fixture(scope="module")
def world():
    return _world()


@pytest.fixture(scope="module")
def served(world):
    with serve(world, _draw) as running:
        yield running


def _ask(origin, url, method="GET", **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, headers={"Host": parts.netloc, **{name.replace("_", "-"): value for name, value in headers.items()}})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def _data(origin, url):
    response, body = _ask(origin, url)
    assert response.status == 200, body
    assert response.headers["Content-Type"].startswith("application/json")
    return json.loads(body)


@pytest.fixture(scope="session")
def picture():
    """picture(number): a picture without a style of its own."""
    return _picture


@pytest.fixture(scope="session")
def draw():
    """draw(picture): bytes that tell pictures apart."""
    return _draw


@pytest.fixture(scope="session")
def ask():
    """ask(origin, url, method, **headers): (response, body)."""
    return _ask


@pytest.fixture(scope="session")
def data():
    """data(origin, url): the JSON of a good answer."""
    return _data
