"""gallery-dl's metadata files: pins of Pinterest, and pictures of other sites."""

import json
from pathlib import Path
from typing import Any

from archive_makers import as_json, photo, read_archive, someone, write_files

from pipeline.identifiers import sha256_of

SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"
ORIGINAL = f"https://i.pinimg.com/originals/9d/29/ae/{SIGNATURE}.jpg"
SHOWN = f"https://i.pinimg.com/736x/9d/29/ae/{SIGNATURE}.jpg"


def pin(number: int = 7, user: str = "maker", privacy: str = "public", **fields: Any) -> dict[str, Any]:
    board = {"id": "5", "name": "Night skies", "url": f"/{user}/night-skies/", "privacy": privacy, "owner": {"username": user}}
    return {
        "category": "pinterest", "subcategory": "board", "id": str(number), "title": "A tree", "board": board,
        "description": "Roots & rabbits",
        "grid_title": "A tree", "link": "https://maker.substack.com/p/tale?utm_source=pin", "created_at": "Sat, 19 Jun 2021 21:37:04 +0000",
        "pinner": {"username": user, "id": "1", "full_name": "M"}, "images": {"orig": {"url": ORIGINAL, "width": 64, "height": 48}},
        "image_signature": SIGNATURE, "alt_text": None, "auto_alt_text": "rabbits under a tree", "is_repin": True, "videos": None,
        "url": ORIGINAL, "width": 64, "height": 48, "filename": SIGNATURE, "extension": "jpg", "num": 1, "count": 1, "media_id": "",
        "comment_count": 3, "aggregated_pin_data": {"comments": ["someone@mail.invalid"]},
    } | fields  # fmt: skip


def saved(tmp_path: Path, *pins: dict[str, Any], pictures: bool = True, **person: Any) -> Any:
    files: dict[str, bytes] = {}
    for told in pins:
        name = f"pinterest/{told.get('id')}.{told.get('num', 1)}.jpg"
        files |= {f"{name}.json": as_json(told)} | ({name: photo(int(told["id"]))} if pictures else {})
    return read_archive(write_files(tmp_path / "gallery-dl", files), someone(tmp_path, **person))


def test_a_pin_of_ones_own_is_the_pin_of_the_data_export(tmp_path: Path) -> None:
    found = saved(tmp_path, pin())
    document, board = found.documents
    assert (document.url, document.kind, document.hop) == ("https://www.pinterest.com/pin/7/", "pinterest_pin", 0)
    assert (document.source.kind, document.source.url, document.source.title) == (
        "board",
        "https://www.pinterest.com/maker/night-skies/",
        "Night skies",
    )
    assert json.loads(document.content) == {
        "id": "7", "url": document.url, "title": "A tree", "details": "Roots & rabbits", "image": SIGNATURE, "alt": "rabbits under a tree",
        "link": "https://maker.substack.com/p/tale?utm_source=pin", "board_id": "5", "board": "Night skies", "username": "maker",
        "created_at": "2021-06-19T21:37:04+00:00", "is_repin": True, "is_video": False, "private": False,
    }  # fmt: skip
    assert (board.kind, board.url) == ("pinterest_board", document.source.url)
    assert [(row["image_url"], row["sha256"]) for row in found.pictures.drain()] == [(SHOWN, sha256_of(photo(7)))]


def test_pins_of_others_are_one_link_away(tmp_path: Path) -> None:
    found = saved(tmp_path, pin(user="stranger"))
    assert [document.hop for document in found.documents] == [1, 1]
    assert found.hops[found.documents[0].source] == 1


def test_secret_promoted_and_unlisted_pins_are_counted(tmp_path: Path) -> None:
    pins = [
        pin(1, privacy="secret"),
        pin(2, is_promoted=True),
        pin(3, user="stranger", seo_noindex_reason="x"),
        pin(4, user="stranger", privacy="secret"),
    ]
    found = saved(tmp_path, *pins, include_private_pins=False)
    assert sorted(reason for _, reason in found.skipped) == ["opted_out", "private", "private", "promoted"]
    kept = saved(tmp_path, *pins, include_private_pins=True)
    assert [document.url[-2:-1] for document in kept.documents if document.kind == "pinterest_pin"] == ["1"]


def test_further_pictures_of_a_carousel_are_counted(tmp_path: Path) -> None:
    found = saved(tmp_path, pin(7), pin(7, num=2, media_id="x"))
    assert [reason for _, reason in found.skipped] == ["imported"]
    assert len(found.pictures.drain()) == 1


def test_a_pin_without_its_file_keeps_its_address(tmp_path: Path) -> None:
    found = saved(tmp_path, pin(), pictures=False)
    assert json.loads(found.documents[0].content)["image"] == SIGNATURE
    assert found.pictures.drain() == []


def test_pictures_of_other_sites_are_a_collection(tmp_path: Path) -> None:
    told = {
        "category": "tumblr",
        "title": "Dawn",
        "description": "Over the bay",
        "date": "2020-01-02 03:04:05",
        "url": "https://t.example/a.jpg",
    }
    found = read_archive(write_files(tmp_path / "g", {"a.jpg": photo(1), "a.jpg.json": as_json(told)}), someone(tmp_path))
    assert json.loads(found.documents[0].content) == {
        "title": "Dawn", "caption": "Over the bay", "created_at": "2020-01-02 03:04:05", "picture": "https://t.example/a.jpg",
    }  # fmt: skip


def test_what_is_not_gallery_dls_is_said(tmp_path: Path) -> None:
    files = {"a.jpg": photo(1), "a.jpg.json": as_json(pin()), "b.jpg": photo(2), "b.jpg.json": b"[]", "c.jpg": photo(3), "info.json": b"{}"}
    found = read_archive(write_files(tmp_path / "g", files), someone(tmp_path))
    assert dict(found.remarks) == {
        "a metadata file is not gallery-dl's, or no JSON": 1,
        "a file with .jpg that has no metadata beside it is not read": 1,
        "a file with .json that has no metadata beside it is not read": 1,
    }


def test_nothing_but_the_named_fields_is_stored(tmp_path: Path) -> None:
    written = b"".join(document.content for document in saved(tmp_path, pin()).documents)
    assert b"mail.invalid" not in written
    assert b"full_name" not in written
