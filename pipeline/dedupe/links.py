"""What duplicates are found among, and what is found: plain rows that every method takes and gives."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Member:
    """A passage or a picture, as far as duplicates go.

    `size`: characters of a passage, pixels of a picture; the larger is kept. `kind`: that of its page.
    """

    artefact_id: str
    source_id: str
    document_id: str
    kind: str
    hop: int
    size: int
    published_at: datetime | None

    def rank(self) -> tuple[bool, int, bool, float, str]:
        """Orders who is kept: the person's own first, then larger, earlier (undated last), smallest id."""
        dated = self.published_at.timestamp() if self.published_at else 0.0
        return self.hop > 0, -self.size, self.published_at is None, dated, self.artefact_id


@dataclass(frozen=True, kw_only=True)
class Passage(Member):
    """A text. `words`: its words in lower case, apart from each other by one space; `role` as in the table."""

    words: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Picture(Member):
    """A place where a picture stands, and its content. `key`: the platform's own name for it, None elsewhere."""

    key: str | None
    sha256: str
    blob_sha256: str | None
    phash: int | None


@dataclass(frozen=True, order=True)
class Link:
    """The evidence that `a` and `b` are the same: a method and a distance, 0 where the method knows no other."""

    a: str
    b: str
    method: str
    distance: float = 0.0

    @classmethod
    def between(cls, one: str, other: str, method: str, distance: float) -> "Link":
        """The link of two artefacts, named in the order of their ids."""
        return cls(min(one, other), max(one, other), method, round(distance, 6))


def stars(groups: Iterable[tuple[Hashable, str]], method: str) -> Iterator[Link]:
    """Links that tie all artefacts with one key to the first of them by id, from (key, artefact id)."""
    members: dict[Hashable, set[str]] = defaultdict(set)
    for key, artefact_id in groups:
        members[key].add(artefact_id)
    for found in members.values():
        first, *others = sorted(found)
        for other in others:
            yield Link(first, other, method)
