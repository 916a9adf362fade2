"""What pairs are made of: passages and pictures that may train, the documents they stand in, and the acts that tie them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pipeline.store import Home

# Opted out: the document says so, or its source does (`unknown` included). A picture that also stands on such a document,
# altered or not, does not train either, wherever else it was found.
CLOSED = "(coalesce(g.opted_out, '') <> '' or coalesce(s.opted_out, '') <> '')"
PLACED = """
    join pages g on g.person = a.person and g.page_id = a.page_id
    left join sources s on s.person = a.person and s.source_id = a.source_id"""
BOILERPLATE = """
    a.artefact_id not in (select unnest([a, b]) from duplicate_links where person = $1 and method = 'boilerplate')"""
PASSAGES = f"""
    select a.artefact_id, a.page_id, g.document_id, a.source_id, a.hop, a.position, a.sha256, a.text, coalesce(a.role, 'body') as role
    from passages a {PLACED} where a.person = $1 and g.current and not {CLOSED} and {BOILERPLATE} order by a.artefact_id"""  # noqa: S608 - the parts are constants
PICTURES = f"""
    with closed as (select a.artefact_id, i.sha256 from pictures a join images i using (image_url) {PLACED}
                    where a.person = $1 and i.sha256 is not null and {CLOSED}),
    copies as (select artefact_id from duplicates where person = $1 and canonical_id in (
                 select canonical_id from duplicates join closed using (artefact_id) where person = $1))
    select a.artefact_id, a.page_id, g.document_id, a.source_id, a.hop, a.position, i.sha256, a.image_url,
           coalesce(a.alt, '') as alt, coalesce(a.caption, '') as caption, a.published_at
    from pictures a join images i using (image_url) {PLACED}
    where a.person = $1 and g.current and not {CLOSED} and i.blob_sha256 is not null and {BOILERPLATE}
      and i.sha256 not in (select sha256 from closed) and a.artefact_id not in (select artefact_id from copies) order by a.artefact_id"""  # noqa: S608
DOCUMENTS = """
    select g.document_id, any_value(coalesce(g.url, '')) as url, any_value(coalesce(g.title, '')) as title,
           any_value(coalesce(g.source_id, '')) as source_id, min(g.hop) as hop, any_value(coalesce(g.section, '')) as section
    from pages g where g.person = $1 and g.current group by g.document_id order by g.document_id"""
PLACES = """
    select g.document_id, list(distinct a.position order by a.position) as positions
    from artefacts a join pages g on g.person = a.person and g.page_id = a.page_id where a.person = $1 and g.current group by all"""
EDGES = """
    select src_id, dst_id, kind, page_id, position, happened_at from edges where person = $1 and kind <> 'mentions' order by all"""


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A passage or a picture and where it stands. `position` counts both together, and headings, in reading order."""

    artefact_id: str
    page_id: str
    document_id: str
    source_id: str
    hop: int
    position: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Passage(Artefact):
    """A text that may train."""

    text: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Picture(Artefact):
    """A place where a picture stands. `alt`, `caption` and the address are words about it, which no association may hold."""

    image_url: str = ""
    alt: str = ""
    caption: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that is held, in its current version. `section`: the part of its publication it appeared in, or empty."""

    document_id: str
    url: str
    title: str
    source_id: str
    hop: int = 0
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A link or an act, as in the table: `position` is its place in the reading order of its page, where it has one."""

    src_id: str
    dst_id: str
    kind: str
    page_id: str | None = None
    position: int | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that a person's pairs are made of. `kept`: artefact -> the kept member of its cluster of duplicates."""

    passages: Mapping[str, Passage]
    pictures: Mapping[str, Picture]
    documents: Mapping[str, Document]
    edges: list[Edge] = field(default_factory=list)
    kept: Mapping[str, str]
    links: list[tuple[str, str, str]]  # evidence of duplicates: (artefact, artefact, method)
    own_sources: frozenset[str] = frozenset()
    places: Mapping[str, list[int]] = field(default_factory=dict)  # document -> where anything stands, kept or not

    def same(self, artefact_id: str) -> str:
        """The name of an artefact's cluster: equal for duplicates."""
        return self.kept.get(artefact_id, artefact_id)

    @cached_property
    def saves(self) -> list[tuple[str, str]]:
        """(the pin's picture, the document it links to)"""
        return sorted({(edge.src_id, edge.dst_id) for edge in self.edges if edge.kind == "saves"})

    @cached_property
    def boards(self) -> frozenset[str]:
        """Sources on which pictures are collected, told by their words or by pins that save."""
        told = {passage.source_id for passage in self.passages.values() if passage.role == "board"}
        return frozenset(told | {self.pictures[name].source_id for name, _ in self.saves if name in self.pictures})

    def by_document(self, *roles: str) -> dict[str, list[Passage]]:
        """The passages of these roles by document, in reading order."""
        found: dict[str, list[Passage]] = defaultdict(list)
        for passage in sorted(self.passages.values(), key=lambda p: (p.position, p.artefact_id)):
            if passage.role in roles:
                found[passage.document_id].append(passage)
        return found

    def shown(self) -> dict[str, list[Picture]]:
        """The pictures by document, in reading order."""
        found: dict[str, list[Picture]] = defaultdict(list)
        for picture in sorted(self.pictures.values(), key=lambda p: (p.position, p.artefact_id)):
            found[picture.document_id].append(picture)
        return found

    def aside(self, document_id: str, passages: Sequence[Passage]) -> list[int]:
        """The positions in a document at which something else than these passages stands: a picture, boilerplate."""
        counted = {passage.position for passage in passages}
        return [position for position in self.places.get(document_id, ()) if position not in counted]

    def url_of(self, document_id: str) -> str:
        """A document's address; empty for one that is not held."""
        return self.documents[document_id].url if document_id in self.documents else ""


def read_material(home: Home, person: str) -> Material:
    """Reads it all in one transaction."""
    with home.warehouse.transaction() as t:
        passages, pictures, documents, edges = (t.query(sql, person).to_pylist() for sql in (PASSAGES, PICTURES, DOCUMENTS, EDGES))
        kept = t.query("select artefact_id, canonical_id from duplicates where person = $1", person).to_pylist()
        # Also those that the person's "different" cut: two pictures that look the same to anyone else must not part into two splits.
        links = t.query("select a, b, method from duplicate_links where person = $1 and method <> 'boilerplate'", person).to_pylist()
        places = t.query(PLACES, person).to_pylist()
        own = t.query("select source_id from sources where person = $1 and hop = 0", person).to_pylist()
    return Material(
        passages={row["artefact_id"]: Passage(**row) for row in passages},
        pictures={row["artefact_id"]: Picture(**row) for row in pictures},
        documents={row["document_id"]: Document(**row) for row in documents},
        edges=[Edge(**row) for row in edges],
        kept={row["artefact_id"]: row["canonical_id"] for row in kept},
        links=[(row["a"], row["b"], row["method"]) for row in links],
        own_sources=frozenset(row["source_id"] for row in own),
        places={row["document_id"]: row["positions"] for row in places},
    )
