"""Masks in HTML: in each text and attribute, and over the words of a line, which tags may cut: `<b>me@</b>example.com`."""

import re
from collections.abc import Iterator
from itertools import takewhile

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from pipeline.scrape.decode import clean
from pipeline.scrape.markup import load_html, to_html
from pipeline.scrape.masks import mask
from pipeline.scrape.reading import BLOCKS, CELLS, names

EDGES = BLOCKS | CELLS | names("html head title body br script style noscript option")  # what stands on both sides is not one word
EDGE = re.compile(rf"</?(?:{'|'.join(sorted(EDGES))})\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
Place = tuple[HtmlElement, str]


def mask_tree(root: HtmlElement) -> None:
    """Masks all texts and attributes of a tree, and drops its event handlers."""
    mask_lines(root)  # first: of an address that is cut, a part may look like one
    for tag in root.iter():
        _mask_tag(tag)


def mask_body(body: str) -> str:
    """A body without what its tags cut in two; untouched where there is nothing of the sort. What is whole, `mask` finds in the string."""
    if mask(_bare(body)) == _bare(mask(body)):
        return body
    root = load_html(body)
    return to_html(root) if mask_lines(root) else body


def _bare(body: str) -> str:
    return TAG.sub("", EDGE.sub("\n", body))


def mask_lines(root: HtmlElement) -> bool:
    """Masks what several texts of one line make up together; whether there was any."""
    masked = [_mask_line(line) for line in list(_lines(root)) if len(line) > 1]
    return any(masked)


def _mask_tag(tag: HtmlElement) -> None:
    if tag.text and (masked := mask(tag.text)) != tag.text:
        tag.text = clean(masked)
    if tag.tail and (masked := mask(tag.tail)) != tag.tail:
        tag.tail = clean(masked)
    for name, value in tag.items():
        if name.startswith("on"):
            del tag.attrib[name]
        elif (masked := mask(value)) != value:
            tag.set(name, clean(masked))


def _lines(root: HtmlElement) -> Iterator[list[Place]]:
    """The texts (tag, "text" or "tail") between two edges, in reading order."""
    line: list[Place] = []
    for event, tag in iterwalk(root, events=("start", "end")):
        if tag.tag in EDGES:
            yield line
            line = []
        where = "text" if event == "start" else "tail"
        if getattr(tag, where):
            line.append((tag, where))
    yield line


def _mask_line(line: list[Place]) -> bool:
    """Masks a line as a whole: what changes is put where it begins, and taken out of the texts after that."""
    texts = [getattr(tag, where) for tag, where in line]
    said = "".join(texts)
    masked = mask(said)
    if masked in (said, "".join(map(mask, texts))):
        return False
    start = _shared(said, masked)
    same = min(_shared(said[::-1], masked[::-1]), len(said) - start, len(masked) - start)
    end, new, place = len(said) - same, masked[start : len(masked) - same], 0
    for (tag, where), text in zip(line, texts, strict=True):
        begins = start <= place + len(text)
        setattr(tag, where, text[: max(0, start - place)] + (new if begins else "") + text[max(0, end - place) :])
        new, place = "" if begins else new, place + len(text)
    return True


def _shared(one: str, other: str) -> int:
    """With how many letters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
