"""Names that mean the same thing everywhere: ids from natural keys, content hashes, slugs."""

import hashlib
import re
from collections.abc import Iterable

SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")


def id_of(*parts: object) -> str:
    """16 hex characters of a hash of a natural key. Parts are joined by a unit separator, so ("a", "bc") is not ("ab", "c")."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()[:16]


def sha256_of(content: bytes | str) -> str:
    """Hex sha256 of bytes, or of a text's UTF-8."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode("utf-8", "replace")).hexdigest()


def version_of(rows: Iterable[object]) -> str:
    """A data version: hash of the rows' representations in any order. Give it content columns only, never times or run ids."""
    digest = hashlib.sha256()
    for line in sorted(repr(row) for row in rows):
        digest.update(line.encode("utf-8", "replace"))
        digest.update(b"\x1e")
    return digest.hexdigest()[:32]


def is_slug(text: str) -> bool:
    """Whether a text may be a person's name, and so a partition key, a folder name and a lock name."""
    return SLUG.fullmatch(text) is not None
