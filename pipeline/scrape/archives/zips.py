"""Reading strangers' zip files: nothing is ever extracted; members are streamed, under caps."""

import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pipeline.errors import ArchiveError
from pipeline.scrape.archives.members import MemberError, odd_name

MOST_MEMBERS = 200_000
MOST_BYTES = 8 * 1024**3  # unpacked, by the zip's own word
HIGHEST_RATIO = 200  # HTML packs 5 to 20 times; a bomb a thousand times
SMALL = 1024 * 1024  # below this any ratio is harmless: a file of repeated lines packs well


@dataclass
class SafeZip:
    """A zip opened for reading. `refused` says which members are not touched and why."""

    path: Path
    archive: zipfile.ZipFile = field(init=False)
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> "SafeZip":
        try:
            self.archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise ArchiveError(f"{self.path} is not a zip that can be read: {error}. Download the export again.") from error
        try:
            self._list()
        except ArchiveError:
            self.archive.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.archive.close()

    def read(self, name: str, largest: int) -> bytes:
        """The bytes of a member. Raises MemberError where it is missing, encrypted, damaged, or larger than `largest` bytes."""
        info = self.members.get(name)
        if info is None:
            raise MemberError("is not in the archive")
        if info.flag_bits & 0x1:
            raise MemberError("is encrypted")
        try:
            with self.archive.open(info) as stream:
                content = stream.read(largest + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as error:
            raise MemberError(f"is damaged: {error}") from error
        if len(content) > largest:
            raise MemberError(f"is larger than {largest:,} bytes", "too_large")
        return content

    def _list(self) -> None:
        infos = self.archive.infolist()
        total = sum(info.file_size for info in infos)
        if len(infos) > MOST_MEMBERS or total > MOST_BYTES:
            raise ArchiveError(
                f"{self.path} holds {len(infos):,} members of {total:,} bytes; read are {MOST_MEMBERS:,} of {MOST_BYTES:,}. "
                "If it is truly an export, split it."
            )
        for info in infos:
            if why := self._odd(info):
                self.refused.append(f"a member that {why} is not touched")
            elif not info.is_dir():
                self.members[info.filename] = info

    def _odd(self, info: zipfile.ZipInfo) -> str:
        if why := odd_name(info.orig_filename):
            return why
        if stat.S_ISLNK(info.external_attr >> 16):
            return "is a link"
        if info.filename in self.members:
            return "has the name of another"
        packed_well = info.file_size > SMALL and info.file_size > HIGHEST_RATIO * max(1, info.compress_size)
        return f"unpacks to more than {HIGHEST_RATIO} times its size" if packed_well else ""
