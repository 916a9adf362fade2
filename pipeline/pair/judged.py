"""What the person said belongs together: a CSV of their own.

    page,words,picture,weight
    https://maker.substack.com/p/tides,the lamp had gone out,https://www.pinterest.com/pin/123/,1
    https://maker.substack.com/p/tides,,https://images.example/boat.jpg,

`page` is the address of the document that holds the passage; `words` are some words of the passage as it stands there (empty:
every passage of the page, sharing the weight); `picture` is the address of a picture, of a pin, or of a page with one picture;
`weight` lies in (0, 1] (empty: 1). Other columns (notes to oneself) are not read. UTF-8.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.dedupe.words import normalised
from pipeline.errors import SettingsError
from pipeline.pair.material import Material, Passage
from pipeline.scrape.addresses import canonical, unwrap_image

COLUMNS = ("page", "words", "picture", "weight")


@dataclass(frozen=True)
class Line:
    """A line of the file as written, with its number; the header is line 1."""

    number: int
    page: str
    words: str
    picture: str
    weight: float


@dataclass(frozen=True)
class Judgement:
    """A picture and passages that belong together, by artefact ids; `line` is where it was said."""

    line: int
    picture: str
    passages: tuple[str, ...]
    weight: float


def read_judgements(path: Path) -> list[Line]:
    """The lines of the file. Raises SettingsError that names the file, the line and what it needs."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); write it, or take `judgements:` out of the person file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS[:3] if name not in (rows.fieldnames or ())]
        if missing:
            found = ", ".join(rows.fieldnames or ()) or "nothing"
            raise SettingsError(f"{path}, line 1: found {found}; needed: a header with the columns {', '.join(COLUMNS)}.")
        return [_line(path, rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise SettingsError(f"{path}, line {rows.line_num}: {error}; needed: comma-separated values, quotes closed.") from error


def _line(path: Path, number: int, row: Mapping[str, str | None]) -> Line:
    values = [row.get(name) for name in COLUMNS[:3]]
    if None in values:
        raise SettingsError(f"{path}, line {number}: found {sum(v is not None for v in row.values())} values; needed: at least 3.")
    page, picture = (canonical(row[name] or "") for name in ("page", "picture"))
    for name, address in (("page", page), ("picture", picture)):
        if address is None:
            raise SettingsError(f"{path}, line {number}: the {name} is {row[name]!r}; needed: an address that begins with https://.")
    told = (row.get("weight") or "").strip() or "1"
    try:
        weight = float(told)
    except ValueError:
        weight = 0.0
    if not 0 < weight <= 1:
        raise SettingsError(f"{path}, line {number}: the weight is {told!r}; needed: a number above 0, at most 1, or nothing.")
    return Line(number, page or "", normalised(row["words"] or ""), picture or "", weight)


def resolve(lines: list[Line], material: Material) -> tuple[list[Judgement], list[str]]:
    """What the lines speak of, among what may train; and in plain words those that name nothing held, or too many things."""
    found, remarks = list[Judgement](), list[str]()
    pages, pictures = _passages(material), _pictures(material)
    for line in lines:
        texts = [p for p in pages.get(_plain(line.page), []) if f" {line.words} " in f" {normalised(p.text)} " or not line.words]
        shown = pictures.get(_plain(unwrap_image(line.picture)[0]), set())
        if problem := _problem(line, len(texts), len(shown)):
            remarks.append(f"line {line.number}: {problem}")
        else:
            found.append(Judgement(line.number, min(shown), tuple(sorted(p.artefact_id for p in texts)), line.weight))
    return found, remarks


def _problem(line: Line, texts: int, pictures: int) -> str:
    if not texts:
        return (
            "no passage that may train on that page holds these words" if line.words else "no passage of that page is held that may train"
        )
    if line.words and texts > 1:
        return f"{texts} passages of that page hold these words; write some more of them"
    if not pictures:
        return "no picture is held at that address that may train"
    return f"{pictures} pictures stand on that page; write the picture's own address" if pictures > 1 else ""


def _plain(url: str) -> str:
    return url.rstrip("/")


def _passages(material: Material) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = defaultdict(list)
    for passage in material.passages.values():
        found[_plain(material.url_of(passage.document_id))].append(passage)
    return found


def _pictures(material: Material) -> dict[str, set[str]]:
    """Address -> artefacts, by the picture's own and by its document's; copies of one content are one, the smallest id."""
    first: dict[str, str] = {}
    found: dict[str, set[str]] = defaultdict(set)
    for name, address in _addresses(material):
        found[_plain(address)].add(first.setdefault(material.pictures[name].sha256, name))
    return found


def _addresses(material: Material) -> Iterator[tuple[str, str]]:
    for name in sorted(material.pictures):
        picture = material.pictures[name]
        yield name, picture.image_url
        yield name, material.url_of(picture.document_id)
