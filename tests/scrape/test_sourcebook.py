"""The sources that are known, and what they say of training."""

import pytest

from pipeline.identifiers import id_of
from pipeline.scrape.records import Source
from pipeline.scrape.sourcebook import UNKNOWN, SourceBook

FAR = Source("substack", "publication", "https://far.substack.com", "far")


@pytest.fixture
def book(home):
    return SourceBook(home, "ada")


def saved(home, book):
    with home.warehouse.transaction() as t:
        t.upsert("sources", book.drain(), "person", "source_id")
    return SourceBook(home, "ada")


def test_somebody_elses_publication_counts_as_opted_out_until_its_settings_are_known(home, book):
    source_id = book.meet(FAR, 2, "test")
    assert book.opted_out(source_id) == UNKNOWN
    book.settle(source_id, None)
    assert saved(home, book).opted_out(source_id) is None


def test_the_persons_own_publication_does_not(book):
    source_id = book.meet(FAR, 2, "test")
    book.meet(FAR, 0, "person file")
    assert (book.opted_out(source_id), book.hop(source_id)) == (None, 0)


def test_a_publications_no_is_not_taken_back_by_meeting_it_nearer(book):
    source_id = book.meet(FAR, 2, "test")
    book.settle(source_id, "block_ai_crawlers")
    book.meet(FAR, 0, "person file")
    assert book.opted_out(source_id) == "block_ai_crawlers"


def test_what_is_learned_later_fills_what_was_empty(home, book):
    book.meet(Source("substack", "publication", FAR.url), 2, "test")
    book.meet(Source("substack", "publication", FAR.url, "far", "Far away"), 2, "test")
    book.meet(Source("substack", "publication", FAR.url, "other", "Other"), 2, "test")
    saved(home, book)
    assert home.warehouse.rows("select handle, title from sources") == [{"handle": "far", "title": "Far away"}]


def test_a_publication_is_known_by_its_domain_and_by_its_name_at_substack(book):
    book.meet(Source("substack", "publication", "https://www.far.example", "far"), 1, "test")
    assert book.publication_at("https://www.far.example") == "https://www.far.example"
    assert book.publication_at("https://far.substack.com") == "https://www.far.example"
    assert book.publication_at("https://near.substack.com") is None
    assert not book.is_publication("https://far.substack.com")


def test_remarks_are_kept_each_once_and_walks_until_the_next_begins(home, book):
    source_id = book.meet(FAR, 1, "test")
    book.remark(source_id, "b", "a", "")
    book.remark(source_id, "a")
    book.walk(source_id, 25)
    book = saved(home, book)
    assert home.warehouse.rows("select remarks, walked from sources") == [{"remarks": "a; b", "walked": 25}]
    book.walk(source_id, None)
    assert saved(home, book).walked(source_id) is None


def test_an_unknown_source_has_said_nothing(book):
    assert book.opted_out(id_of("source", "https://nowhere.example")) is None
