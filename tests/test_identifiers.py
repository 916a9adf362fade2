import re
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import holds_for

from pipeline.identifiers import SLUG, id_of, is_slug, sha256_of, version_of


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


@holds_for(st.one_of(st.text(), st.from_regex(SLUG), st.from_regex(r"[a-zA-Z0-9_.-]{0,70}", fullmatch=True)), light=150)
def test_a_slug_is_a_name_in_one_folder_and_in_one_language(text):
    assert is_slug(text) is (re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", text) is not None)
    if is_slug(text):
        assert PurePath("/pages", text).parent == PurePath("/pages")
        assert text == text.lower() == text.strip()
        assert not set(text) & set("'\";$?{}/\\ \n")
