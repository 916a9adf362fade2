"""Folders of pictures with captions beside them."""

import json
from pathlib import Path

import pytest
from archive_makers import as_json, located, photo, read_archive, someone, write_files

from pipeline.identifiers import sha256_of
from pipeline.scrape.parse import parse


def words(found, number=0):
    document = found.documents[number]
    said = parse(document.kind, document.url, document.content)
    return [(passage.text, passage.role) for passage in said.passages]


@pytest.mark.parametrize("name", ["a.txt", "a.caption", "a.jpg.txt", "sub/../a.txt"])
def test_a_picture_and_its_caption(tmp_path: Path, name: str) -> None:
    found = read_archive(write_files(tmp_path / "mine", {"a.jpg": photo(1), name: "A fox\nin snow"}), someone(tmp_path))
    (document,) = found.documents
    address = f"import:{sha256_of(photo(1))}"
    assert (document.url, document.kind, document.hop, document.via) == (address, "imported_picture", 0, "mine")
    assert (document.source.kind, document.source.url) == ("collection", "import:mine")
    assert words(found) == [("A fox in snow", "pin")]
    assert parse(document.kind, document.url, document.content).pictures[0].image_url == address
    assert [row["image_url"] for row in found.pictures.drain()] == [address]
    assert not found.remarks


def test_a_record_tells_more_and_a_plain_text_wins(tmp_path: Path) -> None:
    record = {"caption": "machine words", "title": "Fox", "alt": "a fox", "image_url": "https://a.example/f.jpg?utm_source=x", "mood": 3}
    folder = write_files(tmp_path / "mine", {"a.jpg": photo(1), "a.json": as_json(record), "a.txt": "my words"})
    found = read_archive(folder, someone(tmp_path))
    assert json.loads(found.documents[0].content) == {
        "title": "Fox", "caption": "my words", "alt": "a fox", "picture": "https://a.example/f.jpg",
    }  # fmt: skip
    assert words(found) == [("Fox", "pin"), ("my words", "pin")]
    assert dict(found.remarks) == {"the field 'mood' of sidecars is not read": 1}


def test_captions_never_stand_in_running_text(tmp_path: Path) -> None:
    found = read_archive(write_files(tmp_path / "mine", {"a.png": photo(1, kind="PNG"), "a.txt": "x " * 400}), someone(tmp_path))
    assert {role for _, role in words(found)} == {"pin"}


def test_pictures_in_subfolders_and_what_belongs_to_none(tmp_path: Path) -> None:
    files = {
        "a/b/c.webp": photo(1, kind="WEBP"),
        "notes.pdf": "x",
        "other.txt": "x",
        "d.gif": photo(2, kind="GIF"),
        ".hidden.jpg": photo(3),
    }
    found = read_archive(write_files(tmp_path / "mine", files), someone(tmp_path))
    assert len(found.documents) == 2
    assert dict(found.remarks) == {
        "a file with .pdf that belongs to no picture is not read": 1,
        "a file with .txt that belongs to no picture is not read": 1,
    }


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", b"{"), ("a.json", b"[" * 100_000), ("a.txt", b"x" * 1_100_000), ("a.json", b'[{"caption": "x"}]')]
)
def test_a_sidecar_that_cannot_be_read_is_a_remark_and_the_picture_stays(tmp_path: Path, name: str, content: bytes) -> None:
    found = read_archive(write_files(tmp_path / "mine", {"a.jpg": photo(1), name: content}), someone(tmp_path))
    assert len(found.documents) == 1
    assert words(found) == []
    assert found.remarks.total() == 1


def test_where_and_by_whom_a_photograph_was_taken_is_not_stored(tmp_path: Path) -> None:
    read_archive(write_files(tmp_path / "mine", {"a.jpg": located(1)}), someone(tmp_path))
    stored = [path.read_bytes() for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert b"PLANTED-NAME" not in stored[0]
    assert b"Exif" not in stored[0]


def test_e_mail_addresses_in_captions_are_masked(tmp_path: Path) -> None:
    found = read_archive(write_files(tmp_path / "mine", {"a.jpg": photo(1), "a.txt": "by ann@mail.invalid"}), someone(tmp_path))
    assert b"mail.invalid" not in found.documents[0].content
