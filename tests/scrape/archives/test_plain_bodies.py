"""Markdown and plain text back to HTML."""

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.archives.plain_bodies import from_markdown, from_text
from pipeline.scrape.substack_body import read_body


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\nline\n\nTwo", "<p>One\nline</p>\n<p>Two</p>"),
        ("## Title\n\nText", "<h2>Title</h2>\n<p>Text</p>"),
        ("![a fox](images/t/a.png)", '<p><img alt="a fox" src="images/t/a.png"></p>'),
        ("[![fox](images/t/a.png)](https://a.example)", '<p><a href="https://a.example"><img alt="fox" src="images/t/a.png"></a></p>'),
        ("see [this](https://a.example/x?a=1&b=2) now", '<p>see <a href="https://a.example/x?a=1&amp;b=2">this</a> now</p>'),
        ("**bold** and _slanted_ and a\\_b \\*", "<p>bold and slanted and a_b *</p>"),
        ("> quoted\n> words", "<p>quoted\nwords</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("* * *", ""),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ('![a "b"](x.png)', '<p><img alt="a &quot;b&quot;" src="x.png"></p>'),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert from_markdown(text) == html


def test_plain_text() -> None:
    assert from_text("One & one\n\n\n  Two <b>\n") == "<p>One &amp; one</p>\n<p>Two &lt;b&gt;</p>"


@holds_for(st.text(st.characters() | st.sampled_from("[]()!*_#>-\n\\\"'<& "), max_size=80))
def test_any_text_is_read_and_no_tag_comes_out_of_its_words(text: str) -> None:
    for html in (from_markdown(text), from_text(text)):
        assert "<script" not in html.replace("&lt;", "")
        read_body(html, "https://a.example/")
