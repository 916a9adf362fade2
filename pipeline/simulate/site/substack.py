"""Substack in the simulated world: substack.com and one host per publication."""

import html
import re
import sys
from collections.abc import Mapping

from pipeline.simulate.model import Post, Publication, World, post_url
from pipeline.simulate.site import reply, shapes
from pipeline.simulate.site.body import web_body
from pipeline.simulate.site.reply import Reply

CENTRE = "substack.com"
LARGEST_LIMIT, USUAL_LIMIT = 50, 12
_CLOSED = (
    "/action/", "/publish", "/sign-in", "/channel-frame", "/session-attribution-frame", "/visited-surface-frame", "/feed/private",
    "/feed/podcast/*/private/*.rss", "/subscribe", "/lovestack/*", "/p/*/comment/*", "/inbox/post/*", "/notes/post/*", "/embed",
)  # fmt: skip
ROBOTS = "User-agent: BLEXBot\nDisallow: /\n\nUser-agent: *\n" + "".join(f"Disallow: {path}\n" for path in _CLOSED)
_NUMBER = re.compile("[0-9]{1,15}")
_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="canonical" href="{url}">'
    '<meta property="og:title" content="{title}"><meta property="og:site_name" content="{name}"><meta name="generator" content="Substack">'
    '</head><body><article class="newsletter-post post"><h1 class="post-title">{title}</h1><h3 class="subtitle">{subtitle}</h3>'
    '<div class="available-content"><div class="body markup">{body}</div></div></article></body></html>'
)


class Substack:
    """Answers for substack.com and every publication's host."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hosts = {f"{publication.subdomain}.{CENTRE}": publication for publication in world.publications.values()}
        self.numbers = {publication.publication_id: publication for publication in world.publications.values()}
        self.users = {person.user_id for person in world.people.values()}
        self.posts = {post.post_id: (publication, post) for publication in world.publications.values() for post in publication.posts}
        self.newest = {
            publication.subdomain: sorted(publication.posts, key=lambda post: (post.published_at, post.post_id), reverse=True)
            for publication in world.publications.values()
        }
        self.slugs = {publication.subdomain: {post.slug: post for post in publication.posts} for publication in world.publications.values()}

    def owns(self, host: str) -> bool:
        """Whether this host is one of Substack's."""
        return host == CENTRE or host in self.hosts

    def answer(self, host: str, path: str, query: Mapping[str, str]) -> Reply:
        """The answer to a GET."""
        if path == "/robots.txt":
            return reply.text(f"{ROBOTS}\nSitemap: https://{host}/sitemap.xml\n")
        if match := re.fullmatch(r"/api/v1/recommendations/from/([0-9]{1,15})", path):
            return self._recommendations(int(match[1]), query)
        return self._centre(path) if host == CENTRE else self._publication(self.hosts[host], path, query)

    def _centre(self, path: str) -> Reply:
        if match := re.fullmatch(r"/api/v1/user/([\w-]+)/public_profile", path):
            person = self.world.people.get(match[1])
            return reply.api(shapes.profile(self.world, person)) if person else _no_page()
        if (match := re.fullmatch(r"/api/v1/posts/by-id/([0-9]{1,15})", path)) and int(match[1]) in self.posts:
            return reply.api(shapes.by_id(self.world, *self.posts[int(match[1])]))
        if (match := re.fullmatch(r"/api/v1/reader/feed/profile/([0-9]{1,15})", path)) and int(match[1]) in self.users:
            return reply.api(shapes.activity())
        return _nothing() if path.startswith("/api/") else _no_page()

    def _publication(self, publication: Publication, path: str, query: Mapping[str, str]) -> Reply:
        slugs = self.slugs[publication.subdomain]
        if path == "/api/v1/archive":
            return self._archive(publication, query)
        if (match := re.fullmatch(r"/api/v1/posts/([\w-]+)", path)) and match[1] in slugs:
            return reply.api(shapes.full(self.world, publication, slugs[match[1]]))
        if (match := re.fullmatch(r"/p/([\w-]+)", path)) and match[1] in slugs:
            return _post_page(publication, slugs[match[1]])
        if path == "/":
            name = html.escape(publication.name)
            return reply.page(f"<!DOCTYPE html><html><head><title>{name}</title></head><body><h1>{name}</h1></body></html>")
        return _nothing() if path.startswith("/api/") else _no_page()

    def _archive(self, publication: Publication, query: Mapping[str, str]) -> Reply:
        """Posts from the newest to the oldest, without bodies: a bare array."""
        for name, usual, least, most in (("limit", USUAL_LIMIT, 1, LARGEST_LIMIT), ("offset", 0, 0, sys.maxsize)):
            given = query.get(name, str(usual))
            if not _NUMBER.fullmatch(given) or not least <= int(given) <= most:
                return _invalid(name, given)
        start, limit = int(query.get("offset", 0)), int(query.get("limit", USUAL_LIMIT))
        return reply.api(
            [shapes.brief(self.world, publication, post) for post in self.newest[publication.subdomain][start : start + limit]]
        )

    def _recommendations(self, number: int, query: Mapping[str, str]) -> Reply:
        """A bare array, or with `paginate=true` {rows, total}."""
        rows = shapes.recommendations(self.world, self.numbers[number]) if number in self.numbers else []
        return reply.api({"rows": rows, "total": len(rows)} if query.get("paginate") == "true" else rows)


def _post_page(publication: Publication, post: Post) -> Reply:
    title, name, subtitle = (html.escape(text) for text in (post.title, publication.name, post.subtitle))
    return reply.page(_PAGE.format(title=title, name=name, subtitle=subtitle, url=post_url(publication, post), body=web_body(post)))


def _invalid(parameter: str, value: str) -> Reply:
    given: int | str = int(value) if _NUMBER.fullmatch(value) else value
    return reply.refusal(400, {"errors": [{"location": "query", "param": parameter, "value": given, "msg": "Invalid value"}]})


def _nothing() -> Reply:
    return reply.refusal(404, {"error": "Not found", "type": "single"})


def _no_page() -> Reply:
    return Reply(404, b"<!DOCTYPE html><html><body><h1>Page not found</h1></body></html>", "text/html; charset=utf-8")
