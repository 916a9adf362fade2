"""What sbstck-dl saved: a post a file (`20240101_080000_slug.html`, .md or .txt), its pictures in `images/<slug>/`, and beside them
perhaps `<post>.json`, `manifest.json`, `failed-urls.txt` and an index."""

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from lxml.html import HtmlElement

from pipeline.errors import ArchiveError, DocumentRejected
from pipeline.people import Person
from pipeline.scrape.addresses import canonical, host, origin
from pipeline.scrape.archives.folders import SafeFolder
from pipeline.scrape.archives.imported import ImportedArchive
from pipeline.scrape.archives.members import LARGEST_PICTURE, LARGEST_SIDECAR, MemberError, is_picture, suffix
from pipeline.scrape.archives.page_pictures import point
from pipeline.scrape.archives.plain_bodies import from_markdown, from_text
from pipeline.scrape.archives.post_documents import is_own_publication, keep_post
from pipeline.scrape.decode import LARGEST, decode, load_json
from pipeline.scrape.fields import mapping, text
from pipeline.scrape.markup import load_html, to_html
from pipeline.scrape.picture import PictureRejected
from pipeline.scrape.records import Source

POST = re.compile(r"^(?:.*/)?(?:(\d{8}_\d{6})_|_)([\w.%-]{1,200})\.(html|md|txt)$")
DATED = re.compile(r"(?:^|/)\d{8}_\d{6}_[\w.%-]+\.(?:html|md|txt)$")
MANIFEST, FAILED = "manifest.json", "failed-urls.txt"
OURS = re.compile(r"^(?:index|notion-links)\.(?:html|md|txt)$|^(?:manifest\.json|failed-urls\.txt)$")
FORMATS = ("html", "md", "txt")  # of a post in several, the one that keeps most
SOURCE_LINE = re.compile(
    r"(?:<p\b[^>]{0,200}>\s*)?original content:\s*(?:<a href=\"[^\"]{0,2000}\">)?\s*(https?://[^\s<\"]{1,2000})(?:</a>\s*</p>)?\s*$"
)
TITLE = re.compile(r"^\s*(?:<h1>(.{0,2000}?)</h1>|#\s+([^\n]{0,2000})|([^\n]{0,2000}))\s*\n", re.DOTALL)
UPLOADED = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:_\d{1,6}x\d{1,6})?\.\w{3,4}$", re.IGNORECASE)
UPLOADS = "https://substack-post-media.s3.amazonaws.com/public/images/"


def knows(folder: SafeFolder) -> bool:
    """Whether a folder holds posts under sbstck-dl's names, or its manifest."""
    return any(DATED.search(name) for name in folder.members) or bool(_manifest(folder))


def read(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """Every post, once. Raises ArchiveError where nothing says of which publication they are."""
    manifest, chosen = _manifest(folder), dict[str, str]()
    posts = [name for name in folder.members if POST.match(name) and not OURS.match(PurePosixPath(name).name)]
    for name in sorted(posts, key=lambda name: FORMATS.index(suffix(name)[1:])):
        chosen.setdefault(str(PurePosixPath(name).with_suffix("")), name)
    for name in sorted(chosen.values()):
        _take(folder, name, manifest, person, found)
    _failed(folder, person, found)
    sidecars = {f"{stem}.json" for stem in chosen}
    for name in folder.members:
        if name not in posts and name not in sidecars and not OURS.match(PurePosixPath(name).name) and not is_picture(name):
            found.remark(f"a file with {suffix(name) or 'no extension'} is not read")


def _take(folder: SafeFolder, name: str, manifest: dict[str, str], person: Person, found: ImportedArchive) -> None:
    told = _sidecar(folder, name)
    try:
        content = decode(folder.read(name, LARGEST))
    except (MemberError, DocumentRejected) as error:
        found.remark(f"a post's file is not read: {error}")
        return found.skip(_publication(folder, person), "unreadable")
    said = SOURCE_LINE.search(content[-3000:])
    date, slug, _ = _parts(name)
    slug = text(told, "slug") or slug
    url = canonical(text(told, "canonical_url") or manifest.get(name, "") or (said.group(1) if said else ""))
    url = url or f"{_publication(folder, person).url}/p/{slug}"
    title, body = _split(content[: len(content) - len(said.group())] if said else content)
    post: dict[str, Any] = {"slug": slug, "canonical_url": url, "title": text(told, "title") or title, "subtitle": text(told, "subtitle")}
    post |= {"post_date": text(told, "post_date") or date, "type": "newsletter", "body_html": _body(folder, name, body, found)}
    return keep_post(post, url, person, found)


def _body(folder: SafeFolder, name: str, body: str, found: ImportedArchive) -> str:
    markup = {".html": lambda said: said, ".md": from_markdown, ".txt": from_text}[suffix(name)](body)
    root = load_html(markup)
    for image in root.iter("img"):
        _bring(image, folder, str(PurePosixPath(name).parent), found)
    return to_html(root)


def _bring(image: HtmlElement, folder: SafeFolder, at: str, found: ImportedArchive) -> None:
    """An image that points at a downloaded file gets the address that the file's name tells, else one made of its bytes."""
    try:
        data = mapping({"data": load_json(image.get("data-attrs") or "{}")}, "data")
    except DocumentRejected:
        data = {}
    name = next((name for source in (text(data, "src"), image.get("src") or "") if (name := _member(source, folder, at))), None)
    if name is None:
        return
    file = PurePosixPath(name).name
    address = UPLOADS + file if UPLOADED.match(file) else ""
    try:
        content = folder.read(name, LARGEST_PICTURE)
        take = found.pictures.take_copy if address else found.pictures.take
        address = take(content, found.name, address)
    except (MemberError, PictureRejected) as error:
        found.remark(f"a downloaded picture cannot be kept ({error.reason})")
    point(image, address)


def _member(source: str, folder: SafeFolder, at: str) -> str | None:
    """The downloaded file in an address: as it is, or at the end of a CDN's address whose original was replaced."""
    parts = unquote(source).split("?", 1)[0].split("/")
    if len(parts) < 3 or ".." in parts or not is_picture(parts[-1]):
        return None
    name = str(PurePosixPath(at) / "/".join(parts[-3:]))
    return name if name in folder.members else None


def _failed(folder: SafeFolder, person: Person, found: ImportedArchive) -> None:
    """The posts that the tool says it could not have."""
    for name in folder.members:
        if PurePosixPath(name).name == FAILED:
            for line in decode(folder.read(name, LARGEST_SIDECAR)).splitlines():
                if base := origin(line.strip()):
                    hop = 0 if is_own_publication(person, base) else 1
                    found.skip(Source("substack", "publication", base), "connection", hop)


def _publication(folder: SafeFolder, person: Person) -> Source:
    """Whose posts these are where the files do not say: the folder is called after the publication's host, or after its name."""
    called = folder.path.name.lower()
    if "." in called and host(f"https://{called}") == called:
        return Source("substack", "publication", f"https://{called}")
    labels = re.split(r"[^a-z0-9]+", called)
    own = [name for name in person.handles.publications if name.lower().removeprefix("www.").split(".")[0] in labels]
    if len(own) != 1:
        raise ArchiveError(
            f"{folder.path}: nothing in these files says of which publication they are. Call the folder after its host (ada.substack.com), "
            "or run sbstck-dl with --add-source-url or --write-metadata."
        )
    return Source("substack", "publication", origin(f"https://{own[0]}"))


def _manifest(folder: SafeFolder) -> dict[str, str]:
    """File -> the post's address, by manifest.json."""
    if MANIFEST not in folder.members:
        return {}
    try:
        entries = mapping(load_json(decode(folder.read(MANIFEST, LARGEST))), "entries")
    except (MemberError, DocumentRejected):
        return {}
    told = ((text(entry, "file_path").replace("\\", "/").removeprefix("./"), text(entry, "canonical_url")) for entry in entries.values())
    return {file: url for file, url in told if file and url}


def _sidecar(folder: SafeFolder, name: str) -> dict[str, Any]:
    beside = str(PurePosixPath(name).with_suffix(".json"))
    if beside not in folder.members:
        return {}
    try:
        told = load_json(folder.read(beside, LARGEST_SIDECAR))
    except (MemberError, DocumentRejected):
        return {}
    return told if isinstance(told, dict) else {}


def _parts(name: str) -> tuple[str, str, str]:
    """(date as ISO 8601 or nothing, slug, format) of a post's file name."""
    found = POST.match(name)
    date, slug, ending = found.groups() if found else ("", PurePosixPath(name).stem, suffix(name)[1:])
    when = f"{date[:4]}-{date[4:6]}-{date[6:8]}T{date[9:11]}:{date[11:13]}:{date[13:15]}+00:00" if date else ""
    return when, slug, ending


def _split(content: str) -> tuple[str, str]:
    """(title, rest): the tool writes the title before the body."""
    found = TITLE.match(content)
    if found is None:
        return "", content
    title = next(group for group in (*found.groups(), "") if group is not None)
    return " ".join(re.sub(r"<[^>]{0,500}>", "", title).split()), content[found.end() :]
