"""Which part of a page is its article, and what inside that part is furniture."""

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup, Tag

from pipeline.scrape.reading import classes, names

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
BODIES = "[itemprop=articleBody], .entry-content, .post-content, .article-body, .post-body, .e-content"
MOST = 200  # candidates; a page of more is a list of teasers
ENOUGH = 0.9  # of the words that trafilatura calls content must stand in the element we choose


def body_of(soup: BeautifulSoup) -> Tag:
    """The element that holds the article: the page's own word (article, main) where it says one, else trafilatura's judgement."""
    named = _named(soup)
    return named if named is not None else _judged(soup)


def letters_of(root: Tag) -> dict[int, int]:
    """How many letters stand inside each tag of a tree, by the tag's id(). One pass, however deep the tree."""
    count: dict[int, int] = {id(root): 0}
    for node in reversed(list(root.descendants)):
        own = count.setdefault(id(node), 0) if isinstance(node, Tag) else len(str(node).strip())
        if node.parent is not None:
            count[id(node.parent)] = count.get(id(node.parent), 0) + own
    return count


def is_furniture(tag: Tag, letters: dict[int, int], whole: int) -> bool:
    """Whether a tag inside the article is furniture: navigation, share buttons, bylines, hidden parts.

    `letters` are those of `letters_of`, `whole` the article's.
    """
    if tag.name in FURNITURE_TAGS:
        return not _is_footnotes(tag)
    if str(tag.get("role") or "").lower() in FURNITURE_ROLES or _is_hidden(tag):
        return True
    if not any(FURNITURE.match(name) for name in (*classes(tag), str(tag.get("id") or ""))):
        return False
    return letters[id(tag)] <= max(SHARE * whole, A_LINE)


def _is_footnotes(tag: Tag) -> bool:
    return tag.get("role") in ("doc-endnotes", "doc-footnote") or "footnotes" in classes(tag)


def _is_hidden(tag: Tag) -> bool:
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or "display:none" in style or "visibility:hidden" in style


def _named(soup: BeautifulSoup) -> Tag | None:
    """The element that the page itself calls its article. Among several, one that holds at least half of their words; of teasers, none."""
    main = soup.select_one("main, [role=main]")
    scope = main if main is not None else soup
    letters = letters_of(scope)
    for candidates in (scope.find_all("article", limit=MOST), scope.select(BODIES, limit=MOST)):
        outer = _outermost(candidates)
        if outer:
            largest = max(outer, key=lambda tag: letters[id(tag)])
            if letters[id(largest)] >= 0.5 * sum(letters[id(tag)] for tag in outer):
                return largest
    return main


def _outermost(tags: Iterable[Tag]) -> list[Tag]:
    """Those of some tags, in document order, that stand in none of the others."""
    chosen: list[Tag] = []
    ids: set[int] = set()
    for tag in tags:
        if not any(id(parent) in ids for parent in tag.parents):
            chosen.append(tag)
            ids.add(id(tag))
    return chosen


def _judged(soup: BeautifulSoup) -> Tag:
    """The smallest element with nearly all the words that trafilatura takes for the page's content; else the whole body."""
    import trafilatura

    whole = soup.body if soup.body is not None else soup
    content = trafilatura.extract(str(soup), include_comments=False, include_tables=True, favor_recall=True) or ""
    lines = {"".join(line.split()) for line in content.splitlines() if len(line.split()) > 3}
    if not lines:
        return whole
    chosen = whole
    for _ in range(200):
        inner = next((tag for tag in _children(chosen) if _holds(tag, lines)), None)
        if inner is None:
            return chosen
        chosen = inner
    return chosen


def _children(tag: Tag) -> Iterable[Tag]:
    return (child for child in tag.children if isinstance(child, Tag) and child.name in CONTAINERS)


def _holds(tag: Tag, lines: set[str]) -> bool:
    words = "".join(tag.get_text().split())
    return sum(line in words for line in lines) >= ENOUGH * len(lines)
