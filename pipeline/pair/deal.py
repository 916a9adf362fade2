"""Train, validation and test by whole groups, so that nothing a model is tested on was near anything it learned from.

A new group goes where the split is furthest below its share, half by items and half by groups (items decide what is learned, groups
how wide the intervals are), in an order fixed by a hash of its id. What was once dealt stays: a group with members of an earlier
split takes that split. One that would bridge two splits takes the one that is held out further, test before validation before
training, and is counted: what was once held out is never trained on, and each model is trained from the beginning, so nothing
that an earlier one learned helps on what has joined the test. A new group that is too large to be held out goes to training.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.identifiers import id_of
from pipeline.pair.groups import LARGEST
from pipeline.pair.kinds import ASSOCIATIONS, OWN_PLACES

SHARES = {"train": 0.5, "test": 0.35, "validation": 0.15}  # half is held out because sets are small
HELD_FIRST = ("test", "validation", "train")


@dataclass(frozen=True)
class Dealt:
    """Group -> split, and the groups whose members come from several splits."""

    split_of: dict[str, str]
    bridged: list[str]


def deal(pairs: Iterable[Mapping[str, Any]], groups: Mapping[str, str], before: Mapping[str, str], seed: int) -> Dealt:
    """`groups`: artefact -> group; `before`: artefact -> the split it was in. Only groups with hop-0 associations are held out."""
    items, tested = own_items(pairs)
    members: dict[str, list[str]] = defaultdict(list)
    for artefact_id, group_id in sorted(groups.items()):
        members[group_id].append(artefact_id)
    total = sum(map(len, items.values()))
    dealt, have = Dealt({}, []), dict.fromkeys(SHARES, 0.0)
    for group_id in sorted(members, key=lambda name: _order(name, members[name], before, seed)):
        seen = {before[name] for name in members[group_id] if name in before}
        share = len(items.get(group_id, ())) / max(total, 1)
        if len(seen) > 1:
            dealt.bridged.append(group_id)
        split = _remembered(seen) or _new_split(share, have, group_id in tested)
        dealt.split_of[group_id] = split
        if group_id in tested:
            have[split] += share + 1 / len(tested)
    return dealt


def own_items(pairs: Iterable[Mapping[str, Any]]) -> tuple[dict[str, set[str]], set[str]]:
    """Group -> its hop-0 items; the groups that hold both sides of a hop-0 association."""
    items: dict[str, set[str]] = defaultdict(set)
    tested = set()
    for pair in pairs:
        if pair["hop"] == 0 and pair["kind"] in OWN_PLACES:
            items[pair["text_group"]].add(pair["text_id"])
            items[pair["image_group"]].add(pair["image_id"])
            if pair["kind"] in ASSOCIATIONS and pair["text_group"] == pair["image_group"]:
                tested.add(pair["text_group"])
    return items, tested


def _order(group_id: str, members: Iterable[str], before: Mapping[str, str], seed: int) -> tuple[bool, str]:
    """Groups that were dealt before come first, so that the shares of the new ones start from what is there."""
    return not any(name in before for name in members), id_of("split", seed, group_id)


def _remembered(seen: set[str]) -> str | None:
    return next((split for split in HELD_FIRST if split in seen), None)


def _new_split(share: float, have: Mapping[str, float], tested: bool) -> str:
    if not tested or share > LARGEST:
        return "train"
    return max(SHARES, key=lambda split: 2 * SHARES[split] - have[split])
