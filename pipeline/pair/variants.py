"""Other ways to split the same pairs, beside the one that models are judged by: each says what that one cannot.

    uncut    as the main split, but by the groups that all ties make: what cutting series and boards may have let through
    apart    of the main test, what no chain of ties, cut ones included, leads from to training: all of the cuts' price that can be had
             where too little is left without them
    kfold    FOLDS folds of groups: every group is tested once
    time     trained on what is older, tested on what is newer; no group is on both sides
    random   single pairs, whatever their groups: a reference, for it flatters whatever remembers the posts it trained on
    grid     the main test, and beside it pairs of documents in training whose words, picture, or neither was ever trained on

Only associations of hop 0 are tested. Each is the same for the same pairs, groups and seed; none remembers what was dealt before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from pipeline.identifiers import id_of
from pipeline.pair.deal import SHARES, deal, own_items
from pipeline.pair.groups import LARGEST
from pipeline.pair.kinds import ASSOCIATIONS

FOLDS = 5
HELD = 0.2  # of the words and of the pictures of training, that the grid holds out

Row: TypeAlias = Mapping[str, Any]  # of `pairs`, with text_whole, image_whole, text_same, image_same and made_at


@dataclass(frozen=True)
class Placed:
    """Where a variant puts a pair; what it leaves out has none."""

    variant: str
    fold: int
    pair_id: str
    split: str
    cell: str | None = None


def is_tested(row: Row) -> bool:
    """Whether a pair may be in a test: an association that the person's own act ties."""
    return row["hop"] == 0 and row["kind"] in ASSOCIATIONS


def uncut(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """The main rule over groups that no cut has parted, dealt from the beginning."""
    whole = [{**row, "text_group": row["text_whole"], "image_group": row["image_whole"]} for row in rows]
    groups = {row[f"{side}_id"]: row[f"{side}_whole"] for row in rows for side in ("text", "image")}
    split_of = deal(whole, groups, {}, seed).split_of
    yield from _by_groups("uncut", 0, whole, split_of)


def apart(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """The main training, and of the main test the pairs whose groups, with nothing cut, hold nothing that is trained on."""
    trained = [row for row in rows if _split(row, main) == "train"]
    reached = {row[f"{side}_whole"] for row in trained for side in ("text", "image")}
    held = (row for row in rows if _split(row, main) == "test" and is_tested(row))
    tested = [row for row in held if not {row["text_whole"], row["image_whole"]} & reached]
    for split, placed in (("train", trained), ("test", tested)):
        yield from (Placed("apart", 0, row["pair_id"], split) for row in (placed if tested else ()))


def kfold(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """Every group of the person's own associations is tested in one fold and trained on in the others; giants are trained on."""
    items, tested = own_items(rows)
    total = sum(map(len, items.values()))
    small = (name for name in tested if len(items[name]) <= LARGEST * total)
    fold_of = {name: number % FOLDS for number, name in enumerate(sorted(small, key=lambda name: id_of("fold", seed, name)))}
    for fold in range(FOLDS):
        split_of = {row[f"{side}_group"]: "train" for row in rows for side in ("text", "image")}
        split_of |= {name: "test" for name, number in fold_of.items() if number == fold}
        yield from _by_groups("kfold", fold, rows, split_of)


def time(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """The newest own associations are tested, the next validated on. A group counts as new as its newest pair; in a held-out
    group the pairs that are older than the line are left out."""
    dated = sorted(row["made_at"] for row in rows if is_tested(row) and row["made_at"])
    if not dated:
        return
    line = dated[min(len(dated) - 1, int((1 - SHARES["test"]) * len(dated)))]
    early = dated[int((1 - SHARES["test"] - SHARES["validation"]) * len(dated))]
    newest: dict[str, datetime] = {}
    for row in rows:
        for side in ("text", "image"):
            if is_tested(row) and row["made_at"]:
                newest[row[f"{side}_group"]] = max(row["made_at"], newest.get(row[f"{side}_group"], row["made_at"]))
    split_of = {name: "test" if when >= line else "validation" if when >= early else "train" for name, when in newest.items()}
    since = {"test": line, "validation": early}
    by_id = {row["pair_id"]: row for row in rows}
    groups = {row[f"{side}_group"]: "train" for row in rows for side in ("text", "image")}
    for placed in _by_groups("time", 0, rows, groups | split_of):
        made_at = by_id[placed.pair_id]["made_at"]
        if placed.split == "train" or (made_at and made_at >= since[placed.split]):
            yield placed


def random(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """Own associations by the hash of their own id; all else trains."""
    own = sorted((row["pair_id"] for row in rows if is_tested(row)), key=lambda name: id_of("random", seed, name))
    bounds = [round(SHARES["test"] * len(own)), round((SHARES["test"] + SHARES["validation"]) * len(own))]
    held = dict.fromkeys(own[: bounds[0]], "test") | dict.fromkeys(own[bounds[0] : bounds[1]], "validation")
    yield from (Placed("random", 0, row["pair_id"], held.get(row["pair_id"], "train")) for row in rows)


def grid(rows: Sequence[Row], main: Mapping[str, str], seed: int) -> Iterator[Placed]:
    """Seen and unseen words by seen and unseen pictures.

    `unseen` is the main test, whole groups. The other cells are own associations of training groups: HELD of all different words
    and HELD of all different pictures (copies are one) are never trained on, and HELD of the rest is asked for although both its
    words and its picture are trained on in other pairs. Their documents are in training: they say what a known essay costs.
    """
    split_of = {row["pair_id"]: _split(row, main) for row in rows}
    inner = [row for row in rows if split_of[row["pair_id"]] == "train"]
    cell_of = {row["pair_id"]: _cell(row, seed) for row in inner}
    trained = [row for row in inner if cell_of[row["pair_id"]] == "train"]
    seen = {side: {row[f"{side}_same"] for row in trained} for side in ("text", "image")}
    for row in rows:
        split, cell = split_of[row["pair_id"]], cell_of.get(row["pair_id"])
        if split == "test" and is_tested(row):
            yield Placed("grid", 0, row["pair_id"], "test", "unseen")
        elif split == "validation" or cell == "train":
            yield Placed("grid", 0, row["pair_id"], split or "train")
        elif cell is not None and is_tested(row) and _is(cell, row["text_same"] in seen["text"], row["image_same"] in seen["image"]):
            yield Placed("grid", 0, row["pair_id"], "test", cell)


VARIANTS: Mapping[str, Callable[[Sequence[Row], Mapping[str, str], int], Iterator[Placed]]] = {
    "uncut": uncut,
    "apart": apart,
    "kfold": kfold,
    "time": time,
    "random": random,
    "grid": grid,
}


def _split(row: Row, main: Mapping[str, str]) -> str | None:
    """The split of a pair whose sides are in one."""
    text, image = main.get(row["text_group"]), main.get(row["image_group"])
    return text if text == image else None


def _by_groups(variant: str, fold: int, rows: Sequence[Row], split_of: Mapping[str, str]) -> Iterator[Placed]:
    for row in rows:
        split = _split(row, split_of)
        if split and (split == "train" or is_tested(row)):
            yield Placed(variant, fold, row["pair_id"], split)


def _cell(row: Row, seed: int) -> str | None:
    """The cell of a pair of a training group, `train` where it stays there, None where both its sides are held out."""
    text, image = (_is_held(side, row[f"{side}_same"], seed) for side in ("text", "image"))
    if text or image:
        return None if text and image else "unseen_text" if text else "unseen_image"
    return "seen" if is_tested(row) and _is_held("pair", row["text_same"] + row["image_same"], seed) else "train"


def _is_held(what: str, name: str, seed: int) -> bool:
    return int(id_of("grid", what, seed, name), 16) / 16**16 < HELD


def _is(cell: str, text_seen: bool, image_seen: bool) -> bool:
    """Whether a cell keeps its word: what it calls seen is in some pair that is trained on."""
    return (text_seen, image_seen) == {"seen": (True, True), "unseen_text": (False, True), "unseen_image": (True, False)}[cell]
