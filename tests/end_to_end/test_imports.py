"""One person with every kind of archive, from the person file to pairs, asking nobody for anything that an archive holds."""

import csv
import datetime as dt
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from archive_makers import as_json, located, photo, sample_row, write_files, write_parquet, write_tar
from page_makers import PIN_URL, SIGNATURE, UPLOAD, camel, entry, har, image, page, post, preloads, relay, snake

from pipeline.pair import make_pairs
from pipeline.people import load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.scrape.images import fetch_images
from pipeline.scrape.ledger_page import write_ledger_page
from pipeline.store import Home

TODAY = dt.date(2026, 6, 1)
PERSON = """
person: maker
consent: {granted_by: maker, date: 2026-01-01, expires: 2027-01-01, scope: a private model}
handles: {publications: [maker.substack.com], pinterest: maker}
limits: {requests_per_second: 2000}
archives: [export.zip, pins.html, saved, visit.har, holiday, dataset, gallery-dl, maker.substack.com]
hops: 0
contact: https://rhizome.example/contact
"""
PIN = """<a href="https://www.pinterest.com/pin/{0}/">https://www.pinterest.com/pin/{0}/</a>
<br>Title: Pin {0},<br>Details: No data,<br>Image: {1},<br>Board Id: 5,<br>Board Name: Night skies,<br>Ip Address: 203.0.113.7,
<br>Username: maker,<br>Canonical Link: <a href="https://maker.substack.com/p/{2}">x</a>,<br>Created at: 2021/06/19 21:37:04
<br>Alive: True<br>Is a repin: False<br>Private: {3}<br><br>"""
COLUMNS = ["post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title", "subtitle", "podcast_url"]
DAY = "2025-03-01T10:00:00.000Z"
FIRST, SECOND = photo(1, 500, 400), photo(2, 500, 400)
OTHER = "1" + SIGNATURE[1:]
ARTICLE = "<main><article><h1>Owls</h1><p>Owls hunt at night, and hear a mouse under the snow.</p>{}</article></main>"


def export(path: Path) -> None:
    rows = [
        ["1.tale", DAY, "TRUE", DAY, "newsletter", "only_paid", "A tale", "", ""],
        ["2.draft", DAY, "FALSE", "", "newsletter", "", "D", "", ""],
    ]
    table = io.StringIO()
    csv.writer(table).writerows([COLUMNS, *rows])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("posts.csv", table.getvalue())
        archive.writestr("posts/1.tale.html", f'<p>Once upon a time, in the export.</p><img src="{UPLOAD}"><p>And on it went.</p>')
        archive.writestr("email_list.maker.csv", "email\nreader@mail.invalid\n")


def pinterest(path: Path) -> None:
    pins = PIN.format(7, SIGNATURE, "tale", "False") + PIN.format(8, OTHER, "tale", "True") + PIN.format(9, OTHER, "walk", "False")
    path.write_text(f"<html><h1>Profile</h1>Email: maker@mail.invalid<br><h1>Pins</h1>{pins}<h1>Moods</h1>blue</html>")


@pytest.fixture(scope="module")
def archives(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    write_files(
        folder, {"maker.yaml": PERSON, "holiday/a.jpg": located(3), "holiday/a.txt": "A caption of the holiday", "holiday/b.jpg": b"no"}
    )
    export(folder / "export.zip")
    pinterest(folder / "pins.html")
    beside = {f"Pin_files/{OTHER}.jpg": SECOND}
    write_files(folder / "saved", {"Pin.html": page("", relay(camel(9, imageSignature=OTHER)), PIN_URL.replace("7", "9")), **beside})
    walk = post("walk", body="<p>A walk that only the recording holds.</p>")
    visits = [entry(UPLOAD, photo(4, 500, 400), "image/jpeg"), entry("https://maker.substack.com/p/walk", page("", preloads(post=walk)))]
    owls = entry("https://web.example/owls", page("", ARTICLE.format("<p>You came from 203.0.113.9, says this page to you.</p>")))
    write_files(folder, {"visit.har": har(*visits, owls)})
    write_tar(folder / "dataset/00000.tar", [("000000000.jpg", photo(5)), ("000000000.txt", b"A caption of the set")])
    failed = sample_row("1", "https://a.example/x.jpg", "failed_to_download", "HTTP Error 404: Not Found")
    write_parquet(folder / "dataset/00000.parquet", [sample_row("0", "https://a.example/0.jpg"), failed])
    told = snake(7, image_signature=SIGNATURE) | {"category": "pinterest", "num": 1}
    write_files(folder / "gallery-dl", {"p.jpg": FIRST, "p.jpg.json": as_json(told)})
    write_files(
        folder / "maker.substack.com",
        {"20250401_080000_second.md": "# Second\n\nWords that only the download holds.\n\n![x](images/s/x.jpg)"},
    )
    write_files(folder / "maker.substack.com", {"images/s/x.jpg": photo(6, 500, 400)})
    return folder


@pytest.fixture(scope="module")
def nobody():
    """An origin where nothing is, which says what was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """The list is enough."""

    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def first(home, archives, nobody):
    return run(home, archives, nobody, "one")


def run(home, archives, nobody, run_id):
    person = load_person(archives / "maker.yaml")
    done = gather(home, person, connect_to=nobody[0], run_id=run_id, today=TODAY)
    parse_pages(home, person)
    return done, fetch_images(home, person, connect_to=nobody[0], run_id=run_id, today=TODAY)


def test_every_archive_of_one_person(home, nobody, first):
    done, pictures = first
    pages = {row["url"]: (row["kind"], row["via"], row["hop"]) for row in home.warehouse.rows("select * from pages where current")}
    own = {url.removeprefix("https://"): told for url, told in pages.items() if not url.startswith("import:")}
    assert own == {
        "maker.substack.com/p/tale": ("substack_export_post", "export.zip", 0),
        "maker.substack.com/p/walk": ("substack_export_post", "visit.har", 0),
        "maker.substack.com/p/second": ("substack_export_post", "maker.substack.com", 0),
        "www.pinterest.com/pin/7/": ("pinterest_pin", "pins.html", 0),
        "www.pinterest.com/pin/9/": ("pinterest_pin", "pins.html", 0),
        "www.pinterest.com/maker/night-skies/": ("pinterest_board", "pins.html", 0),
        "web.example/owls": ("web_page", "visit.har", 1),
    }
    assert sorted(via for kind, via, _ in pages.values() if kind == "imported_picture") == ["dataset", "holiday"]
    assert (done.imported, pictures.asked) == (9, 0)
    assert pictures.outcomes == {("kept", "imported"): 6}
    shown = {row["image_url"]: row["width"] for row in home.warehouse.rows("select * from images")}
    assert {shown[image()], shown[image().replace(SIGNATURE, OTHER).replace("/9d/", "/1d/")], shown[UPLOAD]} == {500}
    assert not [path for path in nobody[1] if "pinimg" in path or "amazonaws" in path or ".example" in path]
    assert done.skipped["draft"] == done.skipped["private"] == done.skipped["not_found"] == done.skipped["undecodable"] == 1
    assert done.skipped["imported"] == 4  # pins 7 and 9 a second time, and their board twice


def test_importing_again_does_nothing(home, archives, nobody, first):
    tables = ("pages", "imported_pictures", "images", "sources", "skips", "import_remarks", "passages", "pictures", "edges")
    before = {table: home.warehouse.rows(f"select * from {table} order by all") for table in tables}
    blobs = sorted(home.blobs.root.rglob("*"))
    done, pictures = run(home, archives, nobody, "two")
    assert (done.imported, done.kept, pictures.asked, pictures.imported) == (0, 0, 0, 0)
    assert {table: home.warehouse.rows(f"select * from {table} order by all") for table in tables} == before
    assert sorted(home.blobs.root.rglob("*")) == blobs


def test_what_was_not_understood_stands_in_the_ledger(home, first):
    rows = home.warehouse.rows(
        "select reported, fetched, (select coalesce(sum(n), 0)::int from skips k where k.source_id = s.source_id) n from sources s"
    )
    assert all(row["reported"] == row["fetched"] + row["n"] for row in rows)
    assert "the section &#39;Moods&#39; is not read" in write_ledger_page(home, "maker").read_text()


def test_nothing_secret_is_kept_and_captions_associate_nothing(home, first):
    make_pairs(home, "maker")
    pairs = home.warehouse.rows("select p.kind, t.text from pairs p join passages t on t.artefact_id = p.text_id where p.person = 'maker'")
    assert {row["kind"] for row in pairs if "caption" in row["text"]} == {"text_pin"}
    assert {row["kind"] for row in pairs} >= {"inline", "link", "text_pin"}
    kept = b"".join(path.read_bytes() for path in home.blobs.root.parent.rglob("*") if path.is_file())
    assert not [secret for secret in (b"PLANTED", b"mail.invalid", b"203.0.113") if secret in kept]
