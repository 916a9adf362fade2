"""What zips, tars and folders have in common: which names are refused, and the error of one member."""

import re
from pathlib import PurePosixPath

from pipeline.errors import ArchiveError
from pipeline.scrape.outcomes import Reason

LARGEST_PICTURE = 20 * 1024 * 1024  # bytes, as for fetched ones
LARGEST_SIDECAR = 1024 * 1024  # bytes; a caption is a few hundred
ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # would break lines, terminals or the database
PICTURES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif"))


class MemberError(ArchiveError):
    """One member cannot be read; the message says why, `reason` in a word of the closed list."""

    def __init__(self, message: str, reason: Reason = "unreadable") -> None:
        super().__init__(message)
        self.reason = reason


def odd_name(name: str) -> str:
    """Why a member's name is refused, or an empty text. Names are only ever looked up, never written to."""
    if "\\" in name or "\x00" in name or ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
        return "points out of the archive"
    return "has an odd name" if ODD.search(name) else ""


def suffix(name: str) -> str:
    """The extension of a member's name, in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def is_picture(name: str) -> bool:
    """Whether a member is a picture, by its name."""
    return suffix(name) in PICTURES
