"""The stage: read what may train, make pairs and groups, write them."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.identifiers import version_of
from pipeline.pair.bridges import group_pairs
from pipeline.pair.groups import LARGEST, Grouping
from pipeline.pair.judged import read_judgements, resolve
from pipeline.pair.kinds import all_pairs
from pipeline.pair.material import Material, read_material
from pipeline.pair.routes import Pair
from pipeline.store import Home

log = logging.getLogger(__name__)

TOLD = 10  # lines of a file of judgements that a verdict names


@dataclass(frozen=True)
class PairSummary:
    """What was made: pairs by kind, groups, ties cut by kind, uncuttable groups, and links of pins that lead to no passage held.

    `left_out`: what could mean too much to be a pair, by reason; `remarks`: the person's judgements that name nothing held.
    """

    pairs: Mapping[str, int]
    groups: int
    cut: Mapping[str, int] = field(default_factory=dict)
    giants: Sequence[str] = ()
    dead_links: int = 0
    bridges: int = 0  # strangers' documents kept from tying the person's own posts together
    copied: int = 0  # pairs of passages that these copied, which make no pair a second time
    left_out: Mapping[str, int] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    pairs_version: str = ""


def make_pairs(home: Home, person: str, judgements: Path | None = None) -> PairSummary:
    """Pairs the person's passages and pictures, groups them, and replaces the tables pairs, groups and cut_ties.

    Nothing opted out is in them. `judgements` is a CSV of the person's own (`pipeline.pair.judged`); raises SettingsError where
    it cannot be read.
    """
    lines = read_judgements(judgements) if judgements else []
    material = read_material(home, person)
    judged, remarks = resolve(lines, material)
    found, left_out = all_pairs(material, judged)
    cut_before = [row["kind"] for row in home.warehouse.rows("select distinct kind from cut_ties where person = ?", person)]
    pairs, grouping, bridges = group_pairs(material, found, cut_before)
    summary = PairSummary(
        pairs=dict(sorted(Counter(pair.kind for pair in pairs).items())),
        groups=len(set(grouping.group_of.values())),
        cut=dict(sorted(Counter(tie.kind for tie in grouping.cut).items())),
        giants=grouping.giants,
        dead_links=_dead_links(material),
        bridges=len(bridges),
        copied=len(found) - len(pairs),
        left_out=left_out,
        remarks=remarks,
        pairs_version=pairs_version(pairs, grouping),
    )
    _store_pairs(home, person, pairs, grouping, summary)
    log.info("%s: %s", person, _told(summary))
    return summary


def pairs_version(pairs: Sequence[Pair], grouping: Grouping) -> str:
    """A hash of the content: what is tied to what, how much, in which groups."""
    rows = ((p.pair_id, p.passage.sha256, p.picture.sha256, p.kind, p.weight, p.hop, *_groups(p, grouping)) for p in pairs)
    return version_of(rows)


def _groups(pair: Pair, grouping: Grouping) -> tuple[str, str]:
    return grouping.group_of[pair.passage.artefact_id], grouping.group_of[pair.picture.artefact_id]


def _dead_links(material: Material) -> int:
    held = {passage.document_id for passage in material.passages.values()}
    return sum(document_id not in held for _, document_id in material.saves)


def _store_pairs(home: Home, person: str, pairs: Sequence[Pair], grouping: Grouping, summary: PairSummary) -> None:
    rows = [_pair_row(person, pair, grouping) for pair in pairs]
    groups = [
        {"person": person, "artefact_id": a, "group_id": g, "tie": grouping.tie_of[a], "whole_id": grouping.whole_of[a]}
        for a, g in grouping.group_of.items()
    ]
    with home.warehouse.transaction() as t:
        t.replace("pairs", rows, person=person)
        t.replace("groups", groups, person=person)
        t.replace("cut_ties", list(_cut_rows(person, grouping)), person=person)
        for what, (ok, detail) in _verdicts(summary).items():
            told = {"person": person, "what": what, "ok": ok, "detail": detail, "data_version": summary.pairs_version}
            t.replace("verdicts", [told | {"recorded_at": datetime.now(UTC)}] if detail else [], person=person, what=what)


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


def _cut_rows(person: str, grouping: Grouping) -> Iterable[dict[str, object]]:
    for tie in grouping.cut:
        held = [grouping.group_of[name] for name in tie.members if name in grouping.group_of]
        yield {"person": person, "kind": tie.kind, "name": tie.name, "members": len(held), "groups": len(set(held))}


def _verdicts(summary: PairSummary) -> dict[str, tuple[bool, str]]:
    """What is told: name -> (whether it is as it should be, in plain words); empty words: nothing to tell."""
    left_out = "; ".join(f"{n:,} {reason}" for reason, n in summary.left_out.items())
    lines = "; ".join(summary.remarks[:TOLD]) + (f"; and {len(summary.remarks) - TOLD} more" if len(summary.remarks) > TOLD else "")
    return {
        "groups": (True, _told(summary)),
        "left_out": (True, f"left out of the pairs, because nothing tells which was meant: {left_out}" if left_out else ""),
        "judgements": (False, f"judgements that were not used: {lines}" if summary.remarks else ""),
    }


def _told(summary: PairSummary) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in summary.pairs.items()) or "none"
    cut = ", ".join(f"{n} {kind} ties" for kind, n in summary.cut.items()) or "no ties"
    giants = f"; {len(summary.giants)} groups hold more than {LARGEST:.0%} of the own items and cannot be cut" if summary.giants else ""
    left = f"{summary.dead_links} saved links lead to no passage held; {summary.bridges} strangers' pages kept from tying own posts"
    left += f" ({summary.copied} pairs of what they copied left out)" if summary.bridges else ""
    return f"pairs: {kinds}; {summary.groups} groups; cut: {cut}; {left}{giants}"
