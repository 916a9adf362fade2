"""Pages of the open web: what the article says, with its pictures in their place, and nothing of the furniture around it."""

import re
from dataclasses import replace
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.scrape.addresses import canonical, host, is_imported, origin, srcset
from pipeline.scrape.feed import feeds_of
from pipeline.scrape.markup import classes, having, load_html
from pipeline.scrape.page_body import body_of, is_furniture
from pipeline.scrape.page_data import author_of, metadata_of, opt_out_of, published_of, title_of
from pipeline.scrape.reading import Reading, Rules, Walk, names, read
from pipeline.scrape.records import FoundLink, FoundPicture, Parsed, Role, Source
from pipeline.scrape.redact import LOCKED
from pipeline.scrape.substack_body import PICTURE_FILE, picture_of, post_address, read_body

LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file", "data-image-src")
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
ICONS = re.compile(r"(?:^|[-_])(?:avatar|gravatar|icon|emoji|logo|smiley|sprite|pixel|badge|wp-smiley)(?:$|[-_])", re.IGNORECASE)
TRACKER = re.compile(r"gravatar\.com|/pixel|doubleclick|feedburner|/blank\.|/spacer\.|/1x1", re.IGNORECASE)
UNREAD = names("script style form svg button input select textarea iframe video audio template object canvas dialog map math noframes")
PROSELESS = 2000  # characters of HTML that without a single paragraph are worth a remark
WIDEST = 1600  # pixels: no encoder looks at more
SUBSTACK_BODY = XPath(
    f"//*[{having('available-content')}]//*[{having('body')} and {having('markup')}] | //div[{having('body')} and {having('markup')}]"
)
# smart_strings: a found attribute would hold its whole page, and the cache of canonical addresses 60 MB of pages with it.
CANONICAL = XPath("//link[@href and contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href", smart_strings=False)


def parse_page(url: str, content: bytes, walk: Walk = read) -> Parsed:
    """An open-web page. Raises DocumentRejected where the bytes are too large."""
    root = load_html(content)
    base, metadata = _base(root, url), metadata_of(root)
    address, remarks = _address(root, url, base)
    known = Parsed(
        title=title_of(root, metadata),
        author=author_of(root, metadata),
        published_at=published_of(root, metadata),
        audience="only_paid" if metadata.get(LOCKED) == "locked" else "everyone",
        opted_out=opt_out_of(root),
        canonical_url=address,
        source=Source("web", "site", origin(address), title=host(address)) if origin(address) else None,
        remarks=remarks,
    )
    if known.audience != "everyone":
        return _filled(known, Reading(), address, "paid: metadata only")
    substack = next(iter(SUBSTACK_BODY(root)), None)
    if substack is None:
        known = replace(known, feeds=feeds_of(root, base, address))  # a publication of Substack has its archive
    found = read_body(substack, base, walk) if substack is not None else _read_article(root, base, walk)
    silent = walk is read and not found.passages and len(content) > PROSELESS
    return _filled(known, found, address, "no text was found in the page" if silent else "")


def _filled(known: Parsed, found: Reading, address: str, remark: str) -> Parsed:
    links = tuple(link for link in found.links.values() if link.url != address)
    fields = vars(known) | {
        "passages": tuple(found.passages),
        "pictures": tuple(found.pictures),
        "links": links,
        "remarks": (*known.remarks, remark) if remark else known.remarks,
    }
    return Parsed(**fields)


def _base(root: HtmlElement, url: str) -> str:
    tag = next(root.iterfind(".//base[@href]"), None)
    return (canonical(tag.get("href"), url) if tag is not None else None) or url


def _address(root: HtmlElement, url: str, base: str) -> tuple[str, tuple[str, ...]]:
    """The page's own address. A page may name another address of its host, but not speak for another host."""
    asked = canonical(url) or url
    said = CANONICAL(root)
    named = canonical(said[0], base) if said else None
    if named is None:
        return asked, ()
    if host(named).removeprefix("www.") != host(asked).removeprefix("www."):
        return asked, (f"names a canonical address at {host(named)}",)
    return named, ()


def _read_article(root: HtmlElement, base: str, walk: Walk) -> Reading:
    body, letters = body_of(root)
    rules = Rules(
        drops=lambda tag: tag.tag in UNREAD or is_furniture(tag, letters, letters[body]),
        closes=lambda tag: tag.tag == "noscript",
        pictures=lambda tag: _pictures(tag, base),
        links=lambda tag: _links(tag, base),
        role=_role,
        words=lambda tag: "",
    )
    return walk(body, rules)


def _role(tag: HtmlElement) -> Role | None:
    return "footnote" if tag.get("role") == "doc-endnotes" or not {"footnotes", "footnote"}.isdisjoint(classes(tag)) else None


def _pictures(tag: HtmlElement, base: str) -> list[FoundPicture]:
    if tag.tag == "noscript":
        return [] if _stands_beside(tag, base) else [found for inner in islice(tag.iter("img"), 5) for found in _pictures(inner, base)]
    if tag.tag != "img" or any(ICONS.search(name) for name in classes(tag)):
        return []
    address = _source(tag, base)
    if address is None or TRACKER.search(address):
        return []
    alt = tag.get("alt")
    found = picture_of(address, alt if isinstance(alt, str) else "", "", tag.get("width"), tag.get("height"))
    return [found] if found else []


def _stands_beside(noscript: HtmlElement, base: str) -> bool:
    """Whether the picture that a <noscript> repeats for readers without scripts is shown by its neighbour."""
    neighbours = (noscript.getprevious(), noscript.getnext())
    return any(_pictures(image, base) for near in neighbours if near is not None for image in islice(near.iter("img"), 3))


def _source(tag: HtmlElement, base: str) -> str | None:
    """The address of a picture: its lazily loaded one, else its own, else the largest that its sets offer up to WIDEST."""
    for name in (*LAZY, "src"):
        value = tag.get(name)
        if isinstance(value, str) and (address := value if is_imported(value) else canonical(value, base)):
            return address
    # To lxml a <source> is no empty element: the <img> stands inside the last of them.
    picture = next((parent for parent in islice(tag.iterancestors(), 8) if parent.tag == "picture"), None)
    around = islice(picture.iter("source"), 8) if picture is not None else []
    offered = [offer for holder in (tag, *around) for name in LAZY_SETS for offer in srcset(str(holder.get(name) or ""))]
    small = [offer for offer in offered if offer[1] <= WIDEST] or offered
    return canonical(max(small, key=lambda offer: offer[1])[0], base) if small else None


def _links(tag: HtmlElement, base: str) -> list[FoundLink]:
    href = tag.get("href") if tag.tag == "a" else None
    if not isinstance(href, str) or href.startswith("#"):
        return []
    address = post_address(href, base)
    if address is None or PICTURE_FILE.search(address.split("?", 1)[0]):
        return []
    return [FoundLink(address, "links_to")]
