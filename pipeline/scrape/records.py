"""What fetching and parsing hand to each other: a document on its way in, and what was found in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "substack_profile",  # listings: they lead to documents and are no artefacts themselves
    "substack_archive",
    "substack_recommendations",
    "substack_activity",  # the person's own notes are passages with pictures; restacks and likes are edges
    "substack_publication",  # a publication's settings, from one posts/by-id call: its opt-outs
    "pinterest_feed",  # an account's RSS: its newest pins
    "substack_post",  # the JSON of posts/{slug}
    "substack_export_post",  # JSON: a row of posts.csv with its HTML as `body_html`, made by the importer
    "pinterest_board",  # JSON made by the importer: id, name, description, url, privacy
    "pinterest_pin",  # JSON made by the importer: the fields of one pin, without the IP address
    "imported_picture",  # JSON made by the importer: a picture of the person's own collection with its caption
    "web_page",  # HTML
    "web_feed",  # RSS or Atom, stored as JSON: a listing that leads to pages of its site
]

Platform = Literal["substack", "pinterest", "web", "import"]
EdgeKind = Literal["contains", "embeds", "links_to", "recommends", "subscribes", "restacks", "likes", "saves", "mentions"]
Role = Literal["body", "footnote", "note", "pin", "board"]  # body and footnote: running text; pin, board: their own words


@dataclass(frozen=True)
class Source:
    """Where content comes from. `url` identifies it: a publication's base, a board's or profile's address, a site's origin,
    an imported folder's name."""

    platform: Platform
    kind: Literal["publication", "account", "board", "site", "collection"]
    url: str
    handle: str = ""
    title: str = ""
    number: int | None = None  # Substack's publication or user id


@dataclass(frozen=True)
class Document:
    """One document: its canonical address and how it came; with its redacted bytes where it comes from an archive."""

    url: str
    kind: Kind
    content_type: str
    source: Source
    hop: int
    via: str = "crawl"  # or the archive's file name
    opted_out: str | None = None  # why it may not train, where an imported answer's headers say so
    content: bytes = b""  # of what is crawled none: it stands among the blobs before anything else is done with it


@dataclass(frozen=True)
class FoundPassage:
    """A paragraph in reading order. `position` counts passages, pictures and headings of a document together."""

    position: int
    text: str
    role: Role = "body"


@dataclass(frozen=True)
class FoundPicture:
    """A place where a picture stands. `image_url` is the original's address; sizes are known where the page tells them."""

    position: int
    image_url: str
    alt: str = ""
    caption: str = ""
    width: int | None = None
    height: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class FoundLink:
    """A link from the document (or its source) to an address. `to` is set where the far end is a source we may walk.

    `position` is the place in reading order where it stands: that of the passage that holds it, of what comes next where none does.
    """

    url: str
    kind: EdgeKind
    happened_at: datetime | None = None
    to: Source | None = None
    position: int | None = None


@dataclass(frozen=True)
class ListedPost:
    """A post that an archive lists: enough to ask for it, and to say beforehand what it would cost."""

    number: int
    slug: str
    url: str
    title: str
    audience: str
    published_at: datetime | None
    wordcount: int | None = None
    kind: str = "newsletter"


@dataclass(frozen=True)
class Parsed:
    """What one document says. Empty where it says nothing of the sort; `remarks` names what was not understood."""

    title: str = ""
    author: str = ""  # handle, or name; keyed before it is stored unless it is the person's own
    published_at: datetime | None = None
    audience: str = "everyone"
    opted_out: str | None = None  # the document's own word: meta robots noai/noindex, block_ai_crawlers ...
    canonical_url: str = ""
    passages: tuple[FoundPassage, ...] = ()
    pictures: tuple[FoundPicture, ...] = ()
    links: tuple[FoundLink, ...] = ()
    source: Source | None = None  # the source that the document belongs to, or tells of
    section: str = ""  # the part of its publication that a post appeared in
    listed: tuple[ListedPost, ...] = ()  # archives only
    rows: int = 0  # listings only: the entries of this page, and how many of them could not be read
    unread: int = 0
    stated: int | None = None  # listings only: how many entries there are in all, by their own word
    keys: tuple[str, ...] = ()  # activity only: what tells its items from each other
    next_cursor: str | None = None  # activity, and lists of posts that have one
    feeds: tuple[str, ...] = ()  # web pages only: the addresses of the feeds that the page names for its own site (kind `web_feed`)
    pins: tuple[Mapping[str, Any], ...] = ()  # feeds only: pins that they hold whole
    remarks: tuple[str, ...] = ()
