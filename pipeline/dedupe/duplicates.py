"""The stage: read artefacts, find what is the same, write clusters and evidence."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pipeline.dedupe import near_passages, near_pictures
from pipeline.dedupe import pictures as by_content
from pipeline.dedupe import texts as by_words
from pipeline.dedupe.clusters import joined
from pipeline.dedupe.compared import near_among
from pipeline.dedupe.links import QUOTED, Link, Member, Passage, Picture, placed
from pipeline.dedupe.picture_signatures import add_missing, comparable
from pipeline.dedupe.rulings import Resolved, Ruling, read_rulings, resolve
from pipeline.dedupe.semantic import Vectors, semantic_links
from pipeline.scrape.addresses import image_key
from pipeline.store import Home

log = logging.getLogger(__name__)

ROWS = 4096
TOLD = 10  # rulings without effect that the verdict names
PASSAGES = """
    select a.artefact_id, a.source_id, coalesce(g.document_id, a.page_id) as document_id, coalesce(g.kind, '') as kind, a.hop,
           length(a.text) as size, a.sha256, s.words as content, s.n_words, coalesce(a.role, 'body') as role, a.published_at
    from passages a join text_signatures s using (sha256) left join pages g using (person, page_id)
    where a.person = ? order by a.artefact_id"""
PICTURES = """
    select a.artefact_id, a.source_id, coalesce(g.document_id, a.page_id) as document_id, coalesce(g.kind, '') as kind, a.hop, a.image_url,
           i.sha256 as content, i.blob_sha256, coalesce(i.width * i.height, 0) as size, a.published_at
    from pictures a join images i using (image_url) left join pages g using (person, page_id)
    where a.person = ? and i.blob_sha256 is not null order by a.artefact_id"""

Kind = TypeVar("Kind", bound=Member)


@dataclass(frozen=True)
class Semantic:
    """Unit vectors of an earlier run by sha256 of the content, and the cosine from which two count as the same."""

    threshold: float
    texts: Mapping[str, Vectors]
    images: Mapping[str, Vectors]


@dataclass(frozen=True)
class DuplicateSummary:
    """What was found: clusters and their members by modality, links by method, links not followed, rulings without effect."""

    clusters: int
    text_members: int
    image_members: int
    links: Mapping[str, int] = field(default_factory=dict)
    cut: int = 0
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """Of one modality: artefact -> the kept member of its cluster; the links followed, those that were cut, what joins nothing
    (what was set aside, and quotations)."""

    kept: Mapping[str, str]
    links: Sequence[Link]
    cut: Sequence[Link]
    aside: Sequence[Link]


def find_duplicates(home: Home, person: str, rulings: Path | None = None, semantic: Semantic | None = None) -> DuplicateSummary:
    """Finds what is the same among a person's passages and pictures, and replaces the tables duplicates and duplicate_links.

    `rulings` is a CSV of the person's own (`pipeline.dedupe.rulings`); raises SettingsError where it cannot be read. New
    artefacts are compared with all others, those that were there before not again; the result is the same.
    """
    lines = read_rulings(rulings) if rulings else []
    passages, pictures = read_passages(home, person), read_pictures(home, person)
    ruled = resolve(lines, [*passages, *pictures])
    texts, images = _texts(home, person, passages, ruled, semantic), _images(home, person, pictures, ruled, semantic)
    summary = _summary((texts, images), ruled.remarks)
    _store_duplicates(home, person, (texts, images), lines, ruled.remarks)
    log.info("%s: %s clusters of duplicates among %s passages and %s pictures", person, summary.clusters, len(passages), len(pictures))
    return summary


def read_passages(home: Home, person: str) -> list[Passage]:
    """A person's passages, ordered by id."""
    near_passages.add_missing(home, person)
    return [Passage(**row) for row in _rows(home, PASSAGES, person)]


def read_pictures(home: Home, person: str) -> list[Picture]:
    """A person's pictures whose bytes were fetched, ordered by id."""
    return [Picture(**row, key=image_key(row["image_url"])) for row in _rows(home, PICTURES, person)]


def _rows(home: Home, sql: str, person: str) -> Iterator[dict[str, Any]]:
    """A query's rows, turned into Python's own a few thousand at a time: a million as dicts are 2 GB."""
    for batch in home.warehouse.query(sql, person).to_batches(max_chunksize=ROWS):
        yield from batch.to_pylist()


def _texts(home: Home, person: str, passages: Sequence[Passage], ruled: Resolved, semantic: Semantic | None) -> Found:
    aside = by_words.boilerplate(passages)
    left = _without(passages, aside)
    near = near_among(
        home,
        person,
        "text",
        near_passages.VERSION,
        near_passages.comparable(home, person),
        lambda new: near_passages.copies(home, person, new),
    )
    vectors = {p.content: semantic.texts[p.sha256] for p in left if semantic and p.sha256 in semantic.texts}
    alike = semantic_links(vectors, semantic.threshold) if semantic else []
    found = placed(near, left)
    quoted = [link for link in found if link.method == QUOTED]
    return _joined(passages, [*by_words.same_words(left), *_less(found, quoted), *placed(alike, left)], [*aside, *quoted], ruled)


def _images(home: Home, person: str, pictures: Sequence[Picture], ruled: Resolved, semantic: Semantic | None) -> Found:
    aside = by_content.decoration(pictures)
    left = _without(pictures, aside)
    blobs = {picture.content: picture.blob_sha256 for picture in pictures}
    add_missing(home, blobs)
    near = near_among(
        home,
        person,
        "image",
        near_pictures.VERSION,
        comparable(home, blobs),
        lambda new: near_pictures.copies(home, blobs, new),
    )
    vectors = {p.content: semantic.images[p.content] for p in left if semantic and p.content in semantic.images}
    alike = semantic_links(vectors, semantic.threshold) if semantic else []
    return _joined(
        pictures, [*by_content.same_bytes(left), *by_content.same_key(left), *placed(near, left), *placed(alike, left)], aside, ruled
    )


def _without(members: Sequence[Kind], aside: Iterable[Link]) -> list[Kind]:
    set_aside = {name for link in aside for name in (link.a, link.b)}
    return [member for member in members if member.artefact_id not in set_aside]


def _joined(members: Sequence[Member], links: list[Link], aside: Sequence[Link], ruled: Resolved) -> Found:
    """One union over all methods and what the person said."""
    own = {member.artefact_id for member in members}
    every = [*(link for link in ruled.same if link.a in own), *links]
    clusters, cut = joined(every, {name: others for name, others in ruled.apart.items() if name in own})
    linked = {name for link in every for name in (link.a, link.b)}
    ranked = sorted((member for member in members if member.artefact_id in linked), key=Member.rank)
    kept: dict[str, str] = {}
    for member in ranked:
        kept.setdefault(clusters.root(member.artefact_id), member.artefact_id)
    sizes = Counter(clusters.root(member.artefact_id) for member in ranked)
    roots = {member.artefact_id: clusters.root(member.artefact_id) for member in ranked}
    return Found({name: kept[root] for name, root in roots.items() if sizes[root] > 1}, _less(every, cut), cut, aside)


def _less(links: Iterable[Link], cut: Iterable[Link]) -> list[Link]:
    gone = set(cut)
    return [link for link in links if link not in gone]


def _store_duplicates(home: Home, person: str, found: Iterable[Found], lines: Sequence[Ruling], remarks: Sequence[str]) -> None:
    members, links = list[dict[str, Any]](), list[dict[str, Any]]()
    for each in found:
        members += [{"person": person, "artefact_id": name, "canonical_id": kept} for name, kept in each.kept.items()]
        for cut, some in ((False, [*each.aside, *each.links]), (True, each.cut)):
            links += [{"person": person, "cut": cut, **link.__dict__} for link in some]
    told = f"{len(lines)} read" + (f"; without effect: {'; '.join(remarks[:TOLD])}" if remarks else "")
    verdict = {"person": person, "what": "rulings", "ok": not remarks, "detail": told, "recorded_at": datetime.now(UTC)}
    with home.warehouse.transaction() as t:
        t.replace("duplicates", members, person=person)
        t.replace("duplicate_links", links, person=person)
        t.replace("verdicts", [verdict] if lines else [], person=person, what="rulings")


def _summary(found: tuple[Found, Found], remarks: Sequence[str]) -> DuplicateSummary:
    texts, images = found
    links = Counter(link.method for each in found for link in (*each.aside, *each.links, *each.cut))
    clusters = len(set(texts.kept.values())) + len(set(images.kept.values()))
    return DuplicateSummary(clusters, len(texts.kept), len(images.kept), dict(links), len(texts.cut) + len(images.cut), remarks)
