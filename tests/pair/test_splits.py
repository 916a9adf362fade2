import pytest

from pipeline.dedupe import find_duplicates
from pipeline.pair import make_pairs, split_groups, usable_pairs
from pipeline.pair.deal import SHARES, deal
from pipeline.pair.splits import enough_data, other_ways
from pipeline.pair.variants import Placed


def pair(number, *, hop=0, kind="link", other=None):
    group, image_group = f"g{number}", f"g{number if other is None else other}"
    return {"kind": kind, "hop": hop, "text_id": f"t{number}", "image_id": f"i{number}", "text_group": group, "image_group": image_group}


def members(numbers):
    return {f"{side}{i}": f"g{i}" for i in numbers for side in "ti"}


def test_new_groups_are_dealt_by_share():
    dealt = deal([pair(i) for i in range(100)], members(range(100)), {}, 0)
    counts = {split: list(dealt.split_of.values()).count(split) for split in SHARES}
    assert counts == {"train": 50, "test": 35, "validation": 15}


def test_only_groups_with_associations_of_hop_0_are_held_out():
    pairs = [pair(i) for i in range(40)]
    aside = [pair(i, hop=1) for i in range(40, 60)] + [pair(i, kind="board") for i in range(60, 80)]
    dealt = deal([*pairs, *aside], members(range(80)), {}, 0)
    assert {dealt.split_of[f"g{i}"] for i in range(40, 80)} == {"train"}
    assert set(dealt.split_of.values()) == set(SHARES)


def test_what_was_dealt_stays_when_more_comes():
    first = deal([pair(i) for i in range(30)], members(range(30)), {}, 0)
    before = {name: first.split_of[group] for name, group in members(range(30)).items()}
    second = deal([pair(i) for i in range(90)], members(range(90)), before, 0)
    assert {group: second.split_of[group] for group in first.split_of} == first.split_of


def test_a_new_id_for_an_old_group_changes_nothing():
    before = {"t1": "test", "i1": "test"}
    assert deal([pair(9)], {"t1": "g9", "i1": "g9", "t9": "g9", "i9": "g9"}, before, 0).split_of == {"g9": "test"}


@pytest.mark.parametrize(
    ("one", "other", "split"), [("train", "test", "test"), ("test", "validation", "test"), ("validation", "train", "validation")]
)
def test_a_group_that_bridges_two_splits_is_held_out_with_those_that_were(one, other, split):
    dealt = deal([pair(1)], members([1]), {"t1": one, "i1": other}, 0)
    assert dealt.split_of == {"g1": split}
    assert dealt.bridged == ["g1"]


def test_an_uncuttable_giant_goes_to_training():
    giant = [pair(0) | {"text_id": f"t0-{i}"} for i in range(50)]
    pairs = giant + [pair(i) for i in range(1, 40)]
    assert {deal(pairs, members(range(40)), {}, seed).split_of["g0"] for seed in range(5)} == {"train"}


def test_the_seed_decides_and_only_the_seed():
    one, same, other = (deal([pair(i) for i in range(40)], members(range(40)), {}, seed).split_of for seed in (0, 0, 1))
    assert one == same
    assert one != other


def test_too_little_data_is_said_with_what_is_needed():
    rows = [pair(i) | {"split": "test"} for i in range(9)] + [pair(i) | {"split": "train"} for i in range(9, 70)]
    verdict = enough_data(rows)
    assert not verdict.ok
    assert "9 groups to test on, 0 to validate on, 61 pairs" in verdict.detail
    assert "needed: 10 groups" in verdict.detail


def test_what_no_cut_would_leave_to_test_is_said_in_words():
    usable = [pair(i) | {"split": "test"} for i in range(9)]
    nothing = [Placed("uncut", 0, f"p{i}", "train") for i in range(9)]
    assert "tests 9 pairs; with no tie cut nothing could be tested: too much would be one group" in other_ways(usable, nothing).detail
    some = [Placed("uncut", 0, f"p{i}", "test") for i in range(7)]
    assert "with no tie cut 7 would be tested" in other_ways(usable, some).detail


def test_pairs_of_others_do_not_count_as_tests():
    rows = [pair(i, hop=1) | {"split": split} for split in SHARES for i in range(100)]
    assert not enough_data(rows).ok


@pytest.fixture
def world(scene, draw, encode):
    """Eighty own posts of a passage and a picture each, and a board that ties a few of their pictures to its words."""
    scene.source("https://ada.example")
    for i in range(80):
        url = f"https://ada.example/p/{i}"
        scene.page(url, "https://ada.example")
        scene.text(url, 0, " ".join(f"word{(i * 31 + j * 7) % 997}x{i}" for j in range(12)))
        scene.picture(url, 1, encode(draw(i)))
    scene.source("https://pins.example/b")
    scene.page("https://pins.example/b", "https://pins.example/b", kind="pinterest_board")
    scene.text("https://pins.example/b", 0, "Things I like to look at", "board")
    for i in range(60):
        scene.pin("https://pins.example/b", i, encode(draw(i + 100)), f"https://ada.example/p/{i}")
    scene.write()
    find_duplicates(scene.home, "ada")
    make_pairs(scene.home, "ada")
    return scene


def test_a_world_is_split_without_leak_and_pairs_across_splits_are_left_out(world):
    summary = split_groups(world.home, "ada")
    assert (summary.leak.ok, summary.enough.ok) == (True, True)
    assert summary.left_out > 0
    splits = {row["group_id"]: row["split"] for row in world.home.warehouse.rows("select * from splits")}
    usable = usable_pairs(world.home, "ada").to_pylist()
    assert all(splits[row["text_group"]] == splits[row["image_group"]] == row["split"] for row in usable)
    total = world.home.warehouse.rows("select count(*) as n from pairs")[0]["n"]
    assert total == len(usable) + summary.left_out


def test_verdicts_are_stored_once(world):
    split_groups(world.home, "ada")
    split_groups(world.home, "ada")
    rows = world.home.warehouse.rows("select what, ok from verdicts order by what")
    assert rows == [{"what": what, "ok": True} for what in ("bridges", "groups", "leak", "too_little_data", "variants")]


def test_new_splits_leave_no_verdict_on_the_vectors_of_the_old_ones(world):
    with world.home.warehouse.transaction() as t:
        t.append("verdicts", [{"person": "ada", "what": "vector_leak", "ok": True}])
    split_groups(world.home, "ada")
    assert world.home.warehouse.rows("select * from verdicts where what = 'vector_leak'") == []


def test_a_second_run_splits_alike(world):
    split_groups(world.home, "ada")
    before = world.home.warehouse.rows("select * from splits order by group_id")
    split_groups(world.home, "ada", seed=5)
    assert world.home.warehouse.rows("select * from splits order by group_id") == before


def test_nothing_gathered_is_too_little_data(scene):
    scene.write()
    make_pairs(scene.home, "ada")
    assert not split_groups(scene.home, "ada").enough.ok
