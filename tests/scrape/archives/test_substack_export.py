import csv
import io
import json
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from archive_makers import read_archive
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import ArchiveError
from pipeline.people import Person
from pipeline.scrape.parse import parse

COLUMNS = ["post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title", "subtitle", "podcast_url"]
DAY = "2025-03-01T10:00:00.000Z"


def someone(tmp_path: Path, **fields: Any) -> Person:
    whole: dict[str, Any] = {
        "person": "maker",
        "consent": {"granted_by": "m", "date": "2026-01-01", "expires": "2027-01-01", "scope": "own"},
        "handles": {"substack": "maker", "publications": ["maker.substack.com"]},
        "contact": "https://contact.example",
        "path": tmp_path / "maker.yaml",
        "file_sha256": "",
    }
    return Person(**(whole | fields))


def row(post_id: str, published: str = "TRUE", audience: str = "everyone", title: str = "T", kind: str = "newsletter") -> list[str]:
    return [post_id, DAY, published, DAY, kind, audience, title, "", ""]


def table(*rows: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue()


def export(tmp_path: Path, rows: list[list[str]], members: dict[str, str | bytes] | None = None, folder: str = "") -> Path:
    path = tmp_path / "export.zip"
    bodies = {f"posts/{cells[0]}.html": f"<p>Body of {cells[0]}</p>" for cells in rows}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ({"posts.csv": table(*rows)} | bodies | (members or {})).items():
            archive.writestr(folder + name, content)
    return path


@pytest.mark.parametrize("folder", ["", "export/"])
def test_posts_of_every_type_are_whole(tmp_path: Path, folder: str) -> None:
    rows = [row("1.one"), row("2.two", "true", "only_paid"), row("3.about", kind="page"), row("4.talk", kind="thread")]
    found = read_archive(export(tmp_path, rows, folder=folder), someone(tmp_path))
    assert [document.url for document in found.documents] == [
        f"https://maker.substack.com/p/{slug}" for slug in ("one", "two", "about", "talk")
    ]
    paid = parse(found.documents[1].kind, found.documents[1].url, found.documents[1].content)
    assert (paid.audience, paid.passages[0].text) == ("only_paid", "Body of 2.two")
    document = found.documents[0]
    assert (document.hop, document.via, document.source.url, document.source.kind) == (
        0,
        "export.zip",
        "https://maker.substack.com",
        "publication",
    )
    assert found.reported == {document.source: 4}


def test_titles_lose_their_entities(tmp_path: Path) -> None:
    found = read_archive(export(tmp_path, [row("1.one", title="Cats &amp; the maker&#x2019;s")]), someone(tmp_path))
    assert json.loads(found.documents[0].content)["title"] == "Cats & the maker’s"


@pytest.mark.parametrize(("wanted", "kept"), [(False, 1), (True, 2)])
def test_drafts_come_only_where_the_person_says_so(tmp_path: Path, wanted: bool, kept: int) -> None:
    found = read_archive(export(tmp_path, [row("1.one"), row("2.draft", "FALSE")]), someone(tmp_path, include_drafts=wanted))
    assert len(found.documents) == kept
    assert sum(found.skipped.values()) == 2 - kept


def damage(path: Path, name: str) -> None:
    """Flips bits in the packed bytes of a member, so that whoever reads it fails."""
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo(name).header_offset + 30 + len(name) + 3
    path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])


def test_lists_of_readers_are_never_opened(tmp_path: Path) -> None:
    lists = ["email_list.maker.csv", "posts/1.opens.csv", "posts/1.delivers.csv"]
    path = export(tmp_path, [row("1.one")], dict.fromkeys(lists, "reader@mail.invalid"))
    for name in lists:
        damage(path, name)
    found = read_archive(path, someone(tmp_path))
    assert (len(found.documents), dict(found.remarks)) == (1, {})
    assert b"mail.invalid" not in found.documents[0].content


def test_a_damaged_body_costs_one_post(tmp_path: Path) -> None:
    path = export(tmp_path, [row("1.one"), row("2.two")])
    damage(path, "posts/2.two.html")
    found = read_archive(path, someone(tmp_path))
    assert [document.url[-3:] for document in found.documents] == ["one"]
    assert next(iter(found.skipped))[1] == "unreadable"
    assert "damaged" in " ".join(found.remarks)


def test_an_encrypted_body_costs_one_post(tmp_path: Path) -> None:
    path = export(tmp_path, [row("1.one")])
    content = bytearray(path.read_bytes())
    name = b"posts/1.one.html"
    local, central = content.find(name) - 30, content.rfind(name) - 46
    content[local + 6] |= 1
    content[central + 8] |= 1
    path.write_bytes(bytes(content))
    assert "encrypted" in " ".join(read_archive(path, someone(tmp_path)).remarks)


def test_a_missing_body_and_an_odd_id_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("posts.csv", table(row("1.gone"), row("../../etc/passwd"), row("")))
    found = read_archive(path, someone(tmp_path))
    assert found.documents == []
    assert list(found.skipped.values()) == [3]


def test_odd_members_are_not_touched(tmp_path: Path) -> None:
    path = export(tmp_path, [row("1.one")], {"../evil.html": "x", "/abs.html": "x", "a\\b.html": "x", "posts/bomb.html": b"a" * 4_000_000})
    link = zipfile.ZipInfo("posts/link.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("posts/1.one.html", "<p>Another</p>")
    found = read_archive(path, someone(tmp_path))
    assert b"Body of" in found.documents[0].content
    assert [
        len([remark for remark in found.remarks if word in remark]) for word in ("out of", "link", "name of another", "times its size")
    ] == [1] * 4


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"GIF89a", b"\x7fELF", b"a,b\n1,2\n"])
def test_unknown_files_are_refused_with_what_is_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.file"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"Substack export.*Pinterest data export"):
        read_archive(path, someone(tmp_path))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is not there"):
        read_archive(tmp_path / "none.zip", someone(tmp_path))


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("posts.csv", "a,b\n1,2\n")
    with pytest.raises(ArchiveError, match="lacks the columns"):
        read_archive(path, someone(tmp_path))


def test_whose_publication_it_is_must_be_known(tmp_path: Path) -> None:
    path = export(tmp_path, [row("1.one")], {"email_list.river.csv": ""})
    with pytest.raises(ArchiveError, match="whose publication"):
        read_archive(path, someone(tmp_path, handles={}))
    with pytest.raises(ArchiveError, match="could be of"):
        read_archive(path, someone(tmp_path, handles={"publications": ["a.substack.com", "b.substack.com"]}))
    found = read_archive(path, someone(tmp_path, handles={"publications": ["a.substack.com", "www.river.example"]}))
    assert found.documents[0].url == "https://www.river.example/p/one"


@holds_for(junk=st.binary(max_size=400), place=st.integers(0, 500), light=40)
def test_any_damage_is_an_error_or_remarks(junk: bytes, place: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = export(Path(name), [row("1.one"), row("2.two")])
        content = path.read_bytes()
        path.write_bytes(content[:place] + junk + content[place + len(junk) :])
        check_account(path)


CELLS = st.sampled_from(
    ["1.one", "2.two", "", "x", "TRUE", "FALSE", "everyone", "only_paid", DAY, "0000-00-00", "T" * 200_000, '"', "\x00", "&#0;", "\n"]
)


@holds_for(st.lists(st.lists(CELLS, max_size=11), max_size=4), light=40)
def test_any_table_is_read(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        check_account(export(Path(name), [], {"posts.csv": table(*rows), "posts/1.one.html": "<p>x</p>"}))


def check_account(path: Path) -> None:
    """An export is refused, or its account adds up."""
    try:
        found = read_archive(path, someone(path.parent))
    except ArchiveError:
        return
    assert len(found.documents) + sum(found.skipped.values()) == sum(found.reported.values())
