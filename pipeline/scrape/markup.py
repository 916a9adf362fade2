"""HTML as lxml trees: loaded whatever a stranger wrote, searched, and written back.

lxml itself, without BeautifulSoup around it: the tree of an 86 kB page is there in a fourteenth of the time (SPEED B7), and Python
is free for the other threads meanwhile.
"""

import threading

from lxml.etree import ElementDefaultClassLookup, HTMLParser, TreeBuilder, XPath, fromstring, tostring
from lxml.html import HtmlElement, document_fromstring

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import decode

DEEPEST = 500  # tags; what is nested deeper is hung up there, as browsers do at 512. libxml2 gives up at 2048
MOST_TAGS = 50_000  # of a page: with 0.1 ms for a tag, from redaction to artefacts, no page needs more than some seconds
MOST_ATTRIBUTES = 500  # of a tag: libxml2's trees need the square of their number, 200,000 take minutes
# lxml.html's own look-up of a class for each tag is Python's, and a tenth of reading a page; forms, which need it, are dropped.
PLAIN = ElementDefaultClassLookup(element=HtmlElement)
WORDS = XPath("descendant-or-self::text()[not(parent::script or parent::style)]", smart_strings=False)


def load_html(content: bytes | str, charset: str | None = None) -> HtmlElement:
    """The <html> of a document, without comments and processing instructions.

    Bytes are decoded here, never by the parser: with a wrong declared charset that loses words without a word. Raises
    DocumentRejected("too_large") beyond so many bytes, tags, or attributes of one tag.
    """
    text = decode(content, charset) if isinstance(content, bytes) else content
    markup = text.encode("utf-8", "replace")
    if not markup.strip():
        return _empty()
    parser = _parser()
    root = fromstring(markup, parser=_parser(target=_Flat(parser)) if MEASURE.depth(markup) > DEEPEST else parser)
    return root if root is not None else _empty()


def to_html(root: HtmlElement) -> str:
    """A tree as text."""
    return str(tostring(root, method="html", encoding="unicode", with_tail=False))


def classes(tag: HtmlElement) -> list[str]:
    """The class names of a tag."""
    names = tag.get("class")
    return names.split() if names else []


def words_of(tag: HtmlElement) -> str:
    """All words inside a tag on one line; scripts and styles are no words."""
    return " ".join("".join(WORDS(tag)).split())


def having(*names: str) -> str:
    """The XPath condition that a tag is of one of these classes."""
    any_of = " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in names)
    return f"(@class and ({any_of}))"  # most tags have none, and need not be compared with every name


def _parser(**target: object) -> HTMLParser:
    """One for each document: threads would wait for each other at a shared one."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, **target)
    parser.set_element_class_lookup(PLAIN)
    return parser


def _empty() -> HtmlElement:
    return document_fromstring("<html><body></body></html>")


class _Size:
    """Takes the parser's events and builds nothing: measures a page before there is a tree of it. The parser stops at what it raises."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.tags = self.depth = self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.tags += 1
        self._depth += 1
        self.depth = max(self.depth, self._depth)
        if self.tags > MOST_TAGS:
            raise DocumentRejected("too_large", f"more than {MOST_TAGS:,} tags")
        if len(attributes) > MOST_ATTRIBUTES:
            raise DocumentRejected("too_large", f"a <{tag}> of {len(attributes):,} attributes")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """There is nothing to give."""


class _Measure(threading.local):
    """Each thread's parser that measures pages: to make one takes lxml half as long as to measure a page."""

    def __init__(self) -> None:
        self._size = _Size()
        self._parser = _parser(target=self._size)

    def depth(self, markup: bytes) -> int:
        """How deep a page is nested. A fiftieth of what reading it costs afterwards. Raises DocumentRejected("too_large")."""
        self._size.begin()
        fromstring(markup, parser=self._parser)
        return self._size.depth


MEASURE = _Measure()


class _Flat:
    """Takes the parser's events and builds a tree that is nowhere deeper than DEEPEST."""

    def __init__(self, parser: HTMLParser) -> None:
        self._builder, self._depth = TreeBuilder(parser=parser), 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._builder.start(tag, attributes)
        if self._depth > DEEPEST:
            self._builder.end(tag)

    def end(self, tag: str) -> None:
        if self._depth <= DEEPEST:
            self._builder.end(tag)
        self._depth -= 1

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> HtmlElement:
        return self._builder.close()
