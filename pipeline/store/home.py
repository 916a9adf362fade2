"""RHIZOME_HOME: one folder is one world. Deleting it leaves nothing."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.store.blobs import Blobs, write_atomically
from pipeline.store.warehouse import Warehouse


class Home:
    """The places under one root; creates them. `warehouse` and `blobs` are the handles everybody uses."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        for folder in (self.root, self.vectors, self.models, self.reports, self.pace, self.locks, self.journals):
            folder.mkdir(parents=True, exist_ok=True)
        self.blobs = Blobs(self.root / "blobs")
        self.warehouse = Warehouse(self.root / "warehouse.duckdb", before_commit=self.blobs.sync)

    @property
    def vectors(self) -> Path:
        """Embeddings, as parquet shards by encoder."""
        return self.root / "vectors"

    @property
    def models(self) -> Path:
        """Trained models, a folder each."""
        return self.root / "models"

    @property
    def reports(self) -> Path:
        """HTML for people."""
        return self.root / "reports"

    @property
    def pace(self) -> Path:
        """Request limits, shared by every process of this home."""
        return self.root / "pace"

    @property
    def locks(self) -> Path:
        """One lock file per person."""
        return self.root / "locks"

    @property
    def journals(self) -> Path:
        """What a gathering has answered and not yet committed; empty unless one was killed."""
        return self.root / "journals"

    def secret_key(self) -> bytes:
        """The key of the keyed hashes that stand for other people; made on first use, readable by the owner alone."""
        path = self.root / "secret.key"
        if not path.exists():
            with FileLock(self.locks / "secret.lock"):
                if not path.exists():
                    write_atomically(path, secrets.token_bytes(32), mode=0o600)
        return path.read_bytes()

    @contextmanager
    def person_lock(self, person: str, tell: Callable[[str], None]) -> Iterator[None]:
        """Holds the person: one run at a time. Waits while another run does, and tells for whom it waits."""
        holder = self.locks / f"{person}.holder"
        lock = FileLock(self.locks / f"{person}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell(f"{person} is being worked on by {_text(holder)}; this run waits until that one is over")
            lock.acquire()
        try:
            write_atomically(holder, f"process {os.getpid()}".encode())
            yield
        finally:
            lock.release()


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else "an unknown process"
