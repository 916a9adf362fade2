"""Content-addressed files: what is written stays, whole or not at all, and is checked when read."""

import os
import secrets
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of


class Blobs:
    """Bytes under their sha256, two folders deep."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a blob stands, or would."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, content: bytes) -> str:
        """Stores bytes and returns their sha256. The same bytes twice are one file."""
        sha256 = sha256_of(content)
        path = self.path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes under a sha256. Raises StoreError where they are missing or damaged."""
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"blob {sha256} is missing ({path}); gather again to fetch it anew.") from error
        if sha256_of(content) != sha256:
            raise StoreError(f"blob {path} is damaged: its content no longer has its own hash. Delete the file and gather again.")
        return content

    def has(self, sha256: str) -> bool:
        """Whether a blob is held."""
        return self.path(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Forgets a blob; nothing happens where there is none."""
        self.path(sha256).unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file whole or not at all: temporary name in the same folder, synced, renamed, folder synced."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
