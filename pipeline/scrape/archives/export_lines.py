"""The lines of a Pinterest data export: sections, and in them records of `Key: value` between line breaks."""

import html
import re
from collections.abc import Callable, Iterator

HEADING = re.compile(r"<h1\b[^>]{0,200}>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
PIN = re.compile(
    r"""^\s*<a\s+href=["']https?://(?:[\w-]+\.)*pinterest\.[a-z.]+/pin/(?:[\w-]*?--)?(\d{1,24})/?["'][^>]*>[^<]*</a>\s*$""", re.IGNORECASE
)
LINK = re.compile(r"""<a\s+href=["']([^"']*)["']""", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")
FIELD = re.compile(r"^\s*([A-Z][A-Za-z ]{1,30}):(?:\s|$)")
KNOWN = frozenset(
    (
        "Title", "Details", "Image", "Is Native", "Board Id", "Board Name", "Is Video", "Username", "Alt Text", "Canonical Link",
        "Story Pin Media", "Video", "Created at", "Alive", "Is a repin", "Private", "Privacy", "Description", "Section", "Board Section",
    )
)  # fmt: skip
NEVER_KEPT = frozenset(("Email", "Device"))
IP = re.compile(r"Ip Address:[^\S\n]*[\w.:]*,?", re.IGNORECASE)  # cut out before anything else is read
FREE = frozenset(("Title", "Details", "Alt Text", "Description", "Board Name"))  # what people typed may hold line breaks and colons
NOTHING = "No data"

Record = dict[str, str]


def sections(text: str) -> Iterator[tuple[str, str]]:
    """(name, content) of each section, in order; those of the same name follow each other."""
    headings = list(HEADING.finditer(text))
    for heading, after in zip(headings, [*headings[1:], None], strict=True):
        name = " ".join(html.unescape(TAG.sub("", heading.group(1))).split())
        yield name, text[heading.end() : after.start() if after else len(text)]


def records(content: str, remark: Callable[[str], None]) -> Iterator[Record]:
    """The records of a section. A pin begins with its address (key `Pin`), anything else where a key comes again."""
    record: Record = {}
    last = ""
    for piece in BREAK.split(IP.sub("", content)):
        pin, named = PIN.match(piece), FIELD.match(piece)
        if pin:
            yield from _whole(record)
            record, last = {"Pin": pin.group(1)}, ""
        elif named and named.group(1) in NEVER_KEPT:
            last = ""
        elif named and (named.group(1) in KNOWN or last not in FREE):
            last = named.group(1)
            if last in record and "Pin" not in record:
                yield from _whole(record)
                record = {}
            if last in KNOWN:
                record.setdefault(last, _value(piece[named.end() :]))
            else:
                remark(f"the field {last!r} is not read")
        elif last in FREE and (more := _value(piece)):
            record[last] = f"{record[last]}\n{more}".strip()
    yield from _whole(record)


def _whole(record: Record) -> Iterator[Record]:
    if record:
        yield record


def _value(piece: str) -> str:
    """A field's value: the address of a link, else its text. `No data` is nothing, and one comma at the end is the layout's."""
    link = LINK.search(piece)
    text = html.unescape(link.group(1)) if link else html.unescape(TAG.sub("", piece))
    value = text.strip().removesuffix(",").strip() if not link else text.strip()
    return "" if value == NOTHING else value
