"""What was dealt stays: any sequence of gatherings, in which anything may turn out to be tied to anything."""

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.dedupe import find_duplicates
from pipeline.dedupe.clusters import Clusters
from pipeline.pair import make_pairs, split_groups
from pipeline.pair.deal import HELD_FIRST, SHARES, deal

STEPS = st.lists(  # a gathering: how many posts come, and which posts of all turn out to be tied
    st.tuples(st.integers(0, 12), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4)), min_size=1, max_size=6
)


def gathered(posts, clusters):
    """Pairs and groups of posts 0 .. posts - 1, each of a text and a picture, under these ties."""
    groups = {f"{side}{i:02}": clusters.root(f"post{i:02}") for i in range(posts) for side in "ti"}
    pairs = [
        {"kind": "link", "hop": i % 5 == 4, "text_id": f"t{i:02}", "image_id": f"i{i:02}"}
        | {"text_group": groups[f"t{i:02}"], "image_group": groups[f"i{i:02}"]}
        for i in range(posts)
    ]
    return pairs, groups


@holds_for(STEPS, st.integers(0, 3))
def test_nothing_that_was_held_out_is_ever_trained_on_and_no_group_is_in_two_splits(steps, seed):
    clusters, before, posts = Clusters(), dict[str, str](), 0
    for more, ties in steps:
        posts += more
        for one, other in ties:
            if max(one, other) < posts:
                clusters.join(f"post{one:02}", f"post{other:02}")
        pairs, groups = gathered(posts, clusters)
        dealt = deal(pairs, groups, before, seed)
        now = {name: dealt.split_of[group] for name, group in groups.items()}
        assert set(now.values()) <= set(SHARES)
        earlier = {name: HELD_FIRST.index(split) for name, split in before.items()}
        assert all(HELD_FIRST.index(now[name]) <= rank for name, rank in earlier.items())
        torn = {group for group in set(groups.values()) if len({before[n] for n, g in groups.items() if g == group and n in before}) > 1}
        assert set(dealt.bridged) == torn
        assert all(now[name] == split for name, split in before.items() if groups[name] not in torn)
        before = before | now


@pytest.fixture
def growing(scene, draw, encode):
    """Writes the own posts of these numbers beside those before, each time gathered and split anew."""
    scene.source("https://ada.example")
    scene.source("https://pins.example/b")

    def grow(first, last):
        for i in range(first, last):
            url = f"https://ada.example/p/{i}"
            scene.page(url, "https://ada.example", title=f"Post {chr(97 + i % 26)}{chr(97 + i // 26)}")
            scene.text(url, 0, " ".join(f"word{(i * 31 + j * 7) % 997}x{i}" for j in range(12)))
            scene.picture(url, 1, encode(draw(i, 48)))
        scene.write()
        find_duplicates(scene.home, "ada")
        make_pairs(scene.home, "ada")
        summary = split_groups(scene.home, "ada")
        rows = scene.home.warehouse.rows("select artefact_id, split from groups join splits using (person, group_id)")
        return summary, {row["artefact_id"]: row["split"] for row in rows}

    return grow


def test_a_second_gathering_moves_nothing_and_says_that_nothing_was_bridged(growing, scene):
    _, first = growing(0, 24)
    summary, second = growing(24, 36)
    assert {name: second[name] for name in first} == first
    assert summary.bridged == 0
    (verdict,) = scene.home.warehouse.rows("select detail from verdicts where what = 'bridges'")
    assert verdict["detail"] == "no group holds members of two earlier splits"


def test_a_post_that_quotes_two_splits_takes_all_to_the_held_out_one_and_is_counted(growing, scene):
    _, first = growing(0, 24)
    texts = {split: next(row for row in scene.rows["passages"] if first[row["artefact_id"]] == split) for split in ("train", "test")}
    scene.page("https://ada.example/p/q", "https://ada.example", title="On both")
    scene.text("https://ada.example/p/q", 0, f"I said once: {texts['train']['text']}, and again: {texts['test']['text']}.")
    summary, second = growing(24, 24)
    assert (summary.bridged, summary.leak.ok) == (0, True)  # a text beside no picture ties nothing
    scene.picture("https://ada.example/p/q", 1, next(iter(scene.home.blobs.get(row["sha256"]) for row in scene.rows["images"][-1:])))
    summary, second = growing(24, 24)
    assert summary.bridged == 1
    assert second[texts["train"]["artefact_id"]] == second[texts["test"]["artefact_id"]] == "test"
    assert summary.leak.ok, summary.leak.detail
    (verdict,) = scene.home.warehouse.rows("select detail from verdicts where what = 'bridges'")
    assert "1 groups came to hold members of two earlier splits" in verdict["detail"]
    assert "from train to test" in verdict["detail"]


def test_a_kind_of_tie_that_was_cut_stays_cut(growing, scene, draw, encode):
    growing(0, 24)
    board = "https://pins.example/b"
    scene.page(board, board, kind="pinterest_board")
    scene.text(board, 0, "Things I like to look at", "board")
    for i in range(6):
        scene.pin(board, i, encode(draw(i + 1000, 48)), f"https://ada.example/p/{i}")
    _, second = growing(24, 24)
    assert scene.home.warehouse.rows("select kind, members, groups from cut_ties") == [{"kind": "board", "members": 7, "groups": 7}]
    _, third = growing(24, 60)  # now the board would hold less than a fifth
    assert {name: third[name] for name in second} == second
    whole = scene.home.warehouse.rows("select count(distinct whole_id) as whole, count(distinct group_id) as parts from groups")
    assert whole == [{"whole": 55, "parts": 61}]
