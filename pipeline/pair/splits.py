"""Train, validation and test by whole groups, so that nothing a model is tested on was near anything it learned from.

A new group goes where the split is furthest below its share, half by items and half by groups (items decide what is learned, groups
how wide the intervals are), in an order fixed by a hash of its id. What was once dealt stays:
a group with members of an earlier split takes that split. One that would bridge two goes to training if any of it was trained on,
else to validation; that takes test items away but never tests on what was seen, and is counted.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipeline.identifiers import id_of
from pipeline.pair.groups import LARGEST
from pipeline.pair.kinds import ASSOCIATIONS
from pipeline.pair.leaks import Verdict, check
from pipeline.store import Home, Transaction

log = logging.getLogger(__name__)

SHARES = {"train": 0.5, "test": 0.35, "validation": 0.15}  # half is held out because sets are small
TEST_GROUPS, VALIDATION_GROUPS, TRAIN_PAIRS = 10, 5, 50  # fewer, and no interval over groups and no fit means anything

USABLE = """
    select p.*, a.split from pairs p
    join splits a on a.person = p.person and a.group_id = p.text_group
    join splits b on b.person = p.person and b.group_id = p.image_group
    where p.person = ? and a.split = b.split order by p.pair_id"""


@dataclass(frozen=True)
class SplitSummary:
    """Groups and usable pairs by split, what was left out or bridged, and the two verdicts."""

    groups: Mapping[str, int]
    pairs: Mapping[str, int]
    left_out: int
    bridged: int
    leak: Verdict
    enough: Verdict


@dataclass(frozen=True)
class Dealt:
    """Group -> split, and the groups whose members come from several splits."""

    split_of: dict[str, str]
    bridged: list[str]


def usable_pairs(home: Home, person: str) -> pa.Table:
    """The pairs both of whose sides lie in groups of one split, with that split: all columns of `pairs`, and `split`."""
    return home.warehouse.query(USABLE, person)


def split_groups(home: Home, person: str, seed: int = 0) -> SplitSummary:
    """Deals the groups to train, validation and test; replaces splits and the verdicts `leak` and `too_little_data`."""
    pairs, groups, before = _read_groups(home, person)
    dealt = deal(pairs, groups, before, seed)
    _write_splits(home, person, groups, dealt)
    usable = usable_pairs(home, person).to_pylist()
    leak, enough = check(home, person), enough_data(usable)
    version = id_of(*(f"{group}={split}" for group, split in sorted(dealt.split_of.items())))
    with home.warehouse.transaction() as t:
        _write_verdict(t, person, "leak", leak, version)
        _write_verdict(t, person, "too_little_data", enough, version)
    log.info("%s: %s; %s", person, leak.detail, enough.detail)
    split_sizes = Counter(dealt.split_of.values())
    kept = Counter(row["split"] for row in usable)
    return SplitSummary(dict(split_sizes), dict(kept), len(pairs) - len(usable), len(dealt.bridged), leak, enough)


def deal(pairs: Iterable[Mapping[str, Any]], groups: Mapping[str, str], before: Mapping[str, str], seed: int) -> Dealt:
    """`groups`: artefact -> group; `before`: artefact -> the split it was in. Only groups with hop-0 associations are held out."""
    items, tested = _items(pairs)
    members: dict[str, list[str]] = defaultdict(list)
    for artefact_id, group_id in sorted(groups.items()):
        members[group_id].append(artefact_id)
    total = sum(map(len, items.values()))
    split_of, bridged, have = dict[str, str](), list[str](), dict.fromkeys(SHARES, 0.0)
    for group_id in sorted(members, key=lambda name: _order(name, members[name], before, seed)):
        seen = {before[name] for name in members[group_id] if name in before}
        share = len(items.get(group_id, ())) / max(total, 1)
        if len(seen) > 1:
            bridged.append(group_id)
        split = _remembered(seen) or _new_split(share, have, group_id in tested)
        split_of[group_id] = split
        if group_id in tested:
            have[split] += share + 1 / len(tested)
    return Dealt(split_of, bridged)


def enough_data(usable: Iterable[Mapping[str, Any]]) -> Verdict:
    """Whether there is enough to fit and to judge, in plain words."""
    rows = [row for row in usable if row["kind"] in ASSOCIATIONS]
    held = {split: len({r["text_group"] for r in rows if r["split"] == split and r["hop"] == 0}) for split in ("test", "validation")}
    train = sum(row["split"] == "train" for row in rows)
    found = f"{held['test']} groups to test on, {held['validation']} to validate on, {train} pairs to learn from"
    if held["test"] >= TEST_GROUPS and held["validation"] >= VALIDATION_GROUPS and train >= TRAIN_PAIRS:
        return Verdict(True, f"enough data: {found}")
    needed = f"{TEST_GROUPS} groups, {VALIDATION_GROUPS} groups and {TRAIN_PAIRS} pairs"
    return Verdict(False, f"too little data: {found}; needed: {needed}. More posts with pictures help, and pins that link to pages.")


def _items(pairs: Iterable[Mapping[str, Any]]) -> tuple[dict[str, set[str]], set[str]]:
    """Group -> its hop-0 items; the groups that hold both sides of a hop-0 association."""
    items: dict[str, set[str]] = defaultdict(set)
    tested = set()
    for pair in pairs:
        if pair["hop"] == 0:
            items[pair["text_group"]].add(pair["text_id"])
            items[pair["image_group"]].add(pair["image_id"])
            if pair["kind"] in ASSOCIATIONS and pair["text_group"] == pair["image_group"]:
                tested.add(pair["text_group"])
    return items, tested


def _order(group_id: str, members: Iterable[str], before: Mapping[str, str], seed: int) -> tuple[bool, str]:
    """Groups that were dealt before come first, so that the shares of the new ones start from what is there."""
    return not any(name in before for name in members), id_of("split", seed, group_id)


def _remembered(seen: set[str]) -> str | None:
    return next((split for split in ("train", "validation", "test") if split in seen), None)


def _new_split(share: float, have: Mapping[str, float], tested: bool) -> str:
    if not tested or share > LARGEST:
        return "train"
    return max(SHARES, key=lambda split: 2 * SHARES[split] - have[split])


def _read_groups(home: Home, person: str) -> tuple[list[dict[str, Any]], dict[str, str], dict[str, str]]:
    columns = "kind, hop, text_id, image_id, text_group, image_group"
    with home.warehouse.transaction() as t:
        pairs = t.query(f"select {columns} from pairs where person = ? order by pair_id", person).to_pylist()  # noqa: S608
        groups = t.query("select artefact_id, group_id from groups where person = ?", person).to_pylist()
        before = t.query("select artefact_id, split from split_members where person = ?", person).to_pylist()
    return pairs, {r["artefact_id"]: r["group_id"] for r in groups}, {r["artefact_id"]: r["split"] for r in before}


def _write_splits(home: Home, person: str, groups: Mapping[str, str], dealt: Dealt) -> None:
    rows = [{"person": person, "group_id": group, "split": split} for group, split in sorted(dealt.split_of.items())]
    members = [{"person": person, "artefact_id": a, "split": dealt.split_of[g]} for a, g in sorted(groups.items())]
    with home.warehouse.transaction() as t:
        t.replace("splits", rows, person=person)
        t.upsert("split_members", members, "person", "artefact_id")
        for what in ("leak", "too_little_data"):  # the old ones speak of other splits; without any, training does not start
            t.replace("verdicts", [], person=person, what=what)


def _write_verdict(t: Transaction, person: str, what: str, verdict: Verdict, version: str) -> None:
    row = {"person": person, "what": what, "ok": verdict.ok, "detail": verdict.detail, "data_version": version}
    t.replace("verdicts", [row | {"recorded_at": datetime.now(UTC)}], person=person, what=what)
