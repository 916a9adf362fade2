"""The stage: read artefacts, find what is the same, write clusters and evidence."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.dedupe import pictures as by_sight
from pipeline.dedupe import texts as by_words
from pipeline.dedupe.clusters import Clusters
from pipeline.dedupe.links import Link, Member, Passage, Picture
from pipeline.dedupe.words import normalised
from pipeline.scrape.addresses import image_key
from pipeline.store import Home

log = logging.getLogger(__name__)

PASSAGES = """
    select a.artefact_id, a.source_id, coalesce(g.document_id, a.page_id) as document_id, coalesce(g.kind, '') as kind, a.hop,
           a.text, coalesce(a.role, 'body') as role, a.published_at
    from passages a left join pages g using (person, page_id) where a.person = ? order by a.artefact_id"""
PICTURES = """
    select a.artefact_id, a.source_id, coalesce(g.document_id, a.page_id) as document_id, coalesce(g.kind, '') as kind, a.hop, a.image_url,
           i.sha256, i.blob_sha256, i.width, i.height, i.phash, a.published_at
    from pictures a join images i using (image_url) left join pages g using (person, page_id)
    where a.person = ? and i.blob_sha256 is not null order by a.artefact_id"""


@dataclass(frozen=True)
class DuplicateSummary:
    """What was found: clusters and their members by modality, links by method."""

    clusters: int
    text_members: int
    image_members: int
    links: Mapping[str, int] = field(default_factory=dict)


def find_duplicates(home: Home, person: str) -> DuplicateSummary:
    """Finds what is the same among a person's passages and pictures, and replaces the tables duplicates and duplicate_links."""
    passages, pictures = read_passages(home, person), read_pictures(home, person)
    repeated = [*by_words.boilerplate(passages), *by_sight.decoration(pictures)]
    aside = {name for link in repeated for name in (link.a, link.b)}
    text_links = _text_links([p for p in passages if p.artefact_id not in aside])
    image_links = _image_links([p for p in pictures if p.artefact_id not in aside], home)
    texts, images = cluster(passages, text_links), cluster(pictures, image_links)
    _store_duplicates(home, person, {**texts, **images}, [*repeated, *text_links, *image_links])
    summary = _count_links(texts, images, [*repeated, *text_links, *image_links])
    log.info("%s: %s clusters of duplicates among %s passages and %s pictures", person, summary.clusters, len(passages), len(pictures))
    return summary


def cluster(members: Iterable[Member], links: Iterable[Link]) -> dict[str, str]:
    """Artefact -> the kept member of its cluster (`Member.rank` decides), for all that have a duplicate; the kept one included."""
    clusters = Clusters()
    linked: set[str] = set()
    for link in links:
        clusters.join(link.a, link.b)
        linked |= {link.a, link.b}
    kept: dict[str, Member] = {}
    ranked = sorted((member for member in members if member.artefact_id in linked), key=lambda member: member.rank())
    for member in ranked:
        kept.setdefault(clusters.root(member.artefact_id), member)
    return {member.artefact_id: kept[clusters.root(member.artefact_id)].artefact_id for member in ranked}


def read_passages(home: Home, person: str) -> list[Passage]:
    """A person's passages, ordered by id."""
    return [
        Passage(**_common(row), size=len(row["text"]), words=normalised(row["text"]), role=row["role"])
        for row in home.warehouse.rows(PASSAGES, person)
    ]


def read_pictures(home: Home, person: str) -> list[Picture]:
    """A person's pictures whose bytes were fetched, ordered by id."""
    return [
        Picture(
            **_common(row),
            size=(row["width"] or 0) * (row["height"] or 0),
            key=image_key(row["image_url"]),
            sha256=row["sha256"],
            blob_sha256=row["blob_sha256"],
            phash=row["phash"],
        )
        for row in home.warehouse.rows(PICTURES, person)
    ]


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("artefact_id", "source_id", "document_id", "kind", "hop", "published_at")}


def _text_links(passages: Sequence[Passage]) -> list[Link]:
    return [*by_words.same_words(passages), *by_words.near_words(passages)]


def _image_links(pictures: Sequence[Picture], home: Home) -> list[Link]:
    return [*by_sight.same_bytes(pictures), *by_sight.same_key(pictures), *by_sight.near_pictures(pictures, home.blobs)]


def _store_duplicates(home: Home, person: str, kept: Mapping[str, str], links: Iterable[Link]) -> None:
    rows = [{"person": person, "artefact_id": name, "canonical_id": kept[name]} for name in sorted(kept)]
    evidence = [{"person": person, "a": link.a, "b": link.b, "method": link.method, "distance": link.distance} for link in links]
    with home.warehouse.transaction() as t:
        t.replace("duplicates", rows, person=person)
        t.replace("duplicate_links", evidence, person=person)


def _count_links(texts: Mapping[str, str], images: Mapping[str, str], links: Iterable[Link]) -> DuplicateSummary:
    methods = Counter(link.method for link in links)
    return DuplicateSummary(len({*texts.values(), *images.values()}), len(texts), len(images), dict(sorted(methods.items())))
