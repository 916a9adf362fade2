"""Pages that the person saved: HTML (alone, with the folder of its pictures, or by SingleFile), MHTML, HAR; one file or a folder."""

from collections import Counter
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.people import Person
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.har import LARGEST, read_har
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import LARGEST_PICTURE, MemberError, is_picture, suffix
from pipeline.scrape.archives.mhtml import is_mhtml, read_mhtml
from pipeline.scrape.archives.page_pictures import Read, addresses_in, bring_beside, bring_inlined, bring_shown, named, original_of
from pipeline.scrape.archives.picture_set import collection
from pipeline.scrape.archives.saved_page import address_of, keep_page
from pipeline.scrape.decode import decode
from pipeline.scrape.markup import load_html

PAGES = frozenset((".html", ".htm", ".xhtml", ".mhtml", ".mht", ".har"))
LARGEST_PAGE = 128 * 1024 * 1024  # bytes of a page with its pictures inlined
COMPANIONS = ("_files", "-Dateien", "_fichiers", "_archivos", "_file", "_bestanden")  # what browsers call the folder beside "Page.html"
LOOK = 4096  # bytes in which a page shows that it is one


class Beside:
    """The files that a browser saved beside a page, by the way the page names them."""

    def __init__(self, folder: SafeFolder | None, page: str) -> None:
        """`folder`: what holds the page, or for a page imported alone the folder of its pictures; `page`: its name there, or empty."""
        self._folder, self._at = folder, PurePosixPath(page).parent
        prefixes = [f"{_stem(page)}{ending}/" for ending in COMPANIONS] if page else [""]
        self.files = [name for prefix in prefixes for name in (folder.under(prefix) if folder else []) if is_picture(name)]

    def read(self, source: str) -> bytes | None:
        """The file at a relative address, or None."""
        path = PurePosixPath(unquote(source.split("?", 1)[0].split("#", 1)[0]))
        if self._folder is None or not is_picture(path.name) or ":" in source or path.is_absolute() or ".." in path.parts:
            return None
        name = str(self._at / path)
        return self.content(name if name in self._folder.members else path.name)

    def content(self, name: str) -> bytes | None:
        """A member's bytes, or None where it cannot be read."""
        try:
            return self._folder.read(name, LARGEST_PICTURE) if self._folder is not None and name in self._folder.members else None
        except MemberError:
            return None


def knows(path: Path) -> bool:
    """Whether a file is a saved page or a recording."""
    with path.open("rb") as stream:
        beginning = stream.read(LOOK).lower()
    return suffix(path.name) == ".har" or is_mhtml(beginning) or b"<html" in beginning or b"<!doctype html" in beginning


def read(path: Path, person: Person, found: ImportedArchive) -> None:
    """One file, and the folder of pictures that a browser saved beside it. Raises ArchiveError for a recording that is none."""
    folders = [path.with_name(f"{path.stem}{ending}") for ending in COMPANIONS]
    beside = Beside(next((SafeFolder(folder) for folder in folders if folder.is_dir()), None), "")
    if path.stat().st_size > (LARGEST if suffix(path.name) == ".har" else LARGEST_PAGE):
        raise ArchiveError(f"{path} is too large for a saved page or recording.")
    try:
        _file(path.name, path.read_bytes(), beside, person, found)
    except MemberError as error:
        _left_out(path.name, error, found)


def knows_folder(folder: SafeFolder) -> bool:
    """Whether there is a saved page in a folder."""
    return any(suffix(name) in PAGES for name in folder.members)


def read_folder(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """Every page of a folder; pages within the folders that belong to pages are their frames and are not read."""
    pages = [name for name in folder.members if suffix(name) in PAGES]
    stems = {_stem(name) for name in pages}
    for name in (page for page in pages if not _is_beside(page, stems)):
        try:
            content = folder.read(name, LARGEST if suffix(name) == ".har" else LARGEST_PAGE)
            _file(name, content, Beside(folder, name), person, found)
        except ArchiveError as error:
            _left_out(name, error, found)
    left = Counter(suffix(name) or "no extension" for name in folder.members if suffix(name) not in PAGES and not _is_beside(name, stems))
    for ending, n in sorted(left.items()):
        found.remarks[f"a file with {ending} is not read"] += n


def _left_out(name: str, error: ArchiveError, found: ImportedArchive) -> None:
    """Counts a file that cannot be read; what is no recording at all says its name itself."""
    found.remark(f"a file with {suffix(name)} {error}" if isinstance(error, MemberError) else str(error))
    found.skip(collection(found.name), error.reason if isinstance(error, MemberError) else "unreadable")


def _file(name: str, content: bytes, beside: Beside, person: Person, found: ImportedArchive) -> None:
    if suffix(name) == ".har":
        read_har(content, person, found)
    elif is_mhtml(content[:LOOK]):
        read_mhtml(content, person, found)
    else:
        _page(content, beside, person, found)


def _page(content: bytes, beside: Beside, person: Person, found: ImportedArchive) -> None:
    first = len(found.documents)
    try:
        text = decode(bring_inlined(content, found))
        root = load_html(text)
    except DocumentRejected as error:
        found.remark(f"a page cannot be read: {error.reason}")
        return found.skip(collection(found.name), error.reason)  # type: ignore[arg-type]
    bring_beside(root, beside.read, found)
    keep_page(root, address_of(text, root), person, found)
    fresh = found.documents[first:]
    shown = [address for document in (fresh if beside.files else []) for address in addresses_in(document)]
    offers: dict[str, list[Read]] = {
        original_of(address): [partial(_content, beside, name) for name in named(address, beside.files)] for address in shown
    }
    return bring_shown(fresh, offers, found)


def _content(beside: Beside, name: str) -> bytes:
    return beside.content(name) or b""


def _stem(page: str) -> str:
    return str(PurePosixPath(page).with_suffix(""))


def _is_beside(name: str, stems: set[str]) -> bool:
    """Whether a file stands in the folder that belongs to a page."""
    folders = [str(parent) for parent in PurePosixPath(name).parents]
    return any(folder.endswith(ending) and folder.removesuffix(ending) in stems for folder in folders for ending in COMPANIONS)
