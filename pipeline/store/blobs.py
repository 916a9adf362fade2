"""Content-addressed files: what is written stays, whole or not at all, and is checked when read."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of

LEAST_FREE = 500_000_000  # bytes: some hundred documents of the largest size, and the warehouse's copies of what it changes
SYNCING = 16  # threads: a thousand files are on the disk after 0.1 s, one after the other after 4.3 s (measured, ext4)


class Blobs:
    """Bytes under their sha256, in 256 folders: in 65,536, nearly each new file needs a new one, and takes six times as long (measured,
    ext4). Safe for many threads.

    What is put survives the death of the process at once, and that of the machine after `sync`. Every transaction of the same home
    syncs before it commits, so that a row never points at a file that is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._fresh: set[str] = set()

    def path(self, sha256: str) -> Path:
        """Where a blob stands, or would."""
        return self.root / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Stores bytes and returns their sha256. The same bytes twice are one file. Raises StoreError where the disk takes them not."""
        sha256 = sha256_of(content)
        folder = f"{self.root}/{sha256[:2]}"
        with writing(self.root, len(content)):
            if not os.path.isdir(folder):
                os.makedirs(folder, exist_ok=True)
            if not _holds(f"{folder}/{sha256}", content):
                _rename_into(f"{folder}/{sha256}", content, 0o644, synced=False)
        self.include(sha256)
        return sha256

    def include(self, sha256: str) -> None:
        """What another process has put is synced with what was put here."""
        with self._lock:
            self._fresh.add(sha256)

    def sync(self) -> None:
        """Returns when the disk holds all that was put. Raises StoreError where it cannot; what was put is then synced the next time."""
        with self._lock:
            fresh, self._fresh = self._fresh, set()
        if not fresh:
            return
        files = [str(self.path(sha256)) for sha256 in fresh]
        try:
            with writing(self.root):
                _sync(files)
                _sync([str(self.root), *{os.path.dirname(file) for file in files}])
        except StoreError:
            with self._lock:
                self._fresh |= fresh
            raise

    def get(self, sha256: str) -> bytes:
        """The bytes under a sha256. Raises StoreError where they are missing or damaged."""
        path = self._settled(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"blob {sha256} is missing ({path}); gather again to fetch it anew.") from error
        if sha256_of(content) != sha256:
            raise StoreError(f"blob {path} is damaged: its content no longer has its own hash. Delete the file and gather again.")
        return content

    def has(self, sha256: str) -> bool:
        """Whether a blob is held."""
        return self._settled(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Forgets a blob; nothing happens where there is none."""
        for path in (self.path(sha256), self._deeper(sha256)):
            path.unlink(missing_ok=True)

    def _settled(self, sha256: str) -> Path:
        """Where a blob stands; what an earlier version put a folder deeper is moved up."""
        path = self.path(sha256)
        if not path.exists():
            with suppress(FileNotFoundError):
                self._deeper(sha256).replace(path)
        return path

    def _deeper(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def writing(where: Path, size: int | None = None) -> Iterator[None]:
    """What the disk says to a block that writes there, `size` bytes where that is known, as a StoreError."""
    try:
        yield
    except OSError as error:
        what = f"{size:,} bytes cannot be written" if size is not None else "what is written cannot be brought to the disk"
        raise StoreError(f"{where}: {what}: {error.strerror}. Make room there, and run again: it goes on where it stopped.") from error


def require_space(folder: Path, free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free) -> None:
    """Raises StoreError where the disk of a folder has so little room left that a gathering would end in the middle."""
    left = free(folder)
    if left < LEAST_FREE:
        raise StoreError(
            f"{folder}: {left / 1e6:,.0f} MB are free on its disk, at least {LEAST_FREE / 1e6:,.0f} MB are needed to gather. Make room "
            f"there, or set RHIZOME_HOME to a folder on another disk."
        )


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file whole or not at all: temporary name in the same folder, synced, renamed, folder synced."""
    _rename_into(str(path), content, mode, synced=True)
    _sync_one(str(path.parent))


def _holds(path: str, content: bytes) -> bool:
    """Whether a file is there and whole: one that was not yet synced when the machine died may be cut short."""
    try:
        with open(path, "rb") as stream:
            return stream.read() == content
    except FileNotFoundError:
        return False


def _rename_into(path: str, content: bytes, mode: int, synced: bool) -> None:
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.{os.getpid()}.{threading.get_ident()}.tmp"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
            stream.write(content)
            stream.flush()
            if synced:
                os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _sync(paths: Sequence[str]) -> None:
    """Handed to the threads in parts, for to hand over one path costs more than to sync it."""
    with ThreadPoolExecutor(SYNCING) as threads:
        list(threads.map(_sync_all, (paths[part::SYNCING] for part in range(SYNCING))))


def _sync_all(paths: Sequence[str]) -> None:
    for path in paths:
        _sync_one(path)


def _sync_one(path: str) -> None:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # forgotten meanwhile
    try:
        os.fsync(file)
    finally:
        os.close(file)
