import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identifiers import id_of, is_slug, sha256_of, version_of


def test_ids_are_sixteen_hex_characters():
    assert id_of("source", "https://example.org") == id_of("source", "https://example.org")
    assert len(id_of("a")) == 16


def test_parts_do_not_run_together():
    assert id_of("a", "bc") != id_of("ab", "c")


@given(st.text())
def test_any_text_has_a_hash(text):
    assert len(sha256_of(text)) == 64


@given(st.lists(st.tuples(st.text(), st.integers())))
def test_a_version_ignores_order(rows):
    assert version_of(rows) == version_of(reversed(rows))


@pytest.mark.parametrize(("text", "slug"), [("ada", True), ("a-1_b", True), ("Ada", False), ("a/b", False), ("", False), ("a\n", False)])
def test_slugs(text, slug):
    assert is_slug(text) is slug
