"""What pairs are made of: passages and pictures that may train, the documents they stand in, and what pins save."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.store import Home

log = logging.getLogger(__name__)

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
    select a.artefact_id, a.page_id, g.document_id, a.source_id, a.hop, a.position, i.sha256
    from pictures a join images i using (image_url) {PLACED}
    where a.person = $1 and g.current and not {CLOSED} and i.blob_sha256 is not null and {BOILERPLATE}
      and i.sha256 not in (select sha256 from closed) and a.artefact_id not in (select artefact_id from copies) order by a.artefact_id"""  # noqa: S608
DOCUMENTS = """
    select g.document_id, any_value(g.url) as url, any_value(g.title) as title, any_value(g.source_id) as source_id
    from pages g where g.person = $1 and g.current group by g.document_id order by g.document_id"""
SAVES = "select distinct src_id, dst_id from edges where person = $1 and kind = 'saves' order by all"


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A passage or a picture and where it stands. `position` counts both together, in reading order."""

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
class Document:
    """A document that is held, in its current version."""

    document_id: str
    url: str
    title: str
    source_id: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that a person's pairs are made of. `kept`: artefact -> the kept member of its cluster of duplicates."""

    passages: Mapping[str, Passage]
    pictures: Mapping[str, Artefact]
    documents: Mapping[str, Document]
    saves: list[tuple[str, str]]  # (the pin's picture, the document it links to)
    kept: Mapping[str, str]
    links: list[tuple[str, str, str]]  # evidence of duplicates: (artefact, artefact, method)

    def same(self, artefact_id: str) -> str:
        """The name of an artefact's cluster: equal for duplicates."""
        return self.kept.get(artefact_id, artefact_id)

    def by_document(self, *roles: str) -> dict[str, list[Passage]]:
        """The passages of these roles by document, in reading order."""
        found: dict[str, list[Passage]] = defaultdict(list)
        for passage in sorted(self.passages.values(), key=lambda p: (p.position, p.artefact_id)):
            if passage.role in roles:
                found[passage.document_id].append(passage)
        return found


def read_material(home: Home, person: str) -> Material:
    """Reads it all in one transaction."""
    with home.warehouse.transaction() as t:
        passages, pictures, documents, saves = (t.query(sql, person).to_pylist() for sql in (PASSAGES, PICTURES, DOCUMENTS, SAVES))
        kept = t.query("select artefact_id, canonical_id from duplicates where person = $1", person).to_pylist()
        links = t.query("select a, b, method from duplicate_links where person = $1 and method <> 'boilerplate'", person).to_pylist()
    return Material(
        passages={row["artefact_id"]: Passage(**row) for row in passages},
        pictures={row["artefact_id"]: Artefact(**row) for row in pictures},
        documents={row["document_id"]: _document(row) for row in documents},
        saves=[(row["src_id"], row["dst_id"]) for row in saves],
        kept={row["artefact_id"]: row["canonical_id"] for row in kept},
        links=[(row["a"], row["b"], row["method"]) for row in links],
    )


def _document(row: Mapping[str, Any]) -> Document:
    return Document(document_id=row["document_id"], url=row["url"] or "", title=row["title"] or "", source_id=row["source_id"] or "")
