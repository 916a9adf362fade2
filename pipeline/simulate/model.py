"""What a simulated world consists of: plain data, no drawing and no serving.

A *mood* is one level for each of the four style factors. A post has a mood; its words carry it through the author's own
habit (which words stand for which level), its pictures carry it in their style. The bridge between the two is the author's.
"""

from dataclasses import dataclass, field
from datetime import datetime

FACTORS = ("palette", "light", "composition", "texture")

Mood = tuple[int, int, int, int]  # one level per factor, in the order of FACTORS


@dataclass(frozen=True)
class Picture:
    """A picture that can be drawn: what it shows, in which style, and its literal caption.

    `alteration` names how a planted near-duplicate differs from the picture that `seed` draws ("" for an original).
    """

    picture_id: str  # 32 hex characters; serves as Pinterest signature, and as Substack upload uuid once hyphenated
    style: Mood
    objects: tuple[str, ...]
    seed: int
    caption: str
    alteration: str = ""
    props: tuple[str, ...] = ()  # small things that are drawn too; the caption seldom names them


@dataclass(frozen=True)
class Inline:
    """A picture's place in a post: after the paragraph with this index."""

    after: int
    picture: Picture
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Post:
    """One essay."""

    post_id: int
    slug: str
    title: str
    subtitle: str
    published_at: datetime
    mood: Mood
    topic: str  # the literal subject, unrelated to the pictures
    paragraphs: tuple[str, ...]
    pictures: tuple[Inline, ...]
    links: tuple[str, ...] = ()  # addresses that the last paragraph links to
    audience: str = "everyone"


@dataclass(frozen=True)
class Publication:
    """A Substack publication."""

    publication_id: int
    subdomain: str
    name: str
    author: str  # handle
    hop: int  # from the person whose world this is; for the truth only
    posts: tuple[Post, ...]
    recommends: tuple[str, ...] = ()  # subdomains
    opted_out: str = ""  # "block_ai_crawlers" or ""


@dataclass(frozen=True)
class Pin:
    """A saved picture. `link` is the post it points at, or ""."""

    pin_id: int
    board: str
    picture: Picture
    link: str
    created_at: datetime
    title: str = ""
    details: str = ""
    alt: str = ""
    private: bool = False
    alive: bool = True  # a dead pin is still in the export, but its picture is gone


@dataclass(frozen=True)
class Person:
    """Somebody with habits: `habit[factor][level]` are the words that stand for that level to this person."""

    handle: str
    user_id: int
    habit: tuple[tuple[tuple[str, ...], ...], ...]
    publication: str = ""  # subdomain of their own, or ""
    subscribes: tuple[str, ...] = ()
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True)
class World:
    """Everything there is, the same for the same name, size and seed."""

    name: str
    seed: int
    people: dict[str, Person] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)


def post_url(publication: Publication, post: Post) -> str:
    """The post's address on Substack."""
    return f"https://{publication.subdomain}.substack.com/p/{post.slug}"
