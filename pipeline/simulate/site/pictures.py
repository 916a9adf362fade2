"""The picture hosts: Substack's uploads and their proxy, and Pinterest's pictures. Pictures are drawn when asked for."""

import functools
import re
import uuid
from collections.abc import Callable
from urllib.parse import unquote

from pipeline.simulate.model import Picture, World
from pipeline.simulate.site import reply
from pipeline.simulate.site.addresses import PINNED, PROXY, UPLOADS
from pipeline.simulate.site.reply import Reply

Draw = Callable[[Picture], bytes]

KEPT = 1024  # drawn pictures in memory, some 10 KB each
_PIN_SIZES = "236x|474x|564x|736x"


class Pictures:
    """Answers for the hosts that serve pictures."""

    def __init__(self, world: World, draw: Draw) -> None:
        posts = [post for publication in world.publications.values() for post in publication.posts]
        pins = [pin for person in world.people.values() for pin in person.pins if pin.alive]
        self.uploads = {str(uuid.UUID(inline.picture.picture_id)): inline.picture for post in posts for inline in post.pictures}
        self.pinned = {pin.picture.picture_id: pin.picture for pin in pins}
        self.draw = functools.lru_cache(maxsize=KEPT)(draw)

    def owns(self, host: str) -> bool:
        """Whether this host serves pictures."""
        return host in (UPLOADS, PROXY, PINNED)

    def answer(self, host: str, path: str) -> Reply:
        """The answer to a GET."""
        if host == UPLOADS:
            return self._upload(path)
        return self._proxied(path) if host == PROXY else self._pin(path)

    def _upload(self, path: str) -> Reply:
        """/public/images/{uuid}_{W}x{H}.jpeg. As S3 does, whatever is not there is denied, robots.txt too."""
        match = re.fullmatch(r"/public/images/([0-9a-f-]{36})_\d+x\d+\.jpeg", path)
        found = self.uploads.get(match[1]) if match else None
        return reply.picture(self.draw(found)) if found else _denied()

    def _proxied(self, path: str) -> Reply:
        """/image/fetch/{options}/{address}: the upload as it is, for every size is larger than it."""
        if path == "/robots.txt":
            return reply.text("User-agent: *\nDisallow:\n")
        match = re.fullmatch(rf"/image/fetch/[^/]+/https://{re.escape(UPLOADS)}(/.+)", unquote(path))
        return self._upload(match[1]) if match else reply.text("Not found", 404)

    def _pin(self, path: str) -> Reply:
        """/{size}/{aa}/{bb}/{cc}/{signature}.jpg; originals are denied, as they often are."""
        if path == "/robots.txt":
            return reply.text("User-agent: Googlebot-Image\nAllow: /\n")
        match = re.fullmatch(rf"/(?:{_PIN_SIZES})/(..)/(..)/(..)/(\1\2\3[0-9a-f]{{26}})\.jpg", path)
        found = self.pinned.get(match[4]) if match else None
        return reply.picture(self.draw(found)) if found else _denied()


def _denied() -> Reply:
    return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
