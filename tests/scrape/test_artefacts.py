"""Artefacts of pages that come, change and go: reading what is new gives what reading everything anew would give."""

import datetime as dt
import json

import pytest

from pipeline.identifiers import id_of
from pipeline.scrape import parse
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.parse import VERSION

TABLES = ("passages", "pictures", "links", "edges", "parsings")
WHEN = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SITE = "https://web.example"


def article(*words, links=(), image=""):
    body = "".join(f"<p>{text}</p>" for text in words) + "".join(f'<p>See <a href="{link}">this</a> there.</p>' for link in links)
    shown = f'<img src="{image}" width="400" height="300">' if image else ""
    return f"<html><body><main><article>{body}{shown}</article></main></body></html>".encode()


@pytest.fixture
def put(home):
    """Puts a version of a page in place of the one before."""

    def put(path, content, *, hop=1, kind="web_page", person="ada"):
        url, sha256 = f"{SITE}{path}", home.blobs.put(content)
        row = {"person": person, "page_id": id_of("page", url, sha256), "document_id": id_of("document", url), "url": url, "hop": hop}
        row |= {"source_id": "site", "kind": kind, "via": "crawl", "sha256": sha256, "current": True, "fetched_at": WHEN, "run_id": "run"}
        with home.warehouse.transaction() as t:
            t.execute("update pages set current = false where person = ? and url = ?", person, url)
            t.upsert("pages", [row], "person", "page_id")

    return put


@pytest.fixture
def moved(home):
    """Notes that a request for an address ended at another document."""

    def moved(path, target):
        row = {"person": "ada", "request_id": id_of("request", f"{SITE}{path}"), "document_url": f"{SITE}{target}", "state": "done"}
        with home.warehouse.transaction() as t:
            t.upsert("frontier", [row], "person", "request_id")

    return moved


def tables(home):
    return {table: home.warehouse.rows(f"select * from {table} where person = 'ada' order by all") for table in TABLES}


@pytest.fixture
def read(home, make_person):
    """Reads what is new, and checks that reading everything anew gives the same."""

    def read(**person):
        made = parse_pages(home, make_person(**person))
        after = tables(home)
        with home.warehouse.transaction() as t:
            t.execute("delete from parsings where person = 'ada'")
        assert parse_pages(home, make_person(**person)).read == made.pages
        assert tables(home) == after
        return made

    return read


def texts(home):
    return [row["text"] for row in home.warehouse.rows("select text from passages where person = 'ada' order by url, position")]


def edges(home, kind="links_to"):
    rows = home.warehouse.rows("select src_id, dst_id from edges where person = 'ada' and kind = ? order by all", kind)
    return {(row["src_id"], row["dst_id"]) for row in rows}


def document(path):
    return id_of("document", f"{SITE}{path}")


def test_pages_are_read_once(home, put, read, make_person):
    put("/a", article("The words of the first page."))
    put("/b", article("The words of the second page."))
    assert read().read == 2
    assert parse_pages(home, make_person()).read == 0
    put("/c", article("The words of the third page."))
    assert read().read == 1
    assert len(texts(home)) == 3


def test_a_new_version_takes_the_place_of_the_old_and_keeps_the_ids_of_what_stayed(home, put, read):
    put("/a", article("A paragraph that stays.", "A paragraph that goes."))
    read()
    kept = home.warehouse.rows("select artefact_id from passages where text like '%stays%'")
    put("/a", article("A paragraph that stays.", "A paragraph that came."))
    assert read().read == 1
    assert texts(home) == ["A paragraph that stays.", "A paragraph that came."]
    assert home.warehouse.rows("select artefact_id from passages where text like '%stays%'") == kept


def test_rows_of_vanished_pages_go(home, put, read):
    put("/a", article("The words of a page that goes.", links=["/b"], image="/a.png"))
    put("/b", article("The words of a page that stays."))
    read()
    with home.warehouse.transaction() as t:
        t.execute("update pages set current = false where url like '%/a'")
    made = read()
    assert (made.read, made.pages, made.passages, made.pictures, made.edges) == (0, 1, 1, 0, 1)


def test_a_shorter_way_to_a_page_is_seen(home, put, read):
    put("/a", article("The words of the page."), hop=2)
    read()
    with home.warehouse.transaction() as t:
        t.execute("update pages set hop = 1")
    assert read().read == 1
    assert home.warehouse.rows("select hop from passages") == [{"hop": 1}]


def test_links_lead_to_what_an_address_turned_out_to_be_however_late_that_is_learnt(home, put, moved, read):
    put("/a", article("The words of the page.", links=["/old", "/new"]))
    read()
    assert edges(home) == {(document("/a"), document("/old")), (document("/a"), document("/new"))}
    moved("/old", "/new")
    assert read().read == 0
    assert edges(home) == {(document("/a"), document("/new"))}


def test_of_links_that_tell_the_same_the_first_pages_counts(home, put, read):
    card = {"recommendedPublication": {"id": 2, "subdomain": "near", "name": "Near"}}
    put("/b", json.dumps([card]).encode(), kind="substack_recommendations")
    read()
    put("/a", json.dumps([card, card]).encode(), kind="substack_recommendations")
    read()
    found = home.warehouse.rows("select url, edges.kind from edges join pages using (page_id)")
    assert found == [{"url": f"{SITE}/a", "kind": "recommends"}]


def test_the_same_words_twice_on_a_page_are_two_artefacts(home, put, read):
    put("/a", article("Again.", "Again.", image="/x.png"))
    read()
    assert texts(home) == ["Again.", "Again."]


def test_a_page_that_cannot_be_read_is_counted_every_time_and_not_read_again(home, put, read, make_person):
    put("/a", b"not JSON", kind="substack_post")
    put("/b", article("The words of the other page."))
    assert read().unread == {"not_json": 1}
    again = parse_pages(home, make_person())
    assert (again.read, again.unread) == (0, {"not_json": 1})


def test_a_page_whose_bytes_are_missing_is_looked_for_every_time(home, put, make_person):
    content = article("The words of the page.")
    put("/a", content)
    home.blobs.delete(home.warehouse.rows("select sha256 from pages")[0]["sha256"])
    assert parse_pages(home, make_person()).unread == {"missing": 1}
    home.blobs.put(content)
    assert parse_pages(home, make_person()).unread == {}
    assert texts(home) == ["The words of the page."]


def test_one_persons_pages_are_no_matter_of_anothers(home, put, read):
    put("/a", article("Bob's own page has these words."), person="bob")
    put("/a", article("Ada's own page has those words."))
    assert read().read == 1
    assert home.warehouse.rows("select distinct person from passages") == [{"person": "ada"}]


def test_a_killed_reading_goes_on(home, put, make_person, monkeypatch):
    for number in range(5):
        put(f"/{number}", article(f"The words of page number {number}."))
    monkeypatch.setattr("pipeline.scrape.artefacts.BATCH", 2)
    third = f"{SITE}/3"

    def stop(kind, url, content):
        if url == third:
            raise KeyboardInterrupt
        return parse.parse(kind, url, content)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("pipeline.scrape.understand.read_stored", stop)
        parse_pages(home, make_person())
    assert len(texts(home)) == 2
    made = parse_pages(home, make_person())
    assert (made.read, made.passages) == (3, 5)


def test_many_pages_in_small_batches_are_what_one_batch_gives(home, put, read, monkeypatch):
    for number in range(12):
        put(f"/{number}", article(f"Words of page number {number}.", links=[f"/{(number + 1) % 12}"], image="/same.png"))
    whole = read()
    monkeypatch.setattr("pipeline.scrape.artefacts.BATCH", 5)
    assert read().passages == whole.passages


def test_a_new_version_of_the_parsers_reads_everything_anew(home, put, read, make_person, monkeypatch):
    put("/a", article("The words of the page."))
    read()
    monkeypatch.setattr("pipeline.scrape.artefacts.VERSION", VERSION + 1)
    assert parse_pages(home, make_person()).read == 1


def test_a_pins_picture_saves_what_the_pin_links_to(home, put, moved, read):
    pin = {"id": "1", "url": f"{SITE}/pin", "title": "T", "link": f"{SITE}/old", "image": "0" * 32}
    put("/pin", json.dumps(pin).encode(), kind="pinterest_pin", hop=0)
    read()
    moved("/old", "/new")
    read()
    (picture,) = home.warehouse.rows("select artefact_id from pictures")
    assert edges(home, "saves") == {(picture["artefact_id"], document("/new"))}


def test_pages_that_processes_read_are_what_is_read_here(home, put, read, monkeypatch):
    for number in range(7):
        put(f"/{number}", article(f"Words of page number {number}.", links=[f"/{number + 1}"], image="/same.png"))
    put("/none", b"{", kind="substack_post")
    read()
    here = tables(home)
    monkeypatch.setattr("pipeline.scrape.parser_pool.FEW", 0)
    monkeypatch.setattr("pipeline.scrape.parser_pool.CHUNK", 3)
    read()
    assert tables(home) == here
