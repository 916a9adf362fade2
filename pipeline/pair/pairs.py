"""The stage: read what may train, make pairs and groups, write them."""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pipeline.identifiers import version_of
from pipeline.pair.groups import LARGEST, Grouping, group, joined
from pipeline.pair.kinds import Pair, all_pairs
from pipeline.pair.material import Material, read_material
from pipeline.pair.ties import CONTENT, Tie, ties_of
from pipeline.store import Home

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairSummary:
    """What was made: pairs by kind, groups, ties cut by kind, uncuttable groups, and links of pins that lead to no passage held."""

    pairs: Mapping[str, int]
    groups: int
    cut: Mapping[str, int] = field(default_factory=dict)
    giants: Sequence[str] = ()
    dead_links: int = 0
    bridges: int = 0  # strangers' documents kept from tying the person's own posts together
    pairs_version: str = ""


def make_pairs(home: Home, person: str) -> PairSummary:
    """Pairs the person's passages and pictures, groups them, and replaces the tables pairs and groups. Nothing opted out is in them."""
    material = read_material(home, person)
    pairs, grouping, bridges = group_pairs(material, all_pairs(material))
    summary = _count_pairs(material, pairs, grouping, len(bridges))
    _store_pairs(home, person, pairs, grouping, summary)
    log.info("%s: %s", person, _told(summary))
    return summary


def group_pairs(material: Material, pairs: Sequence[Pair]) -> tuple[Sequence[Pair], Grouping, set[str]]:
    """The pairs, the groups of everything in them, and the strangers' documents that were kept from tying them together.

    A stranger's scrapbook of the person's own pictures ties posts that share nothing else. Where that makes a group too large, its
    passages stand in a group of their own, and its pictures in those of their originals: then a pair of the two is used only where
    both are in training, and no document stands in two splits. Passages that it copied make no pair a second time.
    """
    own, ties = _sides(pair for pair in pairs if pair.hop == 0), ties_of(material, pairs)
    grouping = group(_sides(pairs), own, ties)
    if not grouping.giants:
        return pairs, grouping, set()
    bridges, copies = bridging_documents(material, pairs, ties)
    kept = [pair for pair in pairs if pair.passage.document_id not in bridges or pair.passage.artefact_id not in copies]
    loosened = [loosen(tie, copies) if tie.kind == "document" and tie.name in bridges else tie for tie in ties]
    return kept, group(_sides(kept), own, loosened), bridges


def bridging_documents(material: Material, pairs: Sequence[Pair], ties: Sequence[Tie]) -> tuple[set[str], set[str]]:
    """Documents that no pair of hop 0 reads, with copies of what stands in several groups of the others; and those copies."""
    read = {pair.passage.document_id for pair in pairs if pair.hop == 0}
    core_pairs = [pair for pair in pairs if pair.passage.document_id in read]
    core = group(_sides(core_pairs), _sides(core_pairs), ties_of(material, core_pairs)).group_of
    same = joined(tie for tie in ties if tie.kind in CONTENT)
    group_at = {same.root(name): group_id for name, group_id in core.items()}
    touched: dict[str, set[str]] = defaultdict(set)
    copies = set()
    for pair in pairs:
        for side in (pair.passage, pair.picture):
            if pair.passage.document_id not in read and same.root(side.artefact_id) in group_at:
                touched[pair.passage.document_id].add(group_at[same.root(side.artefact_id)])
                copies.add(side.artefact_id)
    return {document_id for document_id, groups in touched.items() if len(groups) > 1}, copies


def loosen(tie: Tie, without: Collection[str]) -> Tie:
    """The tie without these members."""
    return replace(tie, members=tuple(name for name in tie.members if name not in without))


def pairs_version(pairs: Sequence[Pair], grouping: Grouping) -> str:
    """A hash of the content: what is tied to what, how much, in which groups."""
    rows = ((p.pair_id, p.passage.sha256, p.picture.sha256, p.kind, p.weight, p.hop, *_groups(p, grouping)) for p in pairs)
    return version_of(rows)


def _sides(pairs: Iterable[Pair]) -> set[str]:
    return {side.artefact_id for pair in pairs for side in (pair.passage, pair.picture)}


def _groups(pair: Pair, grouping: Grouping) -> tuple[str, str]:
    return grouping.group_of[pair.passage.artefact_id], grouping.group_of[pair.picture.artefact_id]


def _count_pairs(material: Material, pairs: Sequence[Pair], grouping: Grouping, bridges: int) -> PairSummary:
    held = {passage.document_id for passage in material.passages.values()}
    return PairSummary(
        pairs=dict(sorted(Counter(pair.kind for pair in pairs).items())),
        groups=len(set(grouping.group_of.values())),
        cut=dict(sorted(Counter(tie.kind for tie in grouping.cut).items())),
        giants=grouping.giants,
        dead_links=sum(document_id not in held for _, document_id in material.saves),
        bridges=bridges,
        pairs_version=pairs_version(pairs, grouping),
    )


def _store_pairs(home: Home, person: str, pairs: Sequence[Pair], grouping: Grouping, summary: PairSummary) -> None:
    rows = [_pair_row(person, pair, grouping) for pair in pairs]
    groups = [{"person": person, "artefact_id": a, "group_id": g, "tie": grouping.tie_of[a]} for a, g in grouping.group_of.items()]
    told = {"person": person, "what": "groups", "ok": True, "detail": _told(summary), "data_version": summary.pairs_version}
    with home.warehouse.transaction() as t:
        t.replace("pairs", rows, person=person)
        t.replace("groups", groups, person=person)
        t.replace("verdicts", [told | {"recorded_at": datetime.now(UTC)}], person=person, what="groups")


def _pair_row(person: str, pair: Pair, grouping: Grouping) -> dict[str, object]:
    text_group, image_group = _groups(pair, grouping)
    return {
        "person": person,
        "pair_id": pair.pair_id,
        "text_id": pair.passage.artefact_id,
        "image_id": pair.picture.artefact_id,
        "kind": pair.kind,
        "weight": pair.weight,
        "hop": pair.hop,
        "text_group": text_group,
        "image_group": image_group,
        "page_id": pair.page_id,
        "evidence": pair.evidence,
    }


def _told(summary: PairSummary) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in summary.pairs.items()) or "none"
    cut = ", ".join(f"{n} {kind} ties" for kind, n in summary.cut.items()) or "no ties"
    giants = f"; {len(summary.giants)} groups hold more than {LARGEST:.0%} of the own items and cannot be cut" if summary.giants else ""
    left = f"{summary.dead_links} saved links lead to no passage held; {summary.bridges} strangers' pages kept from tying own posts"
    return f"pairs: {kinds}; {summary.groups} groups; cut: {cut}; {left}{giants}"
