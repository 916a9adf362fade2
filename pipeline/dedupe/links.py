"""What duplicates are found among, and what is found: plain rows that every method takes and gives."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

EXACT = ("same_bytes", "same_words", "platform_key")
NEAR = ("near_picture", "mirrored_picture", "marked_picture", "near_words")
QUOTED = "quoted"  # one stands inside the other: evidence that ties groups, but joins no cluster
STRENGTH = {"ruled_same": 0, **dict.fromkeys(EXACT, 1), **dict.fromkeys(NEAR, 2), "semantic": 3}  # by method, the strongest first


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A passage or a picture, as far as duplicates go.

    `size`: characters of a passage, pixels of a picture; the larger is kept. `kind`: that of its page. `content`: equal for
    what is the same: a sha256 of the words (passages) or of the bytes (pictures).
    """

    artefact_id: str
    source_id: str
    document_id: str
    kind: str
    hop: int
    size: int
    published_at: datetime | None
    content: str

    def rank(self) -> tuple[bool, int, bool, float, str]:
        """Orders who is kept: the person's own first, then larger, earlier (undated last), smallest id."""
        dated = self.published_at.timestamp() if self.published_at else 0.0
        return self.hop > 0, -self.size, self.published_at is None, dated, self.artefact_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage(Member):
    """A text. `n_words`: how many words it has; `sha256`: of the text as it stands; `role` as in the table."""

    n_words: int
    sha256: str
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture(Member):
    """A place where a picture stands, and its content. `key`: the platform's own name for it, None elsewhere."""

    image_url: str
    key: str | None
    blob_sha256: str


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

    def strength(self) -> tuple[int, float, str, str]:
        """Orders links, the strongest first: what the person said, exact, near by distance, semantic by distance."""
        return STRENGTH[self.method], self.distance, self.a, self.b


def stars(groups: Iterable[tuple[Hashable, str]], method: str) -> Iterator[Link]:
    """Links that tie all artefacts with one key to the first of them by id, from (key, artefact id)."""
    members: dict[Hashable, set[str]] = defaultdict(set)
    for key, artefact_id in groups:
        members[key].add(artefact_id)
    for found in members.values():
        first, *others = sorted(found)
        for other in others:
            yield Link(first, other, method)


def placed(links: Iterable[Link], members: Iterable[Member]) -> list[Link]:
    """Links between contents as links between the artefacts that stand for them: of each content the one of smallest id.

    Contents that none of `members` has are left out.
    """
    first: dict[str, str] = {}
    for member in sorted(members, key=lambda member: member.artefact_id):
        first.setdefault(member.content, member.artefact_id)
    return sorted(
        Link.between(first[link.a], first[link.b], link.method, link.distance) for link in links if link.a in first and link.b in first
    )
