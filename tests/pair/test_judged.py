import pytest

from pipeline.dedupe import find_duplicates
from pipeline.errors import SettingsError
from pipeline.pair import make_pairs
from pipeline.pair.judged import read_judgements

POST, OTHER, BOARD, PIN = (
    "https://ada.example/p/one",
    "https://ada.example/p/two",
    "https://pins.example/ada/b",
    "https://www.pinterest.com/pin/7",
)
HEADER = "page,words,picture,weight\n"


@pytest.fixture
def written(tmp_path):
    """Writes the CSV and gives its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "judgements.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: found nothing; needed: a header with the columns page, words, picture, weight"),
        ("page,picture\n", "line 1: found page, picture; needed"),
        (HEADER + "not an address,,https://a.example/i.jpg,1\n", "line 2: the page is 'not an address'; needed: an address"),
        (HEADER + f"{POST},,,1\n", "line 2: the picture is ''; needed: an address"),
        (HEADER + f"{POST},,{PIN},1\n{POST},,{PIN},much\n", "line 3: the weight is 'much'; needed: a number above 0"),
        (HEADER + f"{POST},,{PIN},0\n", "line 2: the weight is '0'"),
        (HEADER + f"{POST},,{PIN},nan\n", "line 2: the weight is 'nan'"),
        (HEADER + f'{POST},"open,{PIN},1\n', "needed: comma-separated values, quotes closed"),
        (HEADER + f"{POST}\n", "line 2: found 1 values; needed: at least 3"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_what_it_needs(written, text, told):
    with pytest.raises(SettingsError) as error:
        read_judgements(written(text))
    assert told in str(error.value)


def test_a_file_that_is_not_utf_8_says_so(written):
    with pytest.raises(SettingsError, match="is not UTF-8"):
        read_judgements(written(HEADER + "https://ä.example/,,,\n", "latin-1"))


def test_a_file_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="write it, or take `judgements:` out"):
        read_judgements(tmp_path / "none.csv")


def test_other_columns_a_byte_order_mark_and_empty_weights_are_put_up_with(written):
    path = written(f"note,picture,words,page\nmine,{PIN},The Lamp!,http://ada.example/p/one?utm_source=x\n", "utf-8-sig")
    (line,) = read_judgements(path)
    assert (line.page, line.words, line.weight) == (POST, "the lamp", 1.0)


@pytest.fixture
def world(scene, draw, encode):
    """A post of two passages, a page of two pictures, and a pin."""
    scene.source("https://ada.example")
    scene.source(BOARD)
    for url in (POST, OTHER):
        scene.page(url, "https://ada.example")
    texts = [scene.text(POST, i, words) for i, words in enumerate(("the lamp had gone out", "we kept a map of the harbour and the lamp"))]
    for i in range(2):
        scene.picture(OTHER, i, encode(draw(i)), f"https://images.example/{i}.jpg")
    pin = scene.pin(BOARD, 7, encode(draw(9)))
    scene.write()
    find_duplicates(scene.home, "ada")
    return scene, texts, pin


def judged(scene, path):
    summary = make_pairs(scene.home, "ada", path)
    return summary, scene.home.warehouse.rows(
        "select text_id, image_id, weight, hop, evidence from pairs where kind = 'judged' order by text_id"
    )


def test_a_judgement_ties_the_passage_with_those_words_to_the_picture_of_the_pin(world, written):
    scene, texts, pin = world
    summary, rows = judged(scene, written(HEADER + f"{POST},map of the harbour,{PIN}/,0.5\n"))
    assert [(row["text_id"], row["image_id"], row["weight"], row["hop"]) for row in rows] == [(texts[1], pin, 0.5, 0)]
    assert '"line": 2' in rows[0]["evidence"]
    assert summary.remarks == []


def test_without_words_the_passages_of_the_page_share_the_weight(world, written):
    scene, texts, _ = world
    _, rows = judged(scene, written(HEADER + f"{POST},,https://images.example/0.jpg,\n"))
    assert {row["text_id"]: row["weight"] for row in rows} == dict.fromkeys(texts, 0.5)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{POST},a kite,{PIN},", "line 2: no passage that may train on that page holds these words"),
        (f"https://gone.example/,,{PIN},", "line 2: no passage of that page is held"),
        (f"{POST},lamp,{PIN},", "line 2: 2 passages of that page hold these words; write some more of them"),
        (f"{POST},map,https://images.example/none.jpg,", "line 2: no picture is held at that address"),
        (f"{POST},map,{OTHER},", "line 2: 2 pictures stand on that page; write the picture's own address"),
    ],
)
def test_a_line_that_names_nothing_held_is_told_and_the_others_are_used(world, written, line, told):
    scene, _, pin = world
    summary, rows = judged(scene, written(f"{HEADER}{line}\n{POST},map,{PIN},\n"))
    assert [row["image_id"] for row in rows] == [pin]
    assert told in summary.remarks[0]
    (verdict,) = scene.home.warehouse.rows("select ok, detail from verdicts where what = 'judgements'")
    assert not verdict["ok"]
    assert told in verdict["detail"]


def test_what_opted_out_is_in_no_judged_pair(world, written):
    scene, _, _ = world
    scene.rows["pages"][0]["opted_out"] = "noai"
    scene.write()
    summary, rows = judged(scene, written(HEADER + f"{POST},map,{PIN},\n"))
    assert rows == []
    assert "may train" in summary.remarks[0]
