from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.pair.deal import deal
from pipeline.pair.variants import FOLDS, VARIANTS

START = datetime(2025, 1, 1, tzinfo=UTC)


def row(group, text, image, *, hop=0, kind="inline", whole=None, image_group=None, same=None):
    sides = {"text_id": text, "image_id": image, "text_group": group, "image_group": image_group or group}
    wholes = {"text_whole": whole or group, "image_whole": whole or image_group or group}
    contents = {"text_same": text, "image_same": same or image, "made_at": START + timedelta(days=int(group[1:]))}
    return {"pair_id": f"{text}-{image}", "kind": kind, "hop": hop} | sides | wholes | contents


@pytest.fixture
def rows():
    """Sixty posts of four passages and three pictures each, some strangers' pairs, and a pair across two groups."""
    found = [row(f"g{g}", f"t{g}.{t}", f"i{g}.{i}") for g in range(60) for t in range(4) for i in range(3)]
    found += [row(f"g{g}", f"t{g}", f"i{g}", hop=1) for g in range(60, 70)]
    return [*found, row("g1", "t1.0", "i2.0", image_group="g2", kind="board")]


@pytest.fixture
def main(rows):
    groups = {r[f"{side}_id"]: r[f"{side}_group"] for r in rows for side in ("text", "image")}
    return deal(rows, groups, {}, 0).split_of


def placed(name, rows, main, seed=0):
    by_id = {r["pair_id"]: r for r in rows}
    return [(by_id[one.pair_id], one) for one in VARIANTS[name](rows, main, seed)]


def groups_by_split(found):
    splits = defaultdict(set)
    for one_row, one in found:
        for side in ("text", "image"):
            splits[one_row[f"{side}_group"]].add((one.fold, one.split))
    return splits


@pytest.mark.parametrize("name", VARIANTS)
def test_only_own_associations_are_held_out_and_nothing_is_placed_twice(rows, main, name):
    found = placed(name, rows, main)
    assert all(r["hop"] == 0 and r["kind"] == "inline" for r, one in found if one.split == "test")
    assert max(Counter((one.fold, one.pair_id) for _, one in found).values()) == 1


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_the_same_for_the_same_seed_in_whatever_order_pairs_come(rows, main, name):
    one, other = (set(VARIANTS[name](order, main, 3)) for order in (rows, rows[::-1]))
    assert one == other


@pytest.mark.parametrize("name", ["uncut", "kfold", "time"])
def test_no_group_is_in_two_splits_of_one_fold(rows, main, name):
    for splits in groups_by_split(placed(name, rows, main)).values():
        assert len(splits) == len({fold for fold, _ in splits})


def test_in_folds_every_own_group_is_tested_once(rows, main):
    tested = Counter(r["text_group"] for r, one in placed("kfold", rows, main) if one.split == "test")
    folds = {r["text_group"]: one.fold for r, one in placed("kfold", rows, main) if one.split == "test"}
    assert set(tested) == {f"g{g}" for g in range(60)}
    assert set(tested.values()) == {12}
    assert Counter(folds.values()) == dict.fromkeys(range(FOLDS), 12)


def test_uncut_splits_by_the_groups_that_all_ties_make(rows, main):
    tied = [r | {"text_whole": f"w{int(r['text_group'][1:]) // 4}", "image_whole": f"w{int(r['image_group'][1:]) // 4}"} for r in rows]
    splits = defaultdict(set)
    for r, one in placed("uncut", tied, main):
        splits[r["text_whole"]].add(one.split)
    assert all(len(found) == 1 for found in splits.values())
    assert len({next(iter(found)) for found in splits.values()}) == 3


def test_with_no_tie_cut_a_giant_leaves_nothing_to_test(rows, main):
    giant = [r | {"text_whole": "w", "image_whole": "w"} for r in rows]
    assert {one.split for _, one in placed("uncut", giant, main)} == {"train"}


def test_by_time_nothing_own_that_is_trained_on_is_newer_than_what_is_tested(rows, main):
    found = placed("time", rows, main)
    dates = defaultdict(list)
    for r, one in found:
        if r["hop"] == 0:
            dates[one.split].append(r["made_at"])
    assert max(dates["train"]) < min(dates["validation"]) <= max(dates["validation"]) < min(dates["test"])
    assert 0.3 < len(dates["test"]) / 720 < 0.4


def test_by_time_the_older_pairs_of_a_group_that_is_tested_are_left_out(rows, main):
    for r in rows:
        if r["pair_id"] == "t59.0-i59.0":
            r["made_at"] = START
    names = {one.pair_id for _, one in placed("time", rows, main)}
    assert "t59.0-i59.0" not in names
    assert "t59.1-i59.0" in names


def test_undated_pairs_make_no_split_by_time(rows, main):
    assert placed("time", [r | {"made_at": None} for r in rows], main) == []


def test_at_random_groups_are_torn_apart(rows, main):
    assert sum(len(splits) > 1 for splits in groups_by_split(placed("random", rows, main)).values()) > 40


def test_the_grid_keeps_its_words_about_what_was_seen(rows, main):
    found = placed("grid", rows, main)
    trained = {side: {r[f"{side}_same"] for r, one in found if one.split == "train"} for side in ("text", "image")}
    cells = defaultdict(list)
    for r, one in found:
        if one.split == "test":
            cells[one.cell].append((r["text_same"] in trained["text"], r["image_same"] in trained["image"]))
    expected = {"seen": (True, True), "unseen_text": (False, True), "unseen_image": (True, False), "unseen": (False, False)}
    assert {cell: set(seen) for cell, seen in cells.items()} == {cell: {seen} for cell, seen in expected.items()}
    assert min(len(seen) for seen in cells.values()) > 20


def test_the_grid_s_unseen_cell_is_the_main_test(rows, main):
    unseen = {one.pair_id for _, one in placed("grid", rows, main) if one.cell == "unseen"}
    tested = {r["pair_id"] for r in rows if main[r["text_group"]] == main[r["image_group"]] == "test" and r["kind"] == "inline"}
    assert unseen == tested
