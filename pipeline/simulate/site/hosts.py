"""All hosts of the simulated world behind one door."""

import functools
from urllib.parse import parse_qsl

from pipeline.simulate.model import World
from pipeline.simulate.site import reply
from pipeline.simulate.site.pictures import Draw, Pictures
from pipeline.simulate.site.reply import Reply
from pipeline.simulate.site.substack import Substack

PINTEREST = "www.pinterest.com"
# Pinterest allows crawlers by name and closes the rest out, pictures' host excepted.
PINTEREST_ROBOTS = "User-agent: Googlebot\nAllow: /\n\nUser-agent: Bingbot\nAllow: /\n\nUser-agent: *\nDisallow: /\n"
KEPT = 4096  # prepared documents in memory


class Hosts:
    """The whole simulated internet: an answer for every host and address."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.substack, self.pictures = Substack(world), Pictures(world, draw)
        self._document = functools.lru_cache(maxsize=KEPT)(self._prepare)

    def answer(self, host: str, target: str) -> Reply:
        """The answer to a GET of `target` (path and query) from `host`; documents are prepared once."""
        if self.pictures.owns(host):
            return self.pictures.answer(host, target.partition("?")[0])
        return self._document(host, target)

    def _prepare(self, host: str, target: str) -> Reply:
        path, _, query = target.partition("?")
        if self.substack.owns(host):
            return self.substack.answer(host, path, dict(parse_qsl(query, keep_blank_values=True)))
        if host == PINTEREST:
            return reply.text(PINTEREST_ROBOTS) if path == "/robots.txt" else reply.text("Forbidden", 403)
        return reply.text("There is no such host here.", 404)
