"""Reads a body's HTML in order: passages, pictures and links, each picture in its place in the text.

What differs between Substack and the open web is told by a `Rules`; the walk is the same.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from pipeline.scrape.markup import classes, words_of
from pipeline.scrape.masks import mask
from pipeline.scrape.passages import split, tidy, tidy_verse
from pipeline.scrape.records import FoundLink, FoundPassage, FoundPicture, Role


def names(text: str) -> frozenset[str]:
    """The names in a text, as a set."""
    return frozenset(text.split())


BLOCKS = names(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer header hr li main nav "
    "ol p pre section summary table tbody tfoot thead tr ul h1 h2 h3 h4 h5 h6"
)
HEADINGS = names("h1 h2 h3 h4 h5 h6")
JOINED = names("ul ol dl table")  # one passage for a list or a table, a line for an item or a row
CELLS = frozenset(("td", "th"))
FIGURE_SIZE = 60  # tags; an editor's figure has about twenty


@dataclass(frozen=True)
class Rules:
    """How a site's tags are read. Each function is asked for every tag on the way in."""

    drops: Callable[[HtmlElement], bool]  # neither read nor entered
    closes: Callable[[HtmlElement], bool]  # asked for its pictures and links, but not entered: an embed, a gallery
    pictures: Callable[[HtmlElement], list[FoundPicture]]  # the pictures that this very tag shows
    links: Callable[[HtmlElement], list[FoundLink]]  # where this very tag points
    role: Callable[[HtmlElement], Role | None]  # the role of all that is inside, or None for that of the surroundings
    words: Callable[[HtmlElement], str]  # visible words that stand in an attribute


@dataclass
class Reading:
    """What a walk has found so far."""

    passages: list[FoundPassage] = field(default_factory=list)
    pictures: list[FoundPicture] = field(default_factory=list)
    links: dict[tuple[str, str], FoundLink] = field(default_factory=dict)
    open_links: list[tuple[tuple[str, str], int]] = field(default_factory=list)  # of the passage being read, with the texts before each
    headings: int = 0
    roles: list[Role] = field(default_factory=lambda: ["body"])
    text: list[str] = field(default_factory=list)
    muted: int = 0  # how many headings and captions we are in
    joined: int = 0  # how many lists and tables
    verse: int = 0  # how many <pre>
    captions: dict[HtmlElement, str] = field(default_factory=dict)  # by the figure, for figures hold many pictures
    shows: dict[HtmlElement, bool] = field(default_factory=dict)  # whether a figure holds a picture

    @property
    def position(self) -> int:
        """The next free place, counted over passages, pictures and headings: what a heading parts is not adjacent."""
        return len(self.passages) + len(self.pictures) + self.headings

    def hear(self, text: str | None) -> None:
        """Adds what stands between two tags, where it is to be read."""
        if text and not self.muted:
            self.say(text if self.verse else text.replace("\n", " "))

    def say(self, text: str) -> None:
        """Adds to the passage being read."""
        self.text.append(text)

    def point(self, link: FoundLink) -> None:
        """Puts a link here; the first to an address counts."""
        if (link.url, link.kind) not in self.links:
            self.links[link.url, link.kind] = replace(link, position=self.position)
            self.open_links.append(((link.url, link.kind), len(self.text)))

    def flush(self) -> None:
        """Ends the passage being read."""
        text, first = "".join(self.text), len(self.passages)
        if not self.open_links and (not text or text.isspace()):  # as between most tags
            self.text.clear()
            return
        said = mask(tidy_verse(text) if self.verse else tidy(text))  # once more: what is left out may have stood within an address
        for piece in split(said):
            self.passages.append(FoundPassage(self.position, piece, self.roles[-1]))
        if self.open_links:
            self._settle(self.passages[first:])
        self.text.clear()

    def _settle(self, pieces: list[FoundPassage]) -> None:
        """Gives each link of the passage that was read the place of the piece it stands in.

        A word over two tags counts twice, which may move a link by one piece.
        """
        words = list(accumulate((len(text.split()) for text in self.text), initial=0))
        ends = list(accumulate(len(piece.text.split()) for piece in pieces))
        for key, texts in self.open_links:
            if pieces:
                place = pieces[min(bisect_right(ends, words[texts]), len(pieces) - 1)].position
                self.links[key] = replace(self.links[key], position=place)
        self.open_links.clear()

    def show(self, picture: FoundPicture, tag: HtmlElement) -> None:
        """Puts a picture here, with the caption of the figure around its tag where it brought none."""
        self.flush()
        self.pictures.append(replace(picture, position=self.position, caption=picture.caption or self.caption_of(tag)))

    def caption_of(self, tag: HtmlElement) -> str:
        """The caption of the figure around a tag, or an empty text."""
        frame = _frame(tag)
        if frame is None:
            return ""
        if frame not in self.captions:
            caption = next((inner for inner in _near(frame) if _is_caption(inner)), None)
            self.captions[frame] = mask(words_of(caption)) if caption is not None else ""
        return self.captions[frame]

    def is_mute(self, tag: HtmlElement, rules: Rules) -> bool:
        """Headings are no passages, and a caption belongs to its picture where there is one."""
        if tag.tag in HEADINGS:
            return True
        if not _is_caption(tag):
            return False
        frame = _frame(tag)
        if frame is None:
            return False
        if frame not in self.shows:
            self.shows[frame] = any(rules.pictures(inner) for inner in _near(frame))
        return self.shows[frame]


Walk = Callable[[HtmlElement, Rules], Reading]  # `read` or `glance`


def read(root: HtmlElement, rules: Rules) -> Reading:
    """Everything that stands in `root`, in reading order."""
    reading, dropped = Reading(), None
    reading.hear(root.text)
    walk = iterwalk(root, events=("start", "end"))
    for event, tag in walk:
        if tag is root:
            continue
        if event == "end":
            if tag is not dropped:
                _leave(tag, reading, rules)
            reading.hear(tag.tail)
        elif rules.drops(tag):
            dropped = tag
            walk.skip_subtree()
        else:
            _enter(tag, reading, rules)
            if rules.closes(tag):
                walk.skip_subtree()
            else:
                reading.hear(tag.text)
    reading.flush()
    return reading


def glance(root: HtmlElement, rules: Rules) -> Reading:
    """The links that `read` would find in `root`, without their places; no passages, no pictures."""
    reading, walk = Reading(), iterwalk(root, events=("start",))
    for _, tag in walk:
        if tag is root:
            continue
        if rules.drops(tag):
            walk.skip_subtree()
            continue
        for link in rules.links(tag):
            reading.links.setdefault((link.url, link.kind), link)
        if rules.closes(tag):
            walk.skip_subtree()
    return reading


def _is_caption(tag: HtmlElement) -> bool:
    return tag.tag == "figcaption" or "wp-caption-text" in classes(tag)


def _near(frame: HtmlElement) -> Iterator[HtmlElement]:
    """The first tags in a figure, in order: figures nested by the thousand would otherwise cost the square of their number."""
    return islice(frame.iterdescendants(), FIGURE_SIZE)


def _frame(tag: HtmlElement) -> HtmlElement | None:
    for depth, parent in enumerate(tag.iterancestors()):
        if parent.tag == "figure" or "wp-caption" in classes(parent):
            return parent
        if depth > 12:  # a figure is never further out
            break
    return None


def _enter(tag: HtmlElement, reading: Reading, rules: Rules) -> None:
    name = tag.tag
    if name == "br":
        reading.text.append("\n")
    elif name in CELLS:
        reading.text.append(" ")
    elif name in BLOCKS:
        _break(reading)
    reading.joined += name in JOINED
    reading.headings += name in HEADINGS
    reading.verse += name == "pre"
    reading.muted += reading.is_mute(tag, rules)
    if role := rules.role(tag):
        reading.flush()
        reading.roles.append(role)
    if not reading.muted:
        reading.say(rules.words(tag))
    for picture in rules.pictures(tag):
        reading.show(picture, tag)
    for link in rules.links(tag):
        reading.point(link)


def _leave(tag: HtmlElement, reading: Reading, rules: Rules) -> None:
    if rules.role(tag):
        reading.flush()
        reading.roles.pop()
    if tag.tag == "pre" and not reading.joined:
        reading.flush()
    reading.joined -= tag.tag in JOINED
    if tag.tag in BLOCKS:
        _break(reading)
    elif tag.tag in CELLS:
        reading.text.append(" ")
    reading.verse -= tag.tag == "pre"
    reading.muted -= reading.is_mute(tag, rules)


def _break(reading: Reading) -> None:
    if reading.joined:
        reading.text.append("\n")
    else:
        reading.flush()
