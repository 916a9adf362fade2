"""img2dataset's three output formats, with failed rows."""

import json
from pathlib import Path

import pytest
from archive_makers import as_json, photo, read_archive, sample_row, someone, write_files, write_parquet, write_tar

from pipeline.identifiers import sha256_of
from pipeline.scrape.archives.img2dataset import reason_of
from pipeline.scrape.parse import parse

URL = "https://pics.example/"
FULL = {"width": 64, "height": 48, "original_width": 64, "original_height": 48}
SCALED = FULL | {"original_width": 640, "original_height": 480}
FAILED = sample_row("000000002", URL + "gone.jpg", "failed_to_download", "HTTP Error 404: Not Found")


def sample(key: str, seed: int, **fields) -> list[tuple[str, bytes]]:
    row = sample_row(key, f"{URL}{key}.jpg", **fields)
    return [(f"{key}.jpg", photo(seed)), (f"{key}.txt", row["caption"].encode()), (f"{key}.json", as_json(row))]


def rows() -> list[dict]:
    return [
        sample_row("000000000", URL + "000000000.jpg", **FULL),
        sample_row("000000001", URL + "000000001.jpg", **SCALED),
        FAILED,
        sample_row("000000003", URL + "x.jpg", "failed_to_resize", "image too small"),
    ]


def as_webdataset(folder: Path) -> Path:
    write_tar(folder / "00000.tar", [*sample("000000000", 1, **FULL), *sample("000000001", 2, **SCALED)])
    write_parquet(folder / "00000.parquet", rows())
    return write_files(folder, {"00000_stats.json": b"{}"})


def as_files(folder: Path) -> Path:
    write_files(folder / "00000", dict([*sample("000000000", 1, **FULL), *sample("000000001", 2, **SCALED)]))
    write_parquet(folder / "00000.parquet", rows())
    return write_files(folder, {"00000_stats.json": b"{}"})


def as_parquet(folder: Path) -> Path:
    first, second, *failed = rows()
    whole = [first | {"jpg": photo(1), "txt": first["caption"]}, second | {"jpg": photo(2), "txt": second["caption"]}]
    write_parquet(folder / "00000.parquet", [*whole, *(row | {"jpg": None, "txt": None} for row in failed)])
    return write_files(folder, {"00000_stats.json": b"{}"})


@pytest.mark.parametrize("make", [as_webdataset, as_files, as_parquet])
def test_every_format_gives_the_same(tmp_path: Path, make) -> None:
    found = read_archive(make(tmp_path / "set"), someone(tmp_path))
    assert [document.url for document in found.documents] == [f"import:{sha256_of(photo(seed))}" for seed in (1, 2)]
    full, scaled = (json.loads(document.content) for document in found.documents)
    assert full == {"picture": URL + "000000000.jpg", "caption": "caption 000000000"}
    assert scaled == {
        "picture": f"import:{sha256_of(photo(2))}", "origin": URL + "000000001.jpg", "caption": "caption 000000001",
    }  # fmt: skip
    assert {reason: n for (_, reason), n in found.skipped.items()} == {"not_found": 1, "too_small": 1}
    assert sum(found.reported.values()) == 4
    assert not found.remarks


@pytest.mark.parametrize(
    ("make", "name", "kept"), [(as_webdataset, "00000.tar", 2), (as_parquet, "00000.parquet", 2), (as_files, "00000", 2)]
)
def test_one_shard_alone(tmp_path: Path, make, name: str, kept: int) -> None:
    assert len(read_archive(make(tmp_path / "set") / name, someone(tmp_path)).documents) == kept


def test_captions_are_caption_like(tmp_path: Path) -> None:
    document = read_archive(as_webdataset(tmp_path / "set"), someone(tmp_path)).documents[0]
    assert {passage.role for passage in parse(document.kind, document.url, document.content).passages} == {"pin"}


def test_bytes_with_the_hash_of_the_original_stand_for_its_address(tmp_path: Path) -> None:
    write_tar(tmp_path / "set/00000.tar", sample("000000000", 1, sha256=sha256_of(photo(1))))
    found = read_archive(tmp_path / "set", someone(tmp_path))
    assert json.loads(found.documents[0].content)["picture"] == URL + "000000000.jpg"


def test_a_tar_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    folder = as_webdataset(tmp_path / "set")
    whole = (folder / "00000.tar").read_bytes()
    (folder / "00000.tar").write_bytes(whole[: whole.index(b"000000001.jpg") + 700])
    found = read_archive(folder, someone(tmp_path))
    assert len(found.documents) == 1
    assert {reason: n for (_, reason), n in found.skipped.items()} == {"truncated": 1, "not_found": 1, "too_small": 1}
    assert "breaks off" in next(iter(found.remarks))


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        ("failed_to_download", "HTTP Error 403: Forbidden", "forbidden"),
        ("failed_to_download", "HTTP Error 500: Internal Server Error", "server_error"),
        ("failed_to_download", "HTTP Error 429: Too Many Requests", "rate_limited"),
        ("failed_to_download", "The read operation timed out", "timeout"),
        ("failed_to_download", "<urlopen error [Errno -2] Name or service not known>", "unresolvable"),
        ("failed_to_download", "Use of image disallowed by X-Robots-Tag directive", "opted_out"),
        ("failed_to_download", "hash mismatch", "truncated"),
        ("failed_to_download", "Remote end closed connection without response", "connection"),
        ("failed_to_download", "", "connection"),
        ("failed_to_resize", "Image decoding error", "undecodable"),
        ("failed_to_resize", "image too small", "too_small"),
        ("failed_to_resize", "aspect ratio too large", "odd_shape"),
        ("failed_to_resize", "whatever", "undecodable"),
    ],
)
def test_failures_in_the_words_of_the_tool(status: str, message: str, reason: str) -> None:
    assert reason_of(status, message) == reason


def test_a_shard_that_is_none_costs_that_shard(tmp_path: Path) -> None:
    folder = as_webdataset(tmp_path / "set")
    (folder / "00001.parquet").write_bytes(b"PAR1 no")
    write_parquet(folder / "00002.parquet", [{"link": 1}])
    found = read_archive(folder, someone(tmp_path))
    assert len(found.documents) == 2
    assert sum(n for (_, reason), n in found.skipped.items() if reason == "unreadable") == 2
    assert any("no text column `url`" in remark for remark in found.remarks)
