import html
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from archive_makers import read_archive, write_files
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import ArchiveError
from pipeline.people import Person
from pipeline.scrape.archives import ImportedArchive
from pipeline.scrape.archives.pinterest_export import slug_of
from pipeline.scrape.parse import parse

SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"


def someone(tmp_path: Path, **fields: Any) -> Person:
    whole: dict[str, Any] = {
        "person": "maker",
        "consent": {"granted_by": "m", "date": "2026-01-01", "expires": "2027-01-01", "scope": "own"},
        "handles": {"pinterest": "maker"},
        "contact": "https://contact.example",
        "path": tmp_path / "maker.yaml",
        "file_sha256": "",
    }
    return Person(**(whole | fields))


def pin(number: int, link: str = "https://a.example/x", **fields: str) -> str:
    whole = {
        "Title": "No data",
        "Details": "Some, words",
        "Image": SIGNATURE,
        "Is Native": "False",
        "Board Id": "5",
        "Board Name": "Night skies",
        "Is Video": "No data",
        "Ip Address": "203.0.113.7",
        "Username": "maker",
        "Alt Text": "No data",
    } | {key.replace("_", " "): value for key, value in fields.items() if key not in ("Alive", "Private")}
    lines = [f"<br>{key}: {value}," for key, value in whole.items()]
    shown = html.escape(link)
    lines.append(f'<br>Canonical Link: <a href="{shown}">{shown}</a>,' if link else "<br>Canonical Link: No data,")
    lines += ["<br>Story Pin Media: No data,", "<br>Created at: 2019/01/02 03:04:05", f"<br>Alive: {fields.get('Alive', 'True')}"]
    address = f"https://www.pinterest.com/pin/{number}/"
    return f'<a href="{address}">{address}</a>\n' + "\n".join([*lines, f"<br>Private: {fields.get('Private', 'False')}<br><br>"])


def imported(tmp_path: Path, pins: str, before: str = "", after: str = "", **person: Any) -> ImportedArchive:
    path = tmp_path / "pins.html"
    path.write_text(f'<html><body><div id="contents">{before}<h1 id=a1>Pins</h1>\n{pins}{after}</div></body></html>', encoding="utf-8")
    return read_archive(path, someone(tmp_path, **person))


def fields_of(found: ImportedArchive, number: int = 0) -> dict[str, Any]:
    return dict(json.loads(found.documents[number].content))


def test_a_pin(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(123, "http://a.example/x?a=1&b=2", Title="A &amp; B"))
    document, board = found.documents
    assert (document.url, document.kind, document.hop) == ("https://www.pinterest.com/pin/123/", "pinterest_pin", 0)
    assert (document.source.kind, document.source.url, document.source.title) == (
        "board",
        "https://www.pinterest.com/maker/night-skies/",
        "Night skies",
    )
    assert fields_of(found) == {
        "id": "123", "url": document.url, "title": "A & B", "details": "Some, words", "image": SIGNATURE, "alt": "", "board_id": "5",
        "board": "Night skies", "username": "maker", "created_at": "2019-01-02T03:04:05+00:00", "is_repin": False, "is_native": False,
        "is_video": False, "private": False, "link": "http://a.example/x?a=1&b=2",
    }  # fmt: skip
    assert (board.kind, board.url) == ("pinterest_board", document.source.url)
    assert found.reported == {document.source: 1}
    assert not found.remarks


def test_ip_addresses_sessions_and_the_profile_are_not_read(tmp_path: Path) -> None:
    others = "<h1>Profile</h1>Email: me@mail.invalid<br><br><h1>Sessions</h1>Ip Address: 203.0.113.1<br>Device: x<br><br>"
    found = imported(tmp_path, pin(1), before=others, after="<h1>Searches</h1>Query: hedgehog<br>")
    written = b"".join(document.content for document in found.documents) + " ".join(found.remarks).encode()
    assert not any(word in written for word in (b"203.0.113", b"mail.invalid", b"hedgehog", b"Device"))
    assert not found.remarks


def test_an_ip_address_goes_also_where_no_line_ends_before_it(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1, Title="HedgehogIp Address: 203.0.113.5Details: x"))
    assert b"203.0.113" not in b"".join(document.content for document in found.documents)


def test_unknown_sections_and_fields_are_remarks(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1).replace("<br>Alive", "<br>Mood: blue<br>Alive"), after="<h1>Something else</h1>x")
    assert len(found.documents) == 2
    assert list(found.remarks) == ["the section 'Something else' is not read", "the field 'Mood' is not read"]


@pytest.mark.parametrize(("wanted", "kept"), [(False, ["1"]), (True, ["1", "2", "3"])])
def test_private_pins_and_pins_on_secret_boards(tmp_path: Path, wanted: bool, kept: list[str]) -> None:
    boards = (
        "<h1>Boards</h1>Board Id: 5,<br>Board Name: Night skies,<br>Privacy: public<br><br>"
        "Board Id: 6,<br>Board Name: Hidden,<br>Privacy: secret<br><br>"
    )
    found = imported(tmp_path, pin(1) + pin(2, Private="True") + pin(3, Board_Name="Hidden"), before=boards, include_private_pins=wanted)
    assert [json.loads(document.content)["id"] for document in found.documents if document.kind == "pinterest_pin"] == kept
    assert any(document.url.endswith("/hidden/") for document in found.documents) is wanted


@pytest.mark.parametrize(
    ("said", "kept"), [("Yes", 0), ("TRUE", 0), ("1", 0), ("ja", 0), ("False", 1), ("no", 1), ("No data", 1), ("", 1)]
)  # fmt: skip
def test_a_pin_is_private_unless_it_says_that_it_is_not(tmp_path: Path, said: str, kept: int) -> None:
    found = imported(tmp_path, pin(1, Private=said))
    pins = [document for document in found.documents if document.kind == "pinterest_pin"]
    assert (len(pins), sum(found.skipped.values())) == (kept, 1 - kept)


@pytest.mark.parametrize(("privacy", "kept"), [("public", 1), ("No data", 1), ("secret", 0), ("geheim", 0)])
def test_a_board_is_hidden_unless_it_says_that_it_is_public(tmp_path: Path, privacy: str, kept: int) -> None:
    boards = f"<h1>Boards</h1>Board Name: Night skies,<br>Privacy: {privacy}<br><br>"
    found = imported(tmp_path, pin(1), before=boards)
    assert len([document for document in found.documents if document.kind == "pinterest_pin"]) == kept


def test_an_export_in_parts_is_one(tmp_path: Path) -> None:
    boards = "<h1>Boards</h1>Board Name: Night skies,<br>Description: Stars,<br>Privacy: public<br><br>"
    parts = {"1.html": f"<html><h1>Pins</h1>\n{pin(1)}</html>", "2.html": f"<html>{boards}<h1>Pins</h1>\n{pin(2)}{pin(1)}</html>"}
    found = read_archive(write_files(tmp_path / "export", parts | {"notes.txt": "x", "3.html": "<p>No section</p>"}), someone(tmp_path))
    pins = [json.loads(document.content)["id"] for document in found.documents if document.kind == "pinterest_pin"]
    (board,) = (json.loads(document.content) for document in found.documents if document.kind == "pinterest_board")
    assert (pins, board["description"], [reason for _, reason in found.skipped]) == (["1", "2"], "Stars", ["imported"])
    assert sorted(found.remarks) == [f"a file with .{kind} that is no part of the export is not read" for kind in ("html", "txt")]


def test_a_section_far_into_the_file_is_found(tmp_path: Path) -> None:
    others = f"<h1>Searches</h1>{'Query: hedgehog<br>' * 300_000}"
    assert len(imported(tmp_path, pin(1), before=others).documents) == 2


def test_pins_that_are_gone_or_twice_are_counted(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1) + pin(2, Alive="False") + pin(1))
    assert sorted(reason for _, reason in found.skipped) == ["imported", "not_alive"]
    assert sum(found.reported.values()) == 3


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "https://u:p@a.example/"])
def test_hostile_links_become_remarks(tmp_path: Path, link: str) -> None:
    found = imported(tmp_path, pin(1, link))
    said = parse("pinterest_pin", found.documents[0].url, found.documents[0].content)
    assert said.links == ()
    assert "no web address" in said.remarks[0]


def test_a_pin_that_links_to_a_pin_is_one_record(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1, "https://www.pinterest.com/pin/9/"))
    assert [document.url for document in found.documents if document.kind == "pinterest_pin"] == ["https://www.pinterest.com/pin/1/"]
    assert fields_of(found)["link"] == "https://www.pinterest.com/pin/9/"


def test_words_over_several_lines_stay_together(tmp_path: Path) -> None:
    assert fields_of(imported(tmp_path, pin(1, Details="First<br>Note: second")))["details"] == "First\nNote: second"


def test_a_pin_on_no_board_belongs_to_the_account(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1, Board_Name="No data"))
    assert (found.documents[0].source.kind, found.documents[0].source.url) == ("account", "https://www.pinterest.com/maker/")
    assert len(found.documents) == 1


def test_boards_of_one_name_are_one_source(tmp_path: Path) -> None:
    found = imported(tmp_path, pin(1) + pin(2, Board_Id="77"))
    assert len({document.source for document in found.documents}) == 1


def test_an_empty_board_is_kept_with_its_description(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        pin(1),
        before="<h1>Boards</h1>Board Id: 8,<br>Board Name: Foxes &amp; co,<br>Description: Red ones,<br>Privacy: public<br><br>",
    )
    board = next(document for document in found.documents if document.source.title == "Foxes & co")
    assert (board.url, json.loads(board.content)["description"]) == ("https://www.pinterest.com/maker/foxes-co/", "Red ones")


def test_the_account_is_taken_from_the_pins_where_the_person_file_is_silent(tmp_path: Path) -> None:
    assert "pinterest.com/cook/" in imported(tmp_path, pin(1, Username="cook"), handles={}).documents[0].source.url
    with pytest.raises(ArchiveError, match="whose boards"):
        imported(tmp_path, "", handles={})


@pytest.mark.parametrize(("name", "slug"), [("Shops, pies and pigs", "shops-pies-and-pigs"), ("Füchse!", "füchse"), ("…", "-")])
def test_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


PARTS = [
    "<br>", "Title: x", "<h1>Boards</h1>", "<h1>Pins</h1>", "<h1>Other</h1>", "Board Name: y", "Board Name: ", "Privacy: secret",
    "Alive: False",
    "Private: True", "Private: Yes", "Private: ", "&#0;", "&#x110000;", "<a href='", "\x00", "</div>", ":", ",", "\n", "Details: z",
    "No data",
    '<a href="https://pinterest.com/pin/7/">x</a>', '<a href="https://www.pinterest.de/pin/slug--8/">x</a>', f"Image: {SIGNATURE}",
    "Image: x",
    "Ip Address: 203.0.113.5", "Canonical Link: <a href='http://[/'>x</a>", "Created at: 9999/99/99", "Username: ../x", "Novelty: 3",
]  # fmt: skip


@holds_for(st.lists(st.sampled_from(PARTS), max_size=40), light=80)
def test_any_layout_is_read(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = imported(Path(folder), "".join(parts))
    pins = [document for document in found.documents if document.kind == "pinterest_pin"]
    assert len(pins) + sum(found.skipped.values()) == sum(found.reported.values())
    assert b"203.0.113" not in b"".join(document.content for document in found.documents)
