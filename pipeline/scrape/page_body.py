"""Which part of a page is its article, and what inside that part is furniture."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

from pipeline.scrape.markup import classes, having, to_html
from pipeline.scrape.reading import names

FURNITURE_TAGS = names("nav aside footer")
FURNITURE_ROLES = names("navigation banner contentinfo search complementary menu toolbar dialog alert")
FURNITURE = re.compile(
    r"^(?:byline|post-?meta|entry-?meta|article-?meta|meta-?data|post-?date|share|sharing|social|sharedaddy|jp-relatedposts|related|"
    r"newsletter|subscribe|signup|cookies?|consent|comments?|comment-list|respond|breadcrumbs?|pagination|pager|post-?navigation|"
    r"nav-?links|sidebar|widget|advert|advertisement|ads?|promo|promotion|skip|skip-link|sr-only|screen-reader-text|"
    r"visually-hidden|tags|tag-?list|post-?tags|author-?box|author-?bio|print-only|toc|table-of-contents)"
    r"(?:[-_](?:container|wrapper|wrap|list|links?|box|block|bar|area|section|posts?|articles?|buttons?|form|footer|header|info))*$",
    re.IGNORECASE,
)
CONTAINERS = names("div section article main center table tbody tr td form header")
SHARE = 0.3  # of the article's letters: what holds more than this is no furniture, whatever its class says
A_LINE = 80  # letters: a byline or a row of buttons is furniture on the shortest page too
MAIN = XPath("//main | //*[@role='main']")
WORDLESS = frozenset(("script", "style"))
BODIES = XPath(f".//*[@itemprop='articleBody' or {having('entry-content', 'post-content', 'article-body', 'post-body', 'e-content')}]")
MOST = 200  # candidates; a page of more is a list of teasers
MOST_LINES = 200  # of the content that are looked for; the longest tell best where it stands
ENOUGH = 0.9  # of the words that trafilatura calls content must stand in the element we choose


def body_of(root: HtmlElement) -> tuple[HtmlElement, Mapping[HtmlElement, int]]:
    """The element that holds the article, and how many letters stand inside each of its tags.

    It is the page's own word (article, main) where it says one, else trafilatura's judgement.
    """
    main = next(iter(MAIN(root)), None)
    scope = main if main is not None else root
    letters = _letters_of(scope)
    named = _named(scope, letters)
    body = named if named is not None else main if main is not None else _judged(root)
    return body, letters


def _letters_of(root: HtmlElement) -> dict[HtmlElement, int]:
    """How many letters stand inside each tag of a tree. One pass, however deep the tree."""
    count: dict[HtmlElement, int] = {}
    for tag in reversed(list(root.iter())):
        inside = count.get(tag, 0) + (len((tag.text or "").strip()) if tag.tag not in WORDLESS else 0)
        count[tag] = inside
        parent = tag.getparent()
        if parent is not None:
            count[parent] = count.get(parent, 0) + inside + len((tag.tail or "").strip())
    return count


def is_furniture(tag: HtmlElement, letters: Mapping[HtmlElement, int], whole: int) -> bool:
    """Whether a tag inside the article is furniture: navigation, share buttons, bylines, hidden parts.

    `letters` are those of `body_of`, `whole` the article's.
    """
    if tag.tag in FURNITURE_TAGS:
        return not _is_footnotes(tag)
    if str(tag.get("role") or "").lower() in FURNITURE_ROLES or _is_hidden(tag):
        return True
    if not any(FURNITURE.match(name) for name in (*classes(tag), str(tag.get("id") or ""))):
        return False
    return letters[tag] <= max(SHARE * whole, A_LINE)


def _is_footnotes(tag: HtmlElement) -> bool:
    return tag.get("role") in ("doc-endnotes", "doc-footnote") or "footnotes" in classes(tag)


def _is_hidden(tag: HtmlElement) -> bool:
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return tag.get("hidden") is not None or tag.get("aria-hidden") == "true" or "display:none" in style or "visibility:hidden" in style


def _named(scope: HtmlElement, letters: Mapping[HtmlElement, int]) -> HtmlElement | None:
    """The element that the page itself calls its article. Among several, one that holds at least half of their words; of teasers, none."""
    for candidates in (scope.iterfind(".//article"), BODIES(scope)):
        outer = _outermost(islice(candidates, MOST))
        if outer:
            largest = max(outer, key=lambda tag: letters[tag])
            if letters[largest] >= 0.5 * sum(letters[tag] for tag in outer):
                return largest
    return None


def _outermost(tags: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Those of some tags, in document order, that stand in none of the others."""
    chosen: dict[HtmlElement, None] = {}
    for tag in tags:
        if not any(parent in chosen for parent in tag.iterancestors()):
            chosen[tag] = None
    return list(chosen)


def _judged(root: HtmlElement) -> HtmlElement:
    """The smallest element with nearly all the words that trafilatura takes for the page's content; else the whole body."""
    import trafilatura

    bodies = root.findall("body")  # a careless page has two
    whole = bodies[0] if len(bodies) == 1 else root
    content = trafilatura.extract(to_html(root), include_comments=False, include_tables=True, favor_recall=True) or ""
    lines = {"".join(line.split()) for line in content.splitlines() if len(line.split()) > 3}
    words, spans = _layout(whole)
    places = [place for line in sorted(lines, key=lambda line: (-len(line), line))[:MOST_LINES] if (place := words.find(line)) >= 0]
    inner: HtmlElement | None = whole if places else None
    while inner is not None:
        whole, inner = inner, next((tag for tag in _children(inner) if _holds(spans[tag], places)), None)
    return whole


def _layout(root: HtmlElement) -> tuple[str, dict[HtmlElement, tuple[int, int]]]:
    """The words of a tree without white space, and where among them each tag begins and ends. One pass."""
    pieces: list[str] = []
    starts: dict[HtmlElement, int] = {}
    spans: dict[HtmlElement, tuple[int, int]] = {}
    place = 0
    for event, tag in iterwalk(root, events=("start", "end")):
        if event == "start":
            starts[tag], words = place, "" if tag.tag in WORDLESS else tag.text
        else:
            spans[tag], words = (starts[tag], place), tag.tail
        pieces.append("".join((words or "").split()))
        place += len(pieces[-1])
    return "".join(pieces), spans


def _children(tag: HtmlElement) -> Iterable[HtmlElement]:
    return (child for child in tag if child.tag in CONTAINERS)


def _holds(span: tuple[int, int], places: list[int]) -> bool:
    return sum(span[0] <= place < span[1] for place in places) >= ENOUGH * len(places)
