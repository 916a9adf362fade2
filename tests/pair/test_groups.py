import pytest

from pipeline.dedupe import find_duplicates
from pipeline.pair import make_pairs, split_groups
from pipeline.pair.groups import group
from pipeline.pair.ties import Tie

QUOTED = "you must not think that the sea forgives anyone who forgets to look at it before breakfast"


def tie(kind, *members):
    return Tie(kind=kind, name=kind, members=members)


def partition(grouping):
    found = {}
    for name, group_id in grouping.group_of.items():
        found.setdefault(group_id, set()).add(name)
    return {frozenset(members) for members in found.values()}


def test_ties_are_transitive_also_through_artefacts_that_are_in_no_pair():
    grouping = group({"a", "c", "d"}, {"a"}, [tie("identical", "a", "b"), tie("near_duplicate", "b", "c")])
    assert partition(grouping) == {frozenset("ac"), frozenset("d")}


def test_boards_are_cut_where_they_would_tie_more_than_a_fifth_together():
    names = [f"{i:02}" for i in range(20)]
    documents = [tie("document", *names[i : i + 2]) for i in range(0, 20, 2)]
    boards = [tie("board", "01", "02", "03", "04"), tie("board", "04", "05", "06", "07")]
    grouping = group(names, names, [*documents, *boards])
    assert grouping.cut == boards
    assert partition(grouping) == {frozenset(names[i : i + 2]) for i in range(0, 20, 2)}


def test_boards_hold_where_none_makes_a_group_too_large():
    names = [f"{i:02}" for i in range(20)]
    grouping = group(names, names, [tie("board", *names[i : i + 4]) for i in range(0, 16, 4)])
    assert grouping.cut == []
    assert frozenset(names[:4]) in partition(grouping)
    assert (grouping.tie_of["00"], grouping.tie_of["19"]) == ("board", "alone")


def test_boards_are_cut_as_a_kind_so_that_one_large_board_does_not_decide_which_others_hold():
    names = [f"{i:02}" for i in range(20)]
    boards = [tie("board", *names[:4]), tie("board", *names[4:])]
    assert group(names, names, boards).cut == boards


def test_series_are_cut_only_where_cutting_boards_was_not_enough():
    names = [f"{i:02}" for i in range(20)]
    series, board = tie("series", *names[:4]), tie("board", *names[3:])
    assert group(names, names, [series, board]).cut == [board]
    assert group(names, names, [tie("series", *names), board]).cut == [board, tie("series", *names)]


def test_sections_are_cut_after_boards_and_before_series():
    names = [f"{i:02}" for i in range(20)]
    series, section = tie("series", *names[:4]), tie("section", *names)
    assert group(names, names, [series, section]).cut == [section]


def test_a_kind_that_was_cut_before_is_cut_again():
    names = [f"{i:02}" for i in range(20)]
    board = tie("board", "01", "02")
    grouping = group(names, names, [board], cut_before=["board"])
    assert grouping.cut == [board]
    assert grouping.whole_of["01"] == grouping.whole_of["02"]
    assert grouping.group_of["01"] != grouping.group_of["02"]


def test_a_giant_of_other_ties_stays_and_is_reported():
    names = [f"{i:02}" for i in range(20)]
    grouping = group(names, names, [tie("document", *names[:10])])
    assert len(grouping.giants) == 1
    assert frozenset(names[:10]) in partition(grouping)


def test_strangers_items_do_not_make_a_giant():
    names = [f"{i:02}" for i in range(20)]
    assert group(names, names[10:], [tie("document", *names[:10])]).giants == []


def test_the_order_of_ties_does_not_matter():
    ties = [tie("document", "a", "b"), tie("near_duplicate", "b", "c"), tie("board", "c", "d", "e", "f", "g", "h")]
    one, other = (group(set("abcdefgh"), set("abcdefgh"), order) for order in (ties, ties[::-1]))
    assert (one.group_of, one.tie_of) == (other.group_of, other.tie_of)


@pytest.fixture
def posts(scene, draw, encode):
    """Three own posts of a passage and a picture each."""
    scene.source("https://ada.example")
    for i in range(3):
        url = f"https://ada.example/p/{i}"
        scene.page(url, "https://ada.example", title=f"Post {'abc'[i]}")
        scene.text(url, 0, f"this is what {'abc'[i] * 4} has to say about weather number {i} and about nothing else in the world")
        scene.picture(url, 1, encode(draw(i)))
    return scene


def groups(scene):
    scene.write()
    find_duplicates(scene.home, "ada")
    make_pairs(scene.home, "ada")
    rows = scene.home.warehouse.rows(
        "select text_group, image_group, page_id from pairs where person = 'ada' and kind in ('inline', 'link')"
    )
    return {row["text_group"] for row in rows} | {row["image_group"] for row in rows}


def test_each_post_is_a_group(posts):
    assert len(groups(posts)) == 3


def test_a_quotation_ties_two_posts(posts):
    posts.text("https://ada.example/p/0", 2, f"She said: {QUOTED}. I have thought of it since, on many mornings of that kind.")
    posts.text("https://ada.example/p/1", 2, f"As I told you last year, {QUOTED}, and yet the neighbours all swim")
    assert len(groups(posts)) == 2


def test_a_pin_belongs_to_the_page_it_links_to(posts, draw, encode):
    posts.source("https://pins.example/b")
    posts.pin("https://pins.example/b", 1, encode(draw(50)), "https://ada.example/p/0")
    assert len(groups(posts)) == 3


def test_two_pins_of_one_page_are_a_group_also_where_the_page_is_not_held(posts, draw, encode):
    posts.source("https://pins.example/b")
    for number, seed in ((1, 50), (2, 51)):
        posts.pin("https://pins.example/b", number, encode(draw(seed)), "https://gone.example/", words=f"the words of pin {'abc'[number]}")
    assert len(groups(posts)) == 3
    rows = posts.home.warehouse.rows("select distinct image_group from pairs where kind = 'text_pin'")
    assert len(rows) == 1


def test_posts_of_one_section_are_a_group_unless_that_holds_too_much(posts, draw, encode):
    for i in range(3, 30):
        url = f"https://ada.example/p/{i}"
        posts.page(url, "https://ada.example")
        posts.text(url, 0, f"this is what {chr(97 + i % 26) * 4}{i} has to say about weather {i * 7919} and nothing else at all")
        posts.picture(url, 1, encode(draw(i)))
    for row in posts.rows["pages"][:4]:
        row["section"] = "At sea"
    assert len(groups(posts)) == 27
    assert posts.home.warehouse.rows("select count(*) as n from groups where tie = 'section'") == [{"n": 8}]
    for row in posts.rows["pages"][:8]:
        row["section"] = "At sea"
    assert len(groups(posts)) == 30
    cut = posts.home.warehouse.rows("select kind, name, members, groups from cut_ties")
    assert [(row["kind"], row["members"], row["groups"]) for row in cut] == [("section", 16, 8)]
    assert cut[0]["name"].endswith("At sea")


def test_a_cropped_picture_ties_two_posts(posts, draw, encode):
    posts.picture("https://ada.example/p/1", 3, encode(draw(0).crop((4, 4, 156, 156)), 60))
    assert len(groups(posts)) == 2


def test_a_stranger_s_scrapbook_does_not_tie_the_posts_whose_pictures_it_copies(posts, draw, encode):
    for i in range(3, 12):
        url = f"https://ada.example/p/{i}"
        posts.page(url, "https://ada.example")
        posts.text(url, 0, f"this is what number {'abcdefghijkl'[i] * 4} has to say about weather {i} and nothing else at all")
        posts.picture(url, 1, encode(draw(i)))
    posts.source("https://bea.example", hop=1)
    posts.page("https://bea.example/scrapbook", "https://bea.example", hop=1)
    for i in range(9):
        posts.text("https://bea.example/scrapbook", 2 * i, f"found drawing number {i} in a letter of my aunt {'abcdefghijkl'[i] * 3}")
        posts.picture("https://bea.example/scrapbook", 2 * i + 1, encode(draw(i), 60))
    posts.text("https://bea.example/scrapbook", 30, next(row["text"] for row in posts.rows["passages"]) + " as ada wrote")
    posts.picture("https://bea.example/scrapbook", 31, encode(draw(99)))
    assert len(groups(posts)) == 13
    pairs = posts.home.warehouse.rows("select text_group, image_group from pairs where hop = 1")
    assert len({pair["text_group"] for pair in pairs}) == 1
    assert sum(pair["text_group"] == pair["image_group"] for pair in pairs) == 1  # the last, which is nobody's copy
    assert split_groups(posts.home, "ada").leak.ok
