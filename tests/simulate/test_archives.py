"""The archives of simulated people: the documented shapes, the same pictures as on the web, the same bytes every time."""

import csv
import html
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from pipeline.simulate.archives import COLUMNS, write_archives
from pipeline.simulate.model import Inline, Person, Picture, Pin, Post, Publication, World
from pipeline.simulate.site.body import web_body

START = datetime(2024, 1, 1, 8, tzinfo=UTC)


def picture(number):
    return Picture(f"{number:032x}", (0, 0, 0, 0), ("boat",), number, "a boat")


def post(number, audience="everyone"):
    texts = tuple(f"Paragraph {part}, 'quoted' & \"quoted\" <so>." for part in range(4))
    shown = (Inline(1, picture(number), alt='it\'s a "boat" & more'),)
    return Post(
        number,
        f"slug-{number}",
        f"“Post” & {number}",
        "it's one",
        START + timedelta(days=number),
        (0,) * 4,
        "tea",
        texts,
        shown,
        (),
        audience,
    )


def pin(number, board="Boats", **more):
    return Pin(number, board, picture(900 + number), more.pop("link", ""), START, **more)


@pytest.fixture
def world():
    own = Publication(7, "ada", "Ada", "ada", 0, (post(3), post(1), post(2, "only_paid")))
    pins = (
        pin(501, link="https://ada.substack.com/p/slug-1?a=1&b=2", title="A <boat>", details="blue, and big", alt="alt"),
        pin(502, "Hidden & away", private=True),
        pin(503, alive=False),
    )
    people = {"ada": Person("ada", 1, (), "ada", (), pins), "bea": Person("bea", 2, ())}
    return World("small", 1, people, {"ada": own})


@pytest.fixture
def export(world, tmp_path):
    with zipfile.ZipFile(write_archives(world, "ada", tmp_path, 1.0)[0]) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def pinterest(world, tmp_path):
    return write_archives(world, "ada", tmp_path)[1].read_text(encoding="utf-8")


def test_both_files_and_their_names(world, tmp_path):
    assert [path.name for path in write_archives(world, "ada", tmp_path / "new")] == [
        "ada-substack-export.zip",
        "ada-pinterest-export.html",
    ]
    assert all(path.is_file() for path in (tmp_path / "new").iterdir())


def test_person_with_nothing_gets_nothing(world, tmp_path):
    assert write_archives(world, "bea", tmp_path) == []


def test_same_world_gives_the_same_bytes(world, tmp_path):
    once, again = (write_archives(world, "ada", tmp_path / name) for name in "ab")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_table_has_the_documented_columns_and_a_draft(export):
    rows = list(csv.DictReader(io.StringIO(export["posts.csv"])))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["post_id"], row["is_published"]) for row in rows[:3]] == [(f"{n}.slug-{n}", "TRUE") for n in (1, 2, 3)]
    assert [row["is_published"] for row in rows[3:]] == ["FALSE"]
    assert html.unescape(rows[0]["title"]) == "“Post” & 1"
    assert {f"posts/{row['post_id']}.html" for row in rows} == {name for name in export if name.endswith(".html")}


def test_default_export_holds_the_older_two_thirds(world, tmp_path):
    with zipfile.ZipFile(write_archives(world, "ada", tmp_path)[0]) as archive:
        names = archive.namelist()
    assert {"posts/1.slug-1.html", "posts/2.slug-2.html"} <= set(names)
    assert "posts/3.slug-3.html" not in names


def test_export_has_the_web_body_with_single_quoted_attributes(export, world):
    exported, served = export["posts/1.slug-1.html"], web_body(world.publications["ada"].posts[1])
    assert 'data-attrs=\'{"src"' in exported
    assert str(BeautifulSoup(exported, "lxml")) == str(BeautifulSoup(served, "lxml"))


def test_data_attributes_can_be_read_whatever_they_hold(export):
    image = BeautifulSoup(export["posts/1.slug-1.html"], "lxml").find("img")
    assert json.loads(image["data-attrs"])["alt"] == image["alt"] == 'it\'s a "boat" & more'


def test_paid_post_is_whole_with_a_mark_where_strangers_stop(export):
    paid = export["posts/2.slug-2.html"]
    assert paid.count("Paragraph") == 4
    assert paid.split("paywall-jump")[0].count("Paragraph") == 1


def test_subscribers_are_invented(export):
    assert "@mail.invalid" in export["email_list.ada.csv"]
    assert not [name for name in export if name != "email_list.ada.csv" and "mail.invalid" in export[name]]


def lines_of(markup, pin_id):
    """The pin's `Key: value` lines, read as plainly as can be."""
    chunk = markup.split(f'/pin/{pin_id}/">', 1)[1].split("<br><br>", 1)[0]
    pairs = [BeautifulSoup(line, "lxml").get_text().strip().partition(": ") for line in chunk.split("<br>")[1:]]
    return {key: value.rstrip(",") for key, _, value in pairs}


def test_pin_has_the_documented_lines_in_order(pinterest):
    assert list(lines_of(pinterest, 501)) == [
        "Title", "Details", "Image", "Is Native", "Board Id", "Board Name", "Is Video", "Ip Address", "Username", "Alt Text",
        "Canonical Link", "Story Pin Media", "Video", "Created at", "Alive", "Is a repin", "Private",
    ]  # fmt: skip


def test_pin_says_what_was_pinned(pinterest):
    found = lines_of(pinterest, 501)
    assert (found["Title"], found["Details"], found["Alt Text"]) == ("A <boat>", "blue, and big", "alt")
    assert (found["Image"], found["Canonical Link"]) == (picture(1401).picture_id, "https://ada.substack.com/p/slug-1?a=1&b=2")
    assert found["Created at"] == "2024/01/01 08:00:00"
    assert found["Ip Address"].startswith("203.0.113.")


def test_private_dead_and_wordless_pins_say_so(pinterest):
    private, dead = lines_of(pinterest, 502), lines_of(pinterest, 503)
    assert [(found["Private"], found["Alive"]) for found in (private, dead)] == [("True", "True"), ("False", "False")]
    assert (dead["Title"], dead["Canonical Link"]) == ("No data", "No data")


def test_sections_and_boards(pinterest):
    soup = BeautifulSoup(pinterest, "lxml")
    assert [tag.get_text() for tag in soup.find_all("h1")] == ["Profile", "Boards", "Pins"]
    boards = pinterest.split(">Boards</h1>")[1].split("<h1")[0]
    assert "Board Name: Boats" in boards
    assert "Board Name: Hidden &amp; away,\n<br>Description: No data,\n<br>Privacy: secret" in boards
