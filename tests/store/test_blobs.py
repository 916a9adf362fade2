import hashlib
from contextlib import nullcontext

import pytest

from pipeline.errors import StoreError
from pipeline.store import Blobs, write_atomically
from pipeline.store.blobs import LEAST_FREE, require_space


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def test_bytes_come_back_under_their_own_hash(blobs):
    sha256 = blobs.put(b"a page")
    assert (sha256, blobs.get(sha256)) == (hashlib.sha256(b"a page").hexdigest(), b"a page")


def test_the_same_bytes_twice_are_one_file(blobs):
    blobs.put(b"a page")
    blobs.put(b"a page")
    assert len([path for path in blobs.root.rglob("*") if path.is_file()]) == 1


def test_a_flipped_bit_is_noticed(blobs):
    sha256 = blobs.put(b"a page")
    blobs.path(sha256).write_bytes(b"a pagf")
    with pytest.raises(StoreError, match="damaged"):
        blobs.get(sha256)


def test_a_missing_blob_says_what_to_do(blobs):
    with pytest.raises(StoreError, match="gather again"):
        blobs.get("0" * 64)


def test_a_deleted_blob_is_gone(blobs):
    sha256 = blobs.put(b"a page")
    blobs.delete(sha256)
    blobs.delete(sha256)
    assert not blobs.has(sha256)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "model"
    target.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_atomically(target, "text is not bytes")  # type: ignore[arg-type]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("model", b"old")]


def test_a_file_that_a_power_cut_left_short_is_written_anew(blobs):
    sha256 = blobs.put(b"a page")
    blobs.path(sha256).write_bytes(b"")
    assert blobs.get(blobs.put(b"a page")) == b"a page"


def test_syncing_takes_what_was_put_and_what_was_forgotten_since(blobs):
    blobs.put(b"stays")
    blobs.delete(blobs.put(b"goes"))
    blobs.sync()
    blobs.sync()
    assert [path.read_bytes() for path in blobs.root.rglob("*") if path.is_file()] == [b"stays"]


@pytest.fixture
def deeper(blobs):
    """A blob where an earlier version put it."""
    sha256 = blobs.put(b"a page of before")
    path = blobs.root / sha256[:2] / sha256[2:4] / sha256
    path.parent.mkdir()
    blobs.path(sha256).replace(path)
    return path


def test_what_an_earlier_version_put_a_folder_deeper_is_found_and_moved_up(blobs, deeper):
    assert blobs.has(deeper.name)
    assert blobs.get(deeper.name) == b"a page of before"
    assert not deeper.exists()


def test_what_an_earlier_version_put_a_folder_deeper_is_forgotten_too(blobs, deeper):
    blobs.put(b"a page of before")
    blobs.delete(deeper.name)
    assert not blobs.has(deeper.name)
    assert not deeper.exists()


def test_what_cannot_be_synced_is_told_and_tried_again(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    path = blobs.path(blobs.put(b"a page"))
    path.unlink()
    path.symlink_to(path)  # cannot be opened, whoever asks
    with pytest.raises(StoreError, match="run again"):
        blobs.sync()
    path.unlink()
    blobs.put(b"a page")
    blobs.sync()


def test_a_disk_that_takes_no_more_is_told_with_the_path_and_what_to_do(tmp_path):
    (tmp_path / "blobs").write_bytes(b"no folder can be made here")
    with pytest.raises(StoreError, match=r"blobs: 6 bytes cannot be written: .*Make room there, and run again"):
        Blobs(tmp_path / "blobs").put(b"a page")


@pytest.mark.parametrize(("free", "enough"), [(LEAST_FREE, True), (LEAST_FREE - 1, False), (0, False)])
def test_a_gathering_begins_only_with_room_left(tmp_path, free, enough):
    with nullcontext() if enough else pytest.raises(StoreError, match="at least 500 MB are needed"):
        require_space(tmp_path, lambda _: free)
