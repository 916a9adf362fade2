"""The stage: deal the groups, look for leaks, lay out the other ways to split, and say whether there is enough."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipeline.identifiers import id_of
from pipeline.pair.deal import Dealt, deal
from pipeline.pair.kinds import ASSOCIATIONS
from pipeline.pair.leaks import Verdict, check
from pipeline.pair.variants import VARIANTS, Placed, is_tested
from pipeline.store import Home, Transaction

log = logging.getLogger(__name__)

TEST_GROUPS, VALIDATION_GROUPS, TRAIN_PAIRS = 10, 5, 50  # fewer, and no interval over groups and no fit means anything

USABLE = """
    select p.*, a.split from pairs p
    join splits a on a.person = p.person and a.group_id = p.text_group
    join splits b on b.person = p.person and b.group_id = p.image_group
    where p.person = ? and a.split = b.split order by p.pair_id"""
PLACED = """
    select p.*, v.split, v.cell from pairs p join split_variants v using (person, pair_id)
    where p.person = ? and v.variant = ? and v.fold = ? order by p.pair_id"""
PLACES = """
    select g.document_id, list(distinct o.group_id) as groups from groups o
    join artefacts a on a.person = o.person and a.artefact_id = o.artefact_id
    join pages g on g.person = a.person and g.page_id = a.page_id where o.person = $1 and g.document_id is not null group by all"""
ROWS = """
    with groups_of as (select artefact_id, coalesce(whole_id, group_id) as whole_id from groups where person = $1),
    same as (select artefact_id, canonical_id from duplicates where person = $1)
    select p.pair_id, p.kind, p.hop, p.text_id, p.image_id, p.text_group, p.image_group,
           a.whole_id as text_whole, b.whole_id as image_whole,
           coalesce(s.canonical_id, t.sha256, p.text_id) as text_same, coalesce(d.canonical_id, i.sha256, p.image_id) as image_same,
           c.published_at as made_at
    from pairs p join groups_of a on a.artefact_id = p.text_id join groups_of b on b.artefact_id = p.image_id
    left join same s on s.artefact_id = p.text_id left join same d on d.artefact_id = p.image_id
    left join passages t on t.person = p.person and t.artefact_id = p.text_id
    left join pictures c on c.person = p.person and c.artefact_id = p.image_id
    left join images i using (image_url)
    where p.person = $1 order by p.pair_id"""


@dataclass(frozen=True)
class SplitSummary:
    """Groups and usable pairs by split, what was left out or bridged, and the two verdicts.

    `variants`: (name, fold) -> pairs by split, of the other ways to split.
    """

    groups: Mapping[str, int]
    pairs: Mapping[str, int]
    left_out: int
    bridged: int
    leak: Verdict
    enough: Verdict
    variants: Mapping[tuple[str, int], Mapping[str, int]] = field(default_factory=dict)


def usable_pairs(home: Home, person: str) -> pa.Table:
    """The pairs both of whose sides lie in groups of one split, with that split: all columns of `pairs`, and `split`."""
    return home.warehouse.query(USABLE, person)


def variant_pairs(home: Home, person: str, variant: str, fold: int = 0) -> pa.Table:
    """The pairs as another way of splitting places them (`pipeline.pair.variants`): all columns of `pairs`, `split` and `cell`."""
    return home.warehouse.query(PLACED, person, variant, fold)


def split_groups(home: Home, person: str, seed: int = 0) -> SplitSummary:
    """Deals the groups to train, validation and test; replaces splits, split_variants and their verdicts."""
    pairs, groups, before = _read_groups(home, person)
    dealt = deal(pairs, groups, before, seed)
    placed = [place for make in VARIANTS.values() for place in make(pairs, dealt.split_of, seed)]
    _write_splits(home, person, groups, dealt, placed)
    usable = usable_pairs(home, person).to_pylist()
    leak, enough = check(home, person), enough_data(usable)
    told = {"leak": leak, "too_little_data": enough, "bridges": _bridges(groups, before, dealt), "variants": other_ways(usable, placed)}
    version = judged_version(home, person)
    with home.warehouse.transaction() as t:
        for what, verdict in told.items():
            write_verdict(t, person, what, verdict, version)
    log.info("%s: %s; %s", person, leak.detail, enough.detail)
    split_sizes, kept = Counter(dealt.split_of.values()), Counter(row["split"] for row in usable)
    left_out = len(pairs) - len(usable)
    return SplitSummary(dict(split_sizes), dict(kept), left_out, len(dealt.bridged), leak, enough, _sizes(placed))


def judged_version(home: Home, person: str) -> str:
    """What the verdicts on the splits speak of: 16 hex characters of the pairs, their groups, and the splits of these."""
    with home.warehouse.transaction() as t:
        pairs = t.query("select pair_id, text_group, image_group from pairs where person = ? order by pair_id", person).to_pylist()
        splits = t.query("select group_id, split from splits where person = ? order by group_id", person).to_pylist()
    return id_of("judged", [list(row.values()) for row in pairs], [list(row.values()) for row in splits])


def enough_data(usable: Iterable[Mapping[str, Any]]) -> Verdict:
    """Whether there is enough to fit and to judge, in plain words."""
    rows = [row for row in usable if row["kind"] in ASSOCIATIONS]
    held = {split: len({r["text_group"] for r in rows if r["split"] == split and r["hop"] == 0}) for split in ("test", "validation")}
    train = sum(row["split"] == "train" for row in rows)
    found = f"{held['test']} groups to test on, {held['validation']} to validate on, {train} pairs to learn from"
    if held["test"] >= TEST_GROUPS and held["validation"] >= VALIDATION_GROUPS and train >= TRAIN_PAIRS:
        return Verdict(True, f"enough data: {found}")
    needed = f"{TEST_GROUPS} groups, {VALIDATION_GROUPS} groups and {TRAIN_PAIRS} pairs"
    lacking = max(TEST_GROUPS - held["test"], VALIDATION_GROUPS - held["validation"], 0)
    more = f" About {lacking * 3} more posts with pictures, or pins of different pages, would do." if lacking else ""
    return Verdict(False, f"too little data: {found}; needed: {needed}. More posts with pictures help, and pins that link to pages.{more}")


def _bridges(groups: Mapping[str, str], before: Mapping[str, str], dealt: Dealt) -> Verdict:
    moved = Counter(f"{before[a]} to {dealt.split_of[g]}" for a, g in groups.items() if a in before and before[a] != dealt.split_of[g])
    if not dealt.bridged:
        return Verdict(True, "no group holds members of two earlier splits")
    told = ", ".join(f"{n} items from {move}" for move, n in sorted(moved.items())) or "none"
    return Verdict(
        True, f"{len(dealt.bridged)} groups came to hold members of two earlier splits, and are held out with those: moved {told}"
    )


def other_ways(usable: Sequence[Mapping[str, Any]], placed: Sequence[Placed]) -> Verdict:
    """What the other ways to split would test on, beside the main one."""
    main = sum(row["split"] == "test" and is_tested(row) for row in usable)
    counts = _sizes(placed)
    told = [f"{_named(name)}: {', '.join(f'{n} {split}' for split, n in sorted(found.items()))}" for name, found in sorted(counts.items())]
    uncut, apart = (counts.get((name, 0), {}).get("test", 0) for name in ("uncut", "apart"))
    without = (
        f"with no tie cut {uncut} would be tested" if uncut else "with no tie cut nothing could be tested: too much would be one group"
    )
    reach = f"from {apart} of the {main} no chain of ties, cut ones included, leads to training"
    return Verdict(True, f"the main split tests {main} pairs; {without}; {reach}. " + "; ".join(told))


def _named(name: tuple[str, int]) -> str:
    variant, fold = name
    return f"{variant} {fold + 1}" if variant == "kfold" else variant


def _sizes(placed: Iterable[Placed]) -> dict[tuple[str, int], dict[str, int]]:
    counts: dict[tuple[str, int], Counter[str]] = {}
    for one in placed:
        counts.setdefault((one.variant, one.fold), Counter())[one.cell or one.split] += 1
    return {name: dict(found) for name, found in counts.items()}


def _read_groups(home: Home, person: str) -> tuple[list[dict[str, Any]], dict[str, str], dict[str, str]]:
    """The pairs; artefact -> group, and document -> group where it has one; artefact or document -> the split it was in.

    Documents are remembered too: a post that was rewritten, with other pictures, has no artefact of its old self.
    """
    with home.warehouse.transaction() as t:
        pairs = t.query(ROWS, person).to_pylist()
        groups = t.query("select artefact_id, group_id from groups where person = ?", person).to_pylist()
        before = t.query("select artefact_id, split from split_members where person = ?", person).to_pylist()
        places = t.query(PLACES, person).to_pylist()
    documents = {row["document_id"]: row["groups"][0] for row in places if len(row["groups"]) == 1}
    return pairs, {r["artefact_id"]: r["group_id"] for r in groups} | documents, {r["artefact_id"]: r["split"] for r in before}


def _write_splits(home: Home, person: str, groups: Mapping[str, str], dealt: Dealt, placed: Sequence[Placed]) -> None:
    rows = [{"person": person, "group_id": group, "split": split} for group, split in sorted(dealt.split_of.items())]
    members = [{"person": person, "artefact_id": a, "split": dealt.split_of[g]} for a, g in sorted(groups.items())]
    with home.warehouse.transaction() as t:
        t.replace("splits", rows, person=person)
        t.upsert("split_members", members, "person", "artefact_id")
        t.replace("split_variants", [{"person": person} | asdict(one) for one in placed], person=person)
        for what in ("leak", "vector_leak", "too_little_data"):  # the old ones speak of other splits; without any, training does not start
            t.replace("verdicts", [], person=person, what=what)


def write_verdict(t: Transaction, person: str, what: str, verdict: Verdict, version: str) -> None:
    """Puts a verdict in place of the person's last one on the same; `version` is of the splits that it speaks of."""
    row = {"person": person, "what": what, "ok": verdict.ok, "detail": verdict.detail, "data_version": version}
    t.replace("verdicts", [row | {"recorded_at": datetime.now(UTC)}], person=person, what=what)
