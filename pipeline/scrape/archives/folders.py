"""Reading a folder that strangers' tools have filled: links are not followed, devices not opened, sizes capped."""

import os
import stat
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import ArchiveError
from pipeline.scrape.archives.members import ODD, MemberError

MOST_MEMBERS = 500_000
DEEPEST = 16  # folders within folders
FURNITURE = frozenset(("thumbs.db", "desktop.ini", "__macosx"))  # what operating systems leave behind


class SafeFolder:
    """A folder's regular files by their path inside it, in order. `refused` says which members are not touched and why."""

    def __init__(self, path: Path) -> None:
        """Raises ArchiveError for a folder of more than MOST_MEMBERS files."""
        self.path = path
        self.refused: Counter[str] = Counter()
        names: list[str] = []
        for name in self._files(path, "", 0):
            names.append(name)
            if len(names) + self.refused.total() > MOST_MEMBERS:
                raise ArchiveError(f"{path} holds more than {MOST_MEMBERS:,} files. Split it.")
        self._names = sorted(names)
        self.members = dict.fromkeys(self._names)

    def read(self, name: str, largest: int) -> bytes:
        """The bytes of a member. Raises MemberError where it cannot be read, or is larger than `largest` bytes."""
        try:
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise MemberError(f"cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise MemberError("is no file any more")
            if found.st_size > largest:
                raise MemberError(f"is larger than {largest:,} bytes", "too_large")
            return stream.read(largest)

    def under(self, prefix: str) -> list[str]:
        """The members whose names begin so."""
        return self._names[bisect_left(self._names, prefix) : bisect_left(self._names, prefix + "\U0010ffff")]

    def _files(self, folder: Path, prefix: str, depth: int) -> Iterator[str]:
        for entry in self._entries(folder, depth):
            name = prefix + entry.name
            if ODD.search(name):
                self.refused["a member that has an odd name is not touched"] += 1
            elif entry.is_symlink():
                self.refused["a member that is a link is not touched"] += 1
            elif entry.is_dir(follow_symlinks=False):
                yield from self._files(Path(entry.path), f"{name}/", depth + 1)
            elif not entry.is_file(follow_symlinks=False):
                self.refused["a member that is no file is not touched"] += 1
            else:
                yield name

    def _entries(self, folder: Path, depth: int) -> Iterator[os.DirEntry[str]]:
        if depth > DEEPEST:
            self.refused[f"a folder more than {DEEPEST} deep is not entered"] += 1
            return
        try:
            with os.scandir(folder) as entries:
                yield from (e for e in entries if not e.name.startswith(".") and e.name.lower() not in FURNITURE)
        except OSError as error:
            self.refused[f"a folder cannot be read: {error.strerror}"] += 1
