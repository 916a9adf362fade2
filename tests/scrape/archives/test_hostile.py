"""Hostile archives, made here, each with what must come of it: how much is kept, what is skipped and why, what is said, or the error."""

import csv
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_makers import as_json, photo, read_archive, sample_row, someone, write_files, write_parquet
from page_makers import PIN_URL, camel, entry, har, page, post, preloads, relay, snake

from pipeline.errors import ArchiveError
from pipeline.scrape.outcomes import REASONS

COLUMNS = ["post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title", "subtitle", "podcast_url"]
DAY = "2025-03-01T10:00:00.000Z"
SECRET = b"PLANTED-SECRET"
Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Case:
    """An archive and its outcome. `kept`: documents; `skips`: by reason; `says`: in a remark; `error`: in the message of the refusal."""

    name: str
    make: Make
    kept: int = 0
    skips: dict[str, int] = field(default_factory=dict)
    says: str = ""
    error: str = ""


def table(*ids: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *([one, DAY, "TRUE", DAY, "newsletter", "everyone", "T", "", ""] for one in ids)])
    return text.getvalue().encode()


def nested_parts(deep: int) -> str:
    """A message of one part within another."""
    parts = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(deep))
    return f"MIME-Version: 1.0\n{''.join(parts)}Content-Type: text/html\n\n<p>x</p>"


def nested_messages(deep: int) -> str:
    """A message that holds a message that holds a message."""
    return "MIME-Version: 1.0\n" + "Content-Type: message/rfc822\n\n" * deep + "Content-Type: text/html\n\n<p>x</p>"


def zipped(*ids: str, members: dict[str, bytes] | None = None, after: Callable[[Path], None] = lambda path: None) -> Make:
    """A Substack export of these posts with further members, changed afterwards."""

    def make(folder: Path) -> Path:
        path = folder / "export.zip"
        bodies = {f"posts/{one}.html": b"<p>Body</p>" for one in ids}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in ({"posts.csv": table(*ids)} | bodies | (members or {})).items():
                archive.writestr(name, content)
        after(path)
        return path

    return make


def linked(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("posts/9.link.html")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")


def misnamed(path: Path) -> None:
    """A member's own header says that its name is UTF-8, and it is not."""
    content = bytearray(path.read_bytes())
    name = content.find(b"posts/1.one.html")
    content[name - 24 : name - 22], content[name] = struct.pack("<H", 0x800), 0xAD
    path.write_bytes(content)


def patched(name: bytes, **fields: int) -> Callable[[Path], None]:
    """Changes fields of a member's headers: flags, method, crc, size (of the unpacked content, as it says)."""
    places = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<I"), "size": (22, 24, "<I"), "offset": (-1, 42, "<I")}

    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        local, central = content.find(name) - 30, content.rfind(name) - 46
        for key, value in fields.items():
            in_local, in_central, form = places[key]
            if in_local >= 0:
                struct.pack_into(form, content, local + in_local, value)
            struct.pack_into(form, content, central + in_central, value)
        path.write_bytes(bytes(content))

    return change


def cut(share: float) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)]) and None  # type: ignore[func-returns-value]


def crowded(path: Path) -> None:
    """A directory of 200,001 entries that all lie at the same place."""
    name = b"x"
    record = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    directory, count = record * 200_001, 200_001
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), 0)
    locator = struct.pack("<IIQI", 0x07064B50, 0, len(directory), 1)
    path.write_bytes(directory + end64 + locator + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def member(name: str, kind: bytes = tarfile.REGTYPE, content: bytes = b"", **fields: object) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.size = kind, len(content)
        for key, value in fields.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(content))

    return add


def tarred(*members: Callable[[tarfile.TarFile], None], after: Callable[[Path], None] = lambda path: None) -> Make:
    """A webdataset shard of one good sample and these members, changed afterwards."""

    def make(folder: Path) -> Path:
        path = folder / "set/00000.tar"
        path.parent.mkdir()
        with tarfile.open(path, "w") as archive:
            for add in (member("000000000.jpg", content=photo(1)), *members):
                add(archive)
        after(path)
        return path.parent

    return make


def circling(path: Path) -> None:
    """A last header whose size is negative, so that the next one lies before it (CVE-2025-8194)."""
    header = bytearray(tarfile.TarInfo("000000001.jpg").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 8 + struct.pack(">i", -1024)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\x00 " % sum(header)
    path.write_bytes(
        path.read_bytes()[:-10240] + bytes(header) + b"\x00" * 1024 if path.stat().st_size > 10240 else bytes(header) + b"\0" * 1024
    )


def nested_names(path: Path) -> None:
    """Thousands of long-name headers, each about the next."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2
    with path.open("r+b") as stream:
        content = stream.read().rstrip(b"\0")
        whole = content + b"\0" * (-len(content) % 512)
        stream.seek(0)
        stream.write(whole + (info.tobuf(tarfile.GNU_FORMAT) + b"x\0".ljust(512, b"\0")) * 3000 + b"\0" * 1024)


def compressed(path: Path) -> None:
    path.write_bytes(gzip.compress(path.read_bytes()))


def filled(files: dict[str, bytes | str], after: Callable[[Path], object] = lambda path: None) -> Make:
    """A folder with these files, changed afterwards."""

    def make(folder: Path) -> Path:
        path = write_files(folder / "mine", files)
        after(path)
        return path

    return make


def one(name: str, content: bytes | str) -> Make:
    return lambda folder: write_files(folder / "mine", {name: content}) / name


def sharded(**columns: object) -> Make:
    """A parquet shard of these columns."""

    def make(folder: Path) -> Path:
        (folder / "set").mkdir()
        pq.write_table(pa.table(columns), folder / "set/00000.parquet")
        return folder / "set"

    return make


def shard(rows: list[dict], after: Callable[[Path], object] = lambda path: None) -> Make:
    def make(folder: Path) -> Path:
        after(write_parquet(folder / "set/00000.parquet", rows))
        return folder / "set"

    return make


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    parts = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (chunk, data, b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


URL = "https://pics.example/a.jpg"
GOOD = {"a.jpg": photo(1)}
BIG = b"\0" * (21 * 1024 * 1024)
CASES = [
    # zips
    Case("zip: a member above it", zipped("1.one", members={"../evil.html": SECRET}), 1, says="points out of"),
    Case("zip: a member at an absolute path", zipped("1.one", members={"/etc/evil.html": SECRET}), 1, says="points out of"),
    Case("zip: a member with backslashes", zipped("1.one", members={"a\\..\\b.html": SECRET}), 1, says="points out of"),
    Case("zip: a name that is no UTF-8 though it says so", zipped("1.one", "2.two", after=misnamed), 1, {"unreadable": 1}, "damaged"),
    Case("zip: a member on a drive", zipped("1.one", members={"C:evil.html": SECRET}), 1, says="points out of"),
    Case("zip: a line break in a name", zipped("1.one", members={"a\nb.html": SECRET}), 1, says="odd name"),
    Case("zip: a link", zipped("1.one", after=linked), 1, says="is a link"),
    Case("zip: a body that unpacks a thousandfold", zipped("1.one", "2.two", members={"posts/2.two.html": b"a" * 4_000_000}), 1,
         {"unreadable": 1}, "times its size"),
    Case("zip: a body that says it is small and is not", zipped("1.one", "2.two", members={"posts/2.two.html": b"<p>" + b"a" * 9_000_000},
         after=patched(b"posts/2.two.html", size=100)), 1, {"unreadable": 1}, "damaged"),
    Case("zip: a wrong checksum", zipped("1.one", "2.two", after=patched(b"posts/2.two.html", crc=7)), 1, {"unreadable": 1}, "damaged"),
    Case("zip: an encrypted body", zipped("1.one", "2.two", after=patched(b"posts/2.two.html", flags=1)), 1, {"unreadable": 1},
         "encrypted"),
    Case("zip: an unknown compression", zipped("1.one", "2.two", after=patched(b"posts/2.two.html", method=97)), 1, {"unreadable": 1}),
    Case("zip: two entries at one place", zipped("1.one", "2.two", after=patched(b"posts/2.two.html", offset=0)), 1, {"unreadable": 1}),
    Case("zip: an entry outside the file", zipped("1.one", "2.two", after=patched(b"posts/2.two.html", offset=2**31)), 1,
         {"unreadable": 1}),
    Case("zip: it says that it unpacks to 12 GB", zipped("1.one", members={f"x{i}": b"a" for i in range(3)},
         after=lambda path: [patched(b"x%d" % i, size=2**32 - 2)(path) for i in range(3)] and None), error="bytes"),
    Case("zip: 200,001 entries", zipped("1.one", after=crowded), error="200,001 members"),
    Case("zip: cut in half", zipped("1.one", "2.two", after=cut(0.5)), error="none of the archives"),
    Case("zip: a zip in a zip", zipped("1.one", members={"posts/1.one.zip": b"PK\x03\x04"}), 1),
    Case("zip: ids that point elsewhere", zipped("1.one", "../../etc/passwd", "2./etc/passwd", ""), 1, {"unreadable": 3}),
    Case("zip: a table without its columns", zipped(members={"posts.csv": b"a,b\n1,2\n"}), error="lacks the columns"),
    Case("zip: a table of zeros", zipped(members={"posts.csv": b"\0" * 1000}), error="lacks the columns"),
    Case("zip: a table with an open quote", zipped(members={"posts.csv": table("1.one") + b'"2.two'}), 0,
         {"unreadable": 1, "draft": 1}),
    # tars
    Case("tar: cut off", tarred(member("000000001.jpg", content=photo(2)), after=cut(0.35)), 1, {"truncated": 1}, "breaks off"),
    Case("tar: a link", tarred(member("000000001.jpg", tarfile.SYMTYPE, linkname="/etc/passwd")), 1, says="is a link"),
    Case("tar: a hard link", tarred(member("000000001.jpg", tarfile.LNKTYPE, linkname="000000000.jpg")), 1, says="is a link"),
    Case("tar: a device", tarred(member("000000001.jpg", tarfile.CHRTYPE, devmajor=1, devminor=5)), 1, says="is no file"),
    Case("tar: a pipe", tarred(member("000000001.jpg", tarfile.FIFOTYPE)), 1, says="is no file"),
    Case("tar: a member above it", tarred(member("../evil.jpg", content=photo(2))), 1, says="points out of"),
    Case("tar: a member at an absolute path", tarred(member("/tmp/evil.jpg", content=photo(2))), 1, says="points out of"),
    Case("tar: the same name twice", tarred(member("000000000.jpg", content=photo(2))), 1, says="name of another"),
    Case("tar: the same picture twice", tarred(member("000000001.jpg", content=photo(1))), 1, {"imported": 1}),
    Case("tar: compressed under a plain name", tarred(after=compressed), 0, {"unreadable": 1}, "unpack it"),
    Case("tar: headers that walk in circles", tarred(after=circling), 0, {"truncated": 1}),
    Case("tar: long names about long names", tarred(after=nested_names), 1, {"truncated": 1}),
    Case("tar: a caption of a megabyte", tarred(member("000000000.txt", content=b"x" * 1_100_000)), 1, says="larger than"),
    Case("tar: metadata that is no JSON", tarred(member("000000000.json", content=b"{'a': 1}")), 1, says="not_json"),
    Case("tar: random bytes", tarred(after=lambda path: path.write_bytes(os.urandom(4096)) and None), 0, {"unreadable": 1}),
    # parquet
    Case("parquet: addresses that are numbers", sharded(url=[1, 2], caption=["a", "b"]), 0, {"unreadable": 1}, "no text column"),
    Case("parquet: pictures that are texts", sharded(url=[URL], jpg=["no bytes"], status=["success"]), 0),
    Case("parquet: nested columns", sharded(url=[URL], caption=[{"a": 1}], jpg=[photo(1)]), 1),
    Case("parquet: nothing but nulls", sharded(url=pa.array([None], pa.string()), jpg=pa.array([None], pa.binary())), 0),
    Case("parquet: one huge value again and again", sharded(url=[URL] * 4, jpg=pa.array([BIG] * 4)), 0, {"undecodable": 4}),
    Case("parquet: cut in half", shard([sample_row("0", URL)], cut(0.5)), 0, {"unreadable": 1}, "no parquet file"),
    Case("parquet: a flipped byte in its end", shard([sample_row("0", URL)],
         lambda p: p.write_bytes(p.read_bytes()[:-30] + b"\xff" * 22 + b"PAR1PAR1")), 0, {"unreadable": 1}),
    Case("parquet: an empty file", shard([sample_row("0", URL)], lambda p: p.write_bytes(b"")), 0, {"unreadable": 1}),
    Case("parquet: a status that nobody knows", shard([sample_row("0", URL, "exploded", "boom")]), 0, {"connection": 1}),
    # folders
    Case("folder: a link to a file", filled(GOOD, lambda p: (p / "b.jpg").symlink_to("/etc/passwd")), 1, says="is a link"),
    Case("folder: a link in a circle", filled(GOOD, lambda p: (p / "loop").symlink_to(p)), 1, says="is a link"),
    Case("folder: a sidecar that is a link", filled(GOOD, lambda p: (p / "a.txt").symlink_to("/etc/passwd")), 1, says="is a link"),
    Case("folder: a pipe that nobody writes", filled(GOOD, lambda p: os.mkfifo(p / "b.jpg")), 1, says="is no file"),
    Case("folder: a line break in a name", filled(GOOD | {"b\n.jpg": photo(2)}), 1, says="odd name"),
    Case("folder: a name that is no text", filled(GOOD, lambda p:
          Path(os.fsdecode(os.fsencode(p) + b"/\xff.jpg")).write_bytes(photo(2))), 1, says="odd name"),
    Case("folder: a name of 250 letters", filled({"x" * 250 + ".jpg": photo(1)}), 1),
    Case("folder: names that only look odd", filled(
         {"-rf.jpg": photo(1), "CON.jpg": photo(2), "a: b\\c.jpg": photo(3), "ünï.jpg": photo(4)}), 4),
    Case("folder: thirty folders deep", filled(GOOD | {"/".join("d" * 30) + "/b.jpg": photo(2)}), 1, says="deep is not entered"),
    Case("folder: a picture of ten thousand megapixels", filled(GOOD | {"b.png": png_header(100_000, 100_000)}), 1, {"too_many_pixels": 1}),
    Case("folder: a script under a picture's name", filled(GOOD | {"b.jpg": "<svg onload='x()'>"}), 1, {"undecodable": 1}),
    Case("folder: an empty picture", filled(GOOD | {"b.jpg": b""}), 1, {"undecodable": 1}),
    Case("folder: a picture that breaks off", filled(GOOD | {"b.jpg": photo(2, 400, 300)[:5000]}), 1, {"undecodable": 1}),
    Case("folder: a picture of 21 MB", filled(GOOD | {"b.jpg": BIG}), 1, {"too_large": 1}),
    Case("folder: a sidecar nested a hundred thousand deep", filled(GOOD | {"a.json": b"[" * 100_000}), 1, says="too deep"),
    Case("folder: a sidecar with a number of 5,000 digits", filled(
         GOOD | {"a.json": b'{"caption": ' + b"9" * 5000 + b"}"}), 1, says="not json"),
    Case("folder: a sidecar with half a character", filled(GOOD | {"a.json": b'{"caption": "\\ud83d fox"}'}), 1),
    Case("folder: nothing", filled({"a.pdf": b"x"}), error="none of the archives"),
    # gallery-dl and sbstck-dl
    Case("gallery-dl: a pin whose id is a path", filled(
         GOOD | {"a.jpg.json": as_json({"category": "pinterest", "id": "../../etc/passwd"})}),
         0, {"unreadable": 1}),
    Case("gallery-dl: a board at a script's address", filled({"a.jpg.json": as_json(snake(7) | {"category": "pinterest",
         "board": {"name": "x", "url": "javascript:alert(1)"}})}), 1),
    Case("gallery-dl: lists where objects belong", filled({"a.jpg.json": as_json(snake(7) | {"category": "pinterest",
         "board": [1], "images": [2], "pinner": "x"})}), 1),
    Case("sbstck-dl: a manifest that is no JSON",
    filled({"20250301_100000_tale.md": "# T\n\nx\n\noriginal content: https://maker.substack.com/p/t",
         "manifest.json": b"{" * 9}), 1),
    Case("sbstck-dl: a manifest that points elsewhere", filled({"20250301_100000_tale.html": "<h1>T</h1>\n\n<p>x</p>",
         "manifest.json": as_json({"entries": {"x": {"canonical_url": "https://a.example/p/t",
         "file_path": "../../etc/passwd"}, "y": 5}})}),
         error="add-source-url"),
    # saved pages and recordings
    Case("page: nested twenty thousand deep", one("a.html", page("", "<div>" * 20_000, "https://web.example/x")), 1),
    Case("page: a hundred thousand tags", one("a.html", page("", "<div>" * 100_001, "https://web.example/x")), 0, {"too_large": 1}),
    Case("page: data that are no JSON", one("a.html", page("", '<script data-relay-response="true">[[[</script>', PIN_URL)), 0,
         {"unreadable": 1}),
    Case("page: preloads that are no text", one("a.html", page("", "<script>window._preloads = JSON.parse(\"[1]\")</script>",
         "https://web.example/x")), 1, says="preloaded data"),
    Case("page: pins that are none", one("a.html", page("", relay({"entityId": "x"}, {"id": ["1"]}, camel(title={"a": 1})), PIN_URL)), 1),
    Case("page: a post without a name", one("a.html", page("", preloads(post=post() | {"slug": None}),
         "https://maker.substack.com/p/x")), 0, says="neither its address"),
    Case("page: an address that is a script", one("a.html", page('<link rel="canonical" href="javascript:alert(1)">', "<p>x</p>")), 0,
         {"bad_address": 1}),
    Case("page: 9 MB of words", one("a.html", "<html>" + "x" * (9 * 1024 * 1024)), 0, {"too_large": 1}),
    Case("mhtml: no parts", one("a.mhtml", "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=B\n\nnothing"), 0,
         says="holds no page"),
    Case("mhtml: a charset that nobody knows", one("a.mhtml", "MIME-Version: 1.0\nContent-Type: text/html; charset=x-none\n"
         "Content-Location: https://web.example/x\n\n<html><p>x"), 1),
    Case("mhtml: three thousand parts within parts", one("a.mhtml", nested_parts(3000)), 0, {"too_deep": 1}, "nested too deep"),
    Case("mhtml: two thousand messages within messages", one("a.mhtml", nested_messages(2000)), 0, {"too_deep": 1}, "nested too deep"),
    Case("mhtml: such a one beside a good page", filled(
         {"a.mhtml": nested_parts(3000), "b.html": page("", "<p>x</p>", "https://web.example/x")}), 1, {"too_deep": 1}, "nested too deep"),
    Case("zip: a title of a megabyte", zipped("1.one", members={"posts.csv": table("1.one").replace(b",T,", b",%b," % (b"T" * 1_000_000))}),
         1),
    Case("zip: the same post in two rows", zipped("1.one", members={"posts.csv": table("1.one", "1.one")}), 1, {"imported": 1}),
    Case("zip: a body without a row", zipped("1.one", members={"posts/2.two.html": b"<p>x</p>"}), 1, says="a body without a row"),
    Case("zip: members that nobody knows", zipped("1.one", members={"podcast/a.mp3": b"x", "notes": b"y"}), 1,
         says="a member with .mp3 is not read"),
    Case("har: nested a hundred thousand deep", one("a.har", b'{"log":{"entries":' + b"[" * 100_000), error="no HAR"),
    Case("har: bodies that are no base64", one("a.har", har(entry(PIN_URL, "***", encoded=True) | {"response": {"status": 200, "content": {
         "mimeType": "text/html", "encoding": "base64", "text": "\u00ff*"}}})), 0, {"unreadable": 1}),
    Case("har: entries of every wrong type", one("a.har", as_json({"log": {"entries": [1, None, [], {"request": []}, {"response": 5}]}})),
         0),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_every_hostile_archive_has_its_outcome(tmp_path: Path, case: Case) -> None:
    path = case.make(tmp_path)
    if case.error:
        with pytest.raises(ArchiveError, match=case.error):
            read_archive(path, someone(tmp_path))
        return
    found = read_archive(path, someone(tmp_path))
    skipped = Counter({reason: n for (_, reason), n in found.skipped.items()})
    items = [document for document in found.documents if document.kind != "pinterest_board"]
    assert (len(items), dict(skipped)) == (case.kept, case.skips)
    assert case.says in " | ".join(found.remarks)
    assert set(skipped) <= REASONS
    assert len(items) + skipped.total() == found.reported.total()
    stored = [one.read_bytes() for one in (tmp_path / "blobs").rglob("*") if one.is_file()]
    assert not any(SECRET in content or b"root:" in content for content in [*stored, *(document.content for document in found.documents)])


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 30
    assert len({case.name for case in CASES}) == len(CASES)
