"""Reading tars: never extracted, not decompressed; members are listed, then read where they lie. A cut-off tar gives what is whole."""

import struct
import tarfile
from collections import Counter
from pathlib import Path
from types import TracebackType

from pipeline.errors import ArchiveError
from pipeline.scrape.archives.members import MemberError, odd_name

MOST_MEMBERS = 500_000  # img2dataset puts 30,000 into a shard
FAULTS = (tarfile.TarError, ValueError, OSError, EOFError, struct.error, RecursionError, OverflowError, UnicodeError)


class SafeTar:
    """A tar opened for reading. `refused` says which members are not touched and why; `damaged` whether its end is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.members: dict[str, tarfile.TarInfo] = {}
        self.refused: Counter[str] = Counter()
        self.damaged = False

    def __enter__(self) -> "SafeTar":
        """Raises ArchiveError for what is no plain tar, and for one of more than MOST_MEMBERS members."""
        try:
            self._archive = tarfile.open(self.path, mode="r:", errors="replace")
        except FAULTS as error:
            raise ArchiveError(f"{self.path} is no plain tar: {error}. If it is compressed, unpack it first.") from error
        try:
            self._list(self.path.stat().st_size)
        except ArchiveError:
            self._archive.close()
            raise
        self._stream = self.path.open("rb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()
        self._archive.close()

    def read(self, name: str, largest: int) -> bytes:
        """The bytes of a member. Raises MemberError where it is missing or larger than `largest` bytes."""
        info = self.members.get(name)
        if info is None:
            raise MemberError("is not in the archive")
        if info.size > largest:
            raise MemberError(f"is larger than {largest:,} bytes", "too_large")
        self._stream.seek(info.offset_data)
        return self._stream.read(info.size)

    def _list(self, end: int) -> None:
        last = -1
        while (info := self._next()) is not None:
            if info.offset <= last or info.size < 0 or info.offset_data + info.size > end:  # a negative size would walk in circles
                self.damaged = True
                return
            last = info.offset
            self._add(info)

    def _next(self) -> tarfile.TarInfo | None:
        try:
            return self._archive.next()
        except FAULTS:
            self.damaged = True
            return None

    def _add(self, info: tarfile.TarInfo) -> None:
        if why := self._odd(info):
            self.refused[f"a member that {why} is not touched"] += 1
        elif not info.isdir():
            self.members[info.name] = info
        if len(self.members) + self.refused.total() > MOST_MEMBERS:
            raise ArchiveError(f"{self.path} holds more than {MOST_MEMBERS:,} members. Split it.")

    def _odd(self, info: tarfile.TarInfo) -> str:
        if why := odd_name(info.name):
            return why
        if not (info.isreg() or info.isdir()):
            return "is a link" if info.issym() or info.islnk() else "is no file"
        if info.issparse():
            return "is sparse"
        return "has the name of another" if info.name in self.members else ""
