"""Substack's body_html: its own vocabulary of widgets, embeds, footnotes, galleries and verse."""

import re
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.addresses import canonical, image_key, is_imported, origin, unwrap_image
from pipeline.scrape.decode import load_json
from pipeline.scrape.fetched import MAX_PIXELS
from pipeline.scrape.fields import number, shortened
from pipeline.scrape.markup import classes, load_html
from pipeline.scrape.reading import Reading, Rules, Walk, names, read
from pipeline.scrape.records import EdgeKind, FoundLink, FoundPicture, Role, Source

DROPPED_TAGS = names("script style form svg button input textarea select iframe video audio template noscript")
DROPPED_CLASSES = names(
    "subscription-widget-wrap subscription-widget-wrap-editor subscription-widget button-wrapper captioned-button-wrap cta-caption "
    "paywall-jump header-anchor-parent image-link-expand hide-text poll-embed file-embed-wrapper native-video-embed native-audio-embed "
    "datawrapper-wrap latex-rendered community-chat install-substack-app-embed footnote-anchor footnote-number"
)
POST_EMBEDS = frozenset(("digest-post-embed", "embedded-post-wrap"))
PUBLICATION_EMBED = "embedded-publication-wrap"
OTHER_EMBEDS = names(
    "tweet twitter-embed youtube-wrap vimeo-wrap instagram spotify-wrap tiktok-wrap bluesky-wrap apple-podcast-container comment"
)
NAMED = (("mention-wrap", "name"), ("cashtag-wrap", "symbol"))
ADDRESSES = {"youtube-wrap": ("videoId", "https://www.youtube.com/watch?v="), "vimeo-wrap": ("videoId", "https://vimeo.com/"),
             "instagram": ("instagram_id", "https://www.instagram.com/p/")}  # fmt: skip
GALLERY = "image-gallery-embed"
CLOSED = POST_EMBEDS | OTHER_EMBEDS | {PUBLICATION_EMBED, GALLERY}
SMALLEST = 32  # pixels; below this it is an icon
ICON = re.compile(r"attachment_icon|/icons?/|/avatars?/|[,/]w_(?:36|80|120),h_\d+,c_fill", re.IGNORECASE)
KEY = re.compile(r"^[\w-]{1,64}$")
PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif|heic|bmp|tiff?)$", re.IGNORECASE)
UNDECODED = re.compile(r"\.(?:hei[cf]|avif|bmp|tiff?|jxl)$", re.IGNORECASE)
OPEN_LINK = re.compile(r"^https://open\.substack\.com/pub/([\w-]+)/p/([\w-]+)/?$")
BLUESKY = re.compile(r"^at://(did:[a-z]+:[\w.%:-]{1,200}|[\w.-]{1,253})/app\.bsky\.feed\.post/(\w{1,32})$")
COMMENTS = re.compile(r"^(https://[^/]+/p/[^/?]+)/comments?/?(?:\?.*)?$")


def read_body(markup: str | HtmlElement, base: str, walk: Walk = read) -> Reading:
    """Passages, pictures and links of a body, in reading order. `base` resolves relative addresses."""
    root = load_html(markup) if isinstance(markup, str) else markup
    return walk(root, Rules(_drops, _closes, _pictures, lambda tag: _links(tag, base), _role, _words))


def post_address(url: str, base: str = "") -> str | None:
    """The canonical address of a link; links to a Substack post through the app or to its comments become the post's own."""
    address = canonical(url, base)
    if address is None:
        return None
    if app := OPEN_LINK.match(address.split("?", 1)[0]):
        return f"https://{app.group(1)}.substack.com/p/{app.group(2)}"
    comments = COMMENTS.match(address)
    return comments.group(1) if comments else address


def picture_of(src: str, alt: str = "", caption: str = "", width: object = None, height: object = None) -> FoundPicture | None:
    """A picture by any of its addresses, unwrapped to the original; None for icons and what has no address.

    Where the original could not be kept, and `src` is the platform's own smaller JPEG of it, that is the picture.
    """
    address, true_width, true_height = unwrap_image(src)
    if is_unfit(src) and canonical(src) != address:
        address, true_width, true_height = canonical(src) or address, None, None
    if not (canonical(address) or is_imported(address)) or ICON.search(src) or address.split("?", 1)[0].lower().endswith(".svg"):
        return None
    wide, high = true_width or _pixels(width), true_height or _pixels(height)
    if min(wide or SMALLEST, high or SMALLEST) < SMALLEST:
        return None
    return FoundPicture(0, address, _line(alt), _line(caption), wide, high)


def is_unfit(src: str) -> bool:
    """Whether the original behind an address could not be kept, as its name says: a format that is not decoded, or too many pixels."""
    address, width, height = unwrap_image(src)
    return UNDECODED.search(address.split("?", 1)[0]) is not None or (width or 0) * (height or 0) > MAX_PIXELS


def _drops(tag: HtmlElement) -> bool:
    return tag.tag in DROPPED_TAGS or not DROPPED_CLASSES.isdisjoint(classes(tag))


def _closes(tag: HtmlElement) -> bool:
    return not CLOSED.isdisjoint(classes(tag))


def _role(tag: HtmlElement) -> Role | None:
    return "footnote" if "footnote" in classes(tag) or "footnotes" in classes(tag) else None


def _words(tag: HtmlElement) -> str:
    """A mention's name and a stock's sign stand in data-attrs alone; the span is empty."""
    named = next((field for name, field in NAMED if name in classes(tag)), None)
    if named is None or "".join(tag.itertext()).strip():
        return ""
    return _line(data_of(tag).get(named))


def _pictures(tag: HtmlElement) -> list[FoundPicture]:
    called = classes(tag)
    if GALLERY in called:
        return _gallery(tag)
    if tag.tag == "img":
        data = data_of(tag)
        sources = [str(source) for source in (data.get("src"), tag.get("src"), tag.get("data-src")) if source]
        src = sources[0] if sources else ""
        if is_unfit(src) and len(sources) > 1 and image_key(sources[1]) == image_key(src):
            src = sources[1]  # what the page shows of it
        alt = str(tag.get("alt") or data.get("alt") or "")
        found = picture_of(src, alt, "", data.get("width") or tag.get("width"), data.get("height") or tag.get("height"))
        return [replace(found, bytes=number(data, "bytes"))] if found and "avatar" not in " ".join(called) else []
    if "image3" in called and next(tag.iter("img"), None) is None:
        data = data_of(tag)
        found = picture_of(str(data.get("src") or ""), str(data.get("alt") or ""), "", data.get("width"), data.get("height"))
        return [found] if found else []
    return []


def _gallery(tag: HtmlElement) -> list[FoundPicture]:
    gallery = data_of(tag).get("gallery")
    images = gallery.get("images") if isinstance(gallery, dict) else None
    found = []
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict) and isinstance(gallery, dict):
            alt = str(image.get("alt") or gallery.get("alt") or "")
            found.append(picture_of(str(image.get("src") or ""), alt, str(gallery.get("caption") or "")))
    return [picture for picture in found if picture]


def _links(tag: HtmlElement, base: str) -> list[FoundLink]:
    called = set(classes(tag))
    data = data_of(tag) if called & CLOSED or "mention-wrap" in called else {}
    if called & POST_EMBEDS:
        return _link(data.get("canonical_url") or data.get("url"), base, "embeds")
    if PUBLICATION_EMBED in called:
        return _publication_link(data.get("base_url"), "embeds", data)
    if "mention-wrap" in called:
        is_publication = data.get("type") == "pub"
        return _publication_link(data.get("url"), "mentions", data) if is_publication else _link(data.get("url"), "", "mentions")
    if called & OTHER_EMBEDS:
        return _link(_embedded(called, data), base, "embeds")
    if tag.tag == "a":
        return [link for link in _link(tag.get("href"), base, "links_to") if "image-link" not in called or not _is_file(link.url)]
    return []


def _embedded(called: set[str], data: dict[str, Any]) -> object:
    """Where an embed of another site comes from: the address that its number stands for, else its own word."""
    for name, (field, base) in ADDRESSES.items():
        key = data.get(field) if name in called else None
        if isinstance(key, str) and KEY.match(key):
            return base + key
    post = BLUESKY.match(str(data.get("uri") or ""))
    return f"https://bsky.app/profile/{post.group(1)}/post/{post.group(2)}" if post else data.get("url")


def _is_file(address: str) -> bool:
    """Whether a picture's link leads to its own file, as it does unless the author gave it another."""
    return (
        image_key(address) is not None or unwrap_image(address)[0] != address or PICTURE_FILE.search(address.split("?", 1)[0]) is not None
    )


def _link(href: object, base: str, kind: EdgeKind) -> list[FoundLink]:
    address = post_address(href, base) if isinstance(href, str) and not href.startswith("#") else None
    return [FoundLink(address, kind)] if address else []


def _publication_link(href: object, kind: EdgeKind, data: dict[str, Any]) -> list[FoundLink]:
    """A link to a publication, with the publication as a source that may be walked."""
    links = _link(href, "", kind)
    number = data.get("id") if isinstance(data.get("id"), int) else None
    name = _line(data.get("name"))
    return [replace(link, to=Source("substack", "publication", origin(link.url), title=name, number=number)) for link in links]


def data_of(tag: HtmlElement) -> dict[str, Any]:
    """The JSON of data-attrs; empty where there is none that can be read."""
    try:
        data = load_json(str(tag.get("data-attrs") or "{}"))
    except DocumentRejected:
        return {}
    return data if isinstance(data, dict) else {}


def _pixels(value: object) -> int | None:
    try:
        return round(float(str(value))) if value is not None else None
    except (ValueError, OverflowError):
        return None


def _line(value: object) -> str:
    return shortened(" ".join(value.split())) if isinstance(value, str) else ""
