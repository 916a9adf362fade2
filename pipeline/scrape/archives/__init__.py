"""A person's own archives: the first-class sources that need nobody else's permission.

Each kind is an `Importer`: it says whether it knows a file, and reads it. A new kind is a module beside these and a line in IMPORTERS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pipeline.scrape.archives.pinterest_export as pinterest_export
import pipeline.scrape.archives.substack_export as substack_export
from pipeline.errors import ArchiveError
from pipeline.people import Person
from pipeline.scrape.archives.imported import ImportedArchive


@dataclass(frozen=True)
class Importer:
    """A kind of archive that can be read."""

    name: str
    knows: Callable[[Path], bool]
    read: Callable[[Path, Person], ImportedArchive]


IMPORTERS = (
    Importer("Substack export (a zip with posts.csv)", substack_export.knows, substack_export.read),
    Importer("Pinterest data export (an HTML file with a section Pins)", pinterest_export.knows, pinterest_export.read),
)


def read_archive(path: Path, person: Person) -> ImportedArchive:
    """The documents of an archive, at hop 0, and what was left out and why.

    Raises ArchiveError for a file that is missing, damaged as a whole, or of no known kind. One bad item is a remark and a skip.
    """
    if not path.is_file():
        raise ArchiveError(f"{path} is not there, or is a folder; needed: a file. Correct `archives:` in {person.path}.")
    try:
        importer = next((importer for importer in IMPORTERS if importer.knows(path)), None)
        if importer is not None:
            return importer.read(path, person)
        with path.open("rb") as stream:
            beginning = stream.read(8)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}") from error
    known = "; ".join(importer.name for importer in IMPORTERS)
    raise ArchiveError(f"{path} is none of the archives that are read ({known}); it begins with {beginning!r}.")


__all__ = ["IMPORTERS", "ImportedArchive", "Importer", "read_archive"]
