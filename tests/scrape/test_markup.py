import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.markup import MOST_ATTRIBUTES, MOST_TAGS, classes, having, load_html, to_html, words_of

WORDS = "Zoë’s café — naïve"


@pytest.mark.parametrize("declared", ["windows-1252", "ascii", "utf-7", "utf-16", "iso-8859-1", "nonsense", "hex", "undefined"])
def test_a_wrong_declared_charset_loses_no_words(declared: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>{WORDS}</p></body></html>'.encode()
    assert words_of(load_html(page, declared)) == WORDS
    assert words_of(load_html(f"<?xml version='1.0' encoding='{declared}'?><p>{WORDS}")) == WORDS


@pytest.mark.parametrize("nothing", ["", "  \n", "<!-- only this -->", "<?php ?>", "<!DOCTYPE html>"])
def test_a_document_without_content_is_an_empty_page(nothing: str) -> None:
    assert words_of(load_html(nothing)) == ""


@pytest.mark.parametrize("depth", [200, 1000, 3000, 40_000])
def test_nothing_is_lost_however_deep_it_is_nested(depth: int) -> None:
    root = load_html("<div class=x>" * depth + "deep<p>words</p>" + "</div>" * depth + "<p>and after</p>")
    assert words_of(root) == "deepwordsand after"
    assert len(list(root.iter("div"))) == depth


def test_comments_and_instructions_are_gone_and_what_stands_around_them_is_one_text() -> None:
    (paragraph,) = load_html("<p>a@<!-- no -->b.example<?x y?></p>").iter("p")
    assert paragraph.text == "a@b.example"


def test_scripts_and_styles_are_no_words() -> None:
    assert words_of(load_html("<p>One</p><script>var x</script><style>p {}</style> two")) == "One two"


def test_classes_and_the_condition_on_them_agree() -> None:
    root = load_html("<p class=' a  b-c '>1</p><p class='ab'>2</p><p>3</p>")
    assert [classes(tag) for tag in root.iter("p")] == [["a", "b-c"], ["ab"], []]
    assert [tag.text for tag in root.xpath(f"//p[{having('a', 'z')}]")] == ["1"]


@holds_for(st.text(max_size=200))
def test_a_tree_that_was_written_back_reads_the_same(text: str) -> None:
    once = to_html(load_html(text))
    assert words_of(load_html(once)) == words_of(load_html(text))


@pytest.mark.parametrize(
    "content",
    ["<div>" * 100_000, "<p>x</p>" * (MOST_TAGS + 1), f"<p {' '.join(f'a{place}' for place in range(MOST_ATTRIBUTES + 1))}>x"],
    ids=["nested", "many tags", "many attributes"],
)
def test_what_is_read_of_a_page_is_bounded(content: str) -> None:
    with pytest.raises(DocumentRejected) as caught:
        load_html(content)
    assert caught.value.reason == "too_large"


def test_a_page_that_was_rejected_leaves_the_next_one_as_it_is() -> None:
    for _ in range(3):
        with pytest.raises(DocumentRejected):
            load_html("<div>" * 100_000)
        assert len(list(load_html("<p>x</p>" * (MOST_TAGS - 2)).iter("p"))) == MOST_TAGS - 2  # <html> and <body> count
        assert words_of(load_html("<div>" * 3000 + "deep")) == "deep"
