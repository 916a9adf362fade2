import pytest

from pipeline.dedupe import find_duplicates
from pipeline.dedupe.rulings import read_rulings
from pipeline.errors import SettingsError

LONG = "the rain came down on the long roof of the boat house and nobody minded it at all that year"


@pytest.fixture
def ruled(scene, tmp_path):
    """Finds duplicates with these lines as the person's own verdicts."""

    def find(*lines):
        path = tmp_path / "ada.duplicates.csv"
        path.write_text("\n".join(["verdict,a,b", *lines]), encoding="utf-8")
        scene.write()
        return find_duplicates(scene.home, "ada", path)

    return find


def clusters(scene):
    rows = scene.home.warehouse.rows("select artefact_id, canonical_id from duplicates where person = 'ada'")
    return {row["artefact_id"]: row["canonical_id"] for row in rows}


def cut(scene):
    return {frozenset((row["a"], row["b"])) for row in scene.home.warehouse.rows("select a, b from duplicate_links where cut")}


@pytest.fixture
def placed(scene, draw, encode):
    """Two copies of one picture of different quality, and another picture: their artefact ids."""
    scene.source("https://ada.example")
    for i in range(4):
        scene.page(f"https://ada.example/{i}", "https://ada.example")
    pictures = [encode(draw(1)), encode(draw(1), 50), encode(draw(2))]
    return [scene.picture(f"https://ada.example/{i}", 1, content, f"https://i.example/{i}.jpg") for i, content in enumerate(pictures)]


def test_what_must_stay_apart_is_not_joined_and_the_link_is_marked(scene, ruled, placed):
    one, copy, _ = placed
    summary = ruled(f"different,{one},{copy}")
    assert clusters(scene) == {}
    assert cut(scene) == {frozenset((one, copy))}
    assert summary.cut == 1


def test_what_is_said_to_be_the_same_is_joined_whatever_it_looks_like(scene, ruled, placed):
    one, copy, other = placed
    ruled(f"same,{one},{other}")
    assert set(clusters(scene)) == {one, copy, other}
    assert len(set(clusters(scene).values())) == 1


@pytest.mark.parametrize("order", [("same", "different"), ("different", "same")])
def test_different_wins_over_same_whatever_comes_first(scene, ruled, placed, order):
    one, copy, _ = placed
    ruled(*(f"{verdict},{one},{copy}" for verdict in order))
    assert clusters(scene) == {}


def test_a_chain_between_two_that_must_stay_apart_is_cut_at_its_weakest_link(scene, ruled, placed):
    one, copy, other = placed
    ruled(f"same,{copy},{other}", f"different,{one},{other}")
    assert clusters(scene).keys() == {copy, other}
    assert cut(scene) == {frozenset((one, copy))}


def test_a_verdict_holds_for_every_place_of_a_content(scene, ruled, placed, draw, encode):
    one, copy, _ = placed
    again = scene.picture("https://ada.example/3", 1, encode(draw(1)), "https://i.example/again.jpg")
    ruled(f"different,{again},{copy}")
    assert clusters(scene).keys() == {one, again}


def test_pictures_may_be_named_by_address_or_content(scene, ruled, placed, draw, encode):
    one, _, other = placed
    name = next(row["sha256"] for row in scene.rows["images"] if row["image_url"] == "https://i.example/2.jpg")
    ruled(f"same,https://i.example/0.jpg,{name}", "different,https://i.example/0.jpg,https://i.example/1.jpg")
    assert set(clusters(scene)) == {one, other}


def test_passages_too_short_to_be_compared_can_be_joined(scene, ruled, placed):
    short = [scene.text(f"https://ada.example/{i}", 2, words) for i, words in enumerate(["a red boat", "one red boat"])]
    ruled(f"same,{short[0]},{short[1]}")
    assert clusters(scene).keys() >= set(short)


def test_edited_passages_can_be_kept_apart(scene, ruled, placed):
    texts = [scene.text(f"https://ada.example/{i}", 2, LONG + words) for i, words in enumerate(["", " or the next"])]
    ruled(f"different,{texts[0]},{texts[1]}")
    assert not clusters(scene).keys() & set(texts)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("same,{0},0000000000000000", "nothing that was gathered is named 0000000000000000"),
        ("different,{0},https://i.example/0.jpg", "both name the same content; it cannot differ from itself"),
        ("same,{0},https://i.example/0.jpg", "both name the same content"),
    ],
)
def test_a_verdict_that_cannot_be_applied_is_told_and_changes_nothing(scene, ruled, placed, line, told):
    summary = ruled(line.format(*placed))
    assert [remark.endswith(told) for remark in summary.remarks] == [True]
    assert clusters(scene).keys() == set(placed[:2])
    row = scene.home.warehouse.rows("select ok, detail from verdicts where what = 'rulings'")[0]
    assert not row["ok"]
    assert "line 2" in row["detail"]


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        (b"", "found nothing"),
        (b"a,b\nx,y\n", "verdict missing"),
        (b"verdict,a,b\nmaybe,x,y\n", "line 2: the verdict is 'maybe'; needed: same or different"),
        (b"verdict,a,b\nsame,x\n", "line 2: found 'x' and ''"),
        (b"verdict,a,b\nsame,x,x\n", "line 2: found 'x' and 'x'"),
        (b"verdict,a,b\n,,\n", "line 2: the verdict is ''"),
        (b'verdict,a,b\nsame,"x,y\n', "unexpected end of data"),
        (b"verdict,a,b\nsame,\xff,y\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_line_and_what_it_needs(tmp_path, content, needed):
    path = tmp_path / "ada.duplicates.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read_rulings(path)
    assert needed in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="take `duplicates:` out of the person file"):
        read_rulings(tmp_path / "none.csv")


def test_notes_in_other_columns_a_mark_of_byte_order_and_blank_lines_are_no_trouble(tmp_path):
    path = tmp_path / "ada.duplicates.csv"
    path.write_bytes("\ufeffverdict,note,a,b\n\nsame,she said so, x , y\n".encode())
    assert [(ruling.verdict, ruling.a, ruling.b) for ruling in read_rulings(path)] == [("same", "x", "y")]
