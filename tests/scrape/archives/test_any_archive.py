"""Whatever an archive's files hold, it is read or refused, and its account adds up."""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from archive_makers import photo, read_archive, someone, write_files
from hypothesis import strategies as st
from page_makers import PIN_URL, page
from properties import holds_for

from pipeline.errors import ArchiveError

KEYS = st.sampled_from(
    ["id", "entityId", "type", "title", "board", "url", "pinner", "username", "images", "orig", "link", "created_at", "category", "log",
     "entries", "request", "response", "content", "text", "mimeType", "status",
     "encoding", "post", "posts", "slug", "canonical_url", "body_html",
     "caption", "data", "v3GetPinQuery", "initialReduxState", "pins", "boards", "resource_response", "headers", "name", "privacy"]
)  # fmt: skip
WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["7", "pinterest", PIN_URL, "text/html", "base64", "https://maker.substack.com/p/a", "\ud83d", "<p>x</p>", "/maker/b/"]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(200), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)
NAMES = st.sampled_from(
    ["a.har", "a.html", "a.mhtml", "a.json", "a.jpg.json", "a.txt", "20250101_000000_a.html", "20250101_000000_a.md", "manifest.json",
     "failed-urls.txt", "00000.tar", "00000.parquet", "export.zip", "00000/000000000.json"]
)  # fmt: skip
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: page("", f'<script data-relay-response="true">{json.dumps(value)}</script>', PIN_URL).encode()),
    JSON.map(lambda value: page("", f'<script id="__PWS_INITIAL_PROPS__">{json.dumps(value)}</script>', PIN_URL).encode()),
    JSON.map(lambda value: page("", f"<script>window._preloads = JSON.parse({json.dumps(json.dumps(value))})</script>").encode()),
    st.binary(max_size=200),
    st.text(max_size=100).map(
        lambda text: b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=B\n\n--B\n" + text.encode("utf-8", "replace")
    ),
    st.text(max_size=100).map(
        lambda text: f"# T\n\n![a]({text})\n\noriginal content: https://maker.substack.com/p/a".encode("utf-8", "replace")
    ),
)


LINES = st.lists(st.sampled_from(["post_id,post_date,is_published,type,audience,title", "1.a,2025-01-01,TRUE,newsletter,everyone,T",
"2.b,,true,,,",
    "1.a,x,FALSE,page,only_paid,&#0;", '"', "\n", ",", "../x", "\x00"])).map(lambda lines: "\n".join(lines).encode())  # fmt: skip
MEMBERS = st.sampled_from(
    ["posts.csv", "my/posts.csv", "posts/1.a.html", "my/posts/1.a.html", "posts/2.b.html", "email_list.x.csv", "../posts.csv", "a"]
)
ROWS = st.lists(
    st.fixed_dictionaries({
        "url": st.sampled_from(["https://pics.example/a.jpg", "javascript:x", "", None]), "caption": st.one_of(st.none(),
        st.text(max_size=8)),
        "status": st.sampled_from(["success", "failed_to_download", "x", None]), "key": st.sampled_from(["0", "../x", None]),
        "jpg": st.sampled_from([photo(1), b"x", b"", None]), "error_message": st.sampled_from(["HTTP Error 404", None]),
    }),
    max_size=3,
)  # fmt: skip
PINS = st.lists(st.sampled_from(["<h1>Pins</h1>", "<h1>Boards</h1>", f'<a href="{PIN_URL}">x</a>', "<br>Title: x", "<br>Board Name: b",
"<br>Private: Yes",
    "<br>Privacy: secret", "<br>Image: " + "a" * 32, "<br>Alive: ?", "&#x110000;", "<h1>X</h1>"])).map("".join)  # fmt: skip


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), stream)
    return stream.getvalue()


SCHEMA = pa.schema(
    [(name, pa.binary() if name == "jpg" else pa.string()) for name in ("url", "caption", "status", "key", "jpg", "error_message")]
)
FILES = st.one_of(
    st.tuples(NAMES, BODIES),
    st.tuples(st.just("export.zip"), st.dictionaries(MEMBERS, LINES, max_size=4).map(lambda found: zipped({"posts.csv": b""} | found))),
    st.tuples(st.just("00000.parquet"), ROWS.map(parquet)),
    st.tuples(st.sampled_from(["a.html", "b.html"]), PINS.map(lambda pins: f"<html><h1>Pins</h1>{pins}</html>".encode())),
)


@holds_for(st.lists(FILES, min_size=1, max_size=4).map(dict), st.booleans(), light=60)
def test_any_files_are_read_or_refused(files: dict[str, bytes], pictured: bool) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = write_files(Path(root) / "mine", files | ({"a.jpg": photo(1)} if pictured else {}))
        for path in (folder, *(folder / name for name in files)):
            try:
                found = read_archive(path, someone(Path(root)))
            except ArchiveError:
                continue
            items = [document for document in found.documents if document.kind != "pinterest_board"]
            assert len(items) + found.skipped.total() == found.reported.total()
            assert len({document.url for document in found.documents}) == len(found.documents)
