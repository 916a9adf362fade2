"""A person's own archives: the first-class sources that need nobody else's permission.

Each kind is an `Importer`: it says whether it knows a file (or a folder), and reads it. A new kind is a module beside these and a
line in FILES or FOLDERS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pipeline.scrape.archives.gallery_dl as gallery_dl
import pipeline.scrape.archives.img2dataset as img2dataset
import pipeline.scrape.archives.pinterest_export as pinterest_export
import pipeline.scrape.archives.saved_pages as saved_pages
import pipeline.scrape.archives.sbstck_dl as sbstck_dl
import pipeline.scrape.archives.sidecars as sidecars
import pipeline.scrape.archives.substack_export as substack_export
from pipeline.errors import ArchiveError
from pipeline.people import Person
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.page_pictures import bring
from pipeline.scrape.imported_pictures import PictureIntake

Place = TypeVar("Place", Path, SafeFolder)


@dataclass(frozen=True)
class Importer(Generic[Place]):
    """A kind of archive that can be read."""

    name: str
    knows: Callable[[Place], bool]
    read: Callable[[Place, Person, ImportedArchive], None]


FILES: tuple[Importer[Path], ...] = (
    Importer("Substack export (a zip with posts.csv)", substack_export.knows, substack_export.read),
    Importer("Pinterest data export (an HTML file with a section Pins)", pinterest_export.knows, pinterest_export.read),
    Importer("img2dataset's shard (.tar, .parquet)", img2dataset.knows_shard, img2dataset.read_shard),
    Importer("saved web page or recording (HTML, MHTML, HAR)", saved_pages.knows, saved_pages.read),
)
FOLDERS: tuple[Importer[SafeFolder], ...] = (  # the most particular first: a folder of pictures is any of them
    Importer("img2dataset's output (shards as tar, parquet or folders)", img2dataset.knows, img2dataset.read),
    Importer("gallery-dl's output (pictures with <file>.json)", gallery_dl.knows, gallery_dl.read),
    Importer("sbstck-dl's output (posts as 20240101_080000_slug.html, .md or .txt)", sbstck_dl.knows, sbstck_dl.read),
    Importer(
        "Pinterest data export in parts (HTML files with a section Pins)", pinterest_export.knows_folder, pinterest_export.read_folder
    ),
    Importer("saved web pages and recordings (HTML, MHTML, HAR)", saved_pages.knows_folder, saved_pages.read_folder),
    Importer("pictures with captions (.txt, .caption, .json)", sidecars.knows, sidecars.read),
)


def read_archive(path: Path, person: Person, pictures: PictureIntake) -> ImportedArchive:
    """The documents of an archive, and what was left out and why; picture bytes go into `pictures`.

    Raises ArchiveError for a file or folder that is missing, damaged as a whole, or of no known kind. One bad item is a remark and a skip.
    """
    found = ImportedArchive(path.name, pictures)
    try:
        if path.is_dir():
            folder = SafeFolder(path)
            found.remarks.update(folder.refused)
            _importer(folder, FOLDERS, path, f"{len(folder.members)} files").read(folder, person, found)
        elif path.is_file():
            with path.open("rb") as stream:
                beginning = stream.read(8)
            _importer(path, FILES, path, f"a file that begins with {beginning!r}").read(path, person, found)
        else:
            raise ArchiveError(f"{path} is not there; needed: a file or a folder. Correct `archives:` in {person.path}.")
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}") from error
    return found


def _importer(place: Place, known: tuple[Importer[Place], ...], path: Path, what: str) -> Importer[Place]:
    importer = next((importer for importer in known if importer.knows(place)), None)
    if importer is None:
        names = "; ".join(importer.name for importer in known)
        raise ArchiveError(f"{path} is none of the archives that are read ({names}): {what}.")
    return importer


__all__ = ["FILES", "FOLDERS", "ImportedArchive", "Importer", "bring", "read_archive"]
