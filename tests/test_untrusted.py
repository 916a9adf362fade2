"""What strangers wrote, made fit to show."""

import base64
import io
import unicodedata

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image
from properties import holds_for

from pipeline.untrusted import EMAIL, shown, thumbnail, web_address


@holds_for(st.text(max_size=600), st.integers(10, 200))
def test_any_text_becomes_one_short_line_without_controls(text, limit):
    line = shown(text, limit)
    assert len(line) <= limit
    assert not {unicodedata.category(c) for c in line if c not in "\u200c\u200d"} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not EMAIL.search(line)


@holds_for(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=40))
def test_plain_words_stay_as_they_are(text):
    assert shown(text) == text


def test_long_texts_are_cut_at_a_word():
    assert shown("one two three four", 12) == "one two…"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍🎨 paints", "👩‍🎨 paints"),
        ("a\u200db", "ab"),
        ("z" + "\u0301" * 40, "z\u0301\u0301"),
        ("write mia@letters.example, please", "write [e-mail address], please"),
        ("mia%40letters.example", "[e-mail address]"),
    ],
)
def test_what_scripts_need_stays_and_what_hides_goes(text, kept):
    assert shown(text) == kept


@pytest.mark.parametrize("url", ["https://a.example/p?q=1#x", "http://a.example"])
def test_web_addresses_may_be_linked(url):
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "\x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "https://",
        "https://user:pass@a.example/",
        "https://a.example/?to=mia@letters.example",
        "https://[bad",
        "https://a.example/ x",
        "file:///etc/passwd",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_anything_else_may_not(url):
    assert web_address(url) is None


def encoded(mode, size, form):
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (size[1], size[0], len(mode)), dtype=np.uint8), mode=None).save(stream, form)
    return stream.getvalue()


@pytest.mark.parametrize(("mode", "size", "form"), [("RGB", (800, 300), "JPEG"), ("RGBA", (90, 400), "PNG"), ("RGB", (30, 20), "WEBP")])
def test_pictures_become_small_jpegs(mode, size, form):
    address = thumbnail(encoded(mode, size, form))
    assert address is not None
    head, _, body = address.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(body))) as small:
        assert max(small.size) <= 160
        assert small.size[0] / small.size[1] == pytest.approx(size[0] / size[1], rel=0.05)


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"\xff\xd8\xff", encoded("RGB", (50, 50), "PNG")[:200], encoded("RGB", (9, 9), "BMP")]
)
def test_bytes_that_are_no_picture_of_ours_give_none(content):
    assert thumbnail(content) is None
