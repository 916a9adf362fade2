"""What the person says is the same, or is not, whatever it looks like: a CSV of their own.

    verdict,a,b
    different,0123456789abcdef,fedcba9876543210
    same,https://images.example/boat.jpg,https://images.example/boat-large.jpg

`a` and `b` each name an artefact (16 hex characters, as the review page gives them), a content (its sha256) or a picture (its
address), and stand for every place of that content. Other columns (notes to oneself) are not read. UTF-8.
`different` wins over `same`, and holds along chains: of the links between the two the weakest is cut.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.dedupe.links import Link, Member, Picture, stars
from pipeline.errors import SettingsError
from pipeline.scrape.addresses import unwrap_image

COLUMNS = ("verdict", "a", "b")
VERDICTS = ("same", "different")


@dataclass(frozen=True)
class Ruling:
    """A line of the file, with its number; the header is line 1."""

    number: int
    verdict: str
    a: str
    b: str


@dataclass(frozen=True)
class Resolved:
    """Rulings as they apply to what is held: links, artefacts that must stay apart (both ways), and what could not be applied."""

    same: list[Link]
    apart: Mapping[str, set[str]]
    remarks: list[str]


def read_rulings(path: Path) -> list[Ruling]:
    """The lines of the file. Raises SettingsError that names the file, the line and what it needs."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); write it, or take `duplicates:` out of the person file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            found = ", ".join(rows.fieldnames or ()) or "nothing"
            raise SettingsError(
                f"{path}, line 1: found {found}; needed: a header with {', '.join(COLUMNS)} ({', '.join(missing)} missing)."
            )
        return [_ruling(path, rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise SettingsError(f"{path}, line {rows.line_num}: {error}; needed: comma-separated values, quotes closed.") from error


def _ruling(path: Path, number: int, row: Mapping[str, str | None]) -> Ruling:
    verdict, a, b = ((row[name] or "").strip() for name in COLUMNS)
    if verdict not in VERDICTS:
        raise SettingsError(f"{path}, line {number}: the verdict is {verdict!r}; needed: {' or '.join(VERDICTS)}.")
    if not a or not b or a == b:
        raise SettingsError(f"{path}, line {number}: found {a!r} and {b!r}; needed: two artefacts, contents or picture addresses.")
    return Ruling(number, verdict, a, b)


def resolve(rulings: Iterable[Ruling], members: Sequence[Member]) -> Resolved:
    """What the rulings say of these members. What they name and nobody holds is a remark, no error: pages come and go."""
    named, places = _names(members), defaultdict[str, list[str]](list)
    for member in members:
        places[member.content].append(member.artefact_id)
    apart, same, remarks = defaultdict[str, set[str]](set), list[Link](), list[str]()
    for ruling in rulings:
        one, other = named.get(ruling.a), named.get(ruling.b)
        if trouble := _trouble(ruling, one, other):
            remarks.append(f"line {ruling.number}: {trouble}")
        elif one and other and ruling.verdict == "same":
            same += stars(((ruling.number, name) for name in places[one] + places[other]), "ruled_same")
        elif one and other:
            for first, second in ((one, other), (other, one)):
                for name in places[first]:
                    apart[name] |= set(places[second])
    return Resolved(same, apart, remarks)


def _trouble(ruling: Ruling, one: str | None, other: str | None) -> str | None:
    if lacking := [name for name, found in ((ruling.a, one), (ruling.b, other)) if found is None]:
        return f"nothing that was gathered is named {' or '.join(lacking)}"
    if one == other:
        return "both name the same content" + ("; it cannot differ from itself" if ruling.verdict == "different" else "")
    return None


def _names(members: Sequence[Member]) -> dict[str, str]:
    """Every name of a content -> the content."""
    named: dict[str, str] = {}
    for member in members:
        names = [member.artefact_id, member.content]
        if isinstance(member, Picture):
            names += [member.image_url, unwrap_image(member.image_url)[0]]
        named |= dict.fromkeys(names, member.content)
    return named
