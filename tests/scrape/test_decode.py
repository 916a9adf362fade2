import codecs
import json

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import LARGEST, decode, load_json

WORDS = "Zoë’s café — naïve"


@pytest.mark.parametrize("declared", ["windows-1252", "ascii", "utf-7", "utf-16", "iso-8859-1", "nonsense", "hex", "undefined"])
def test_valid_utf8_wins_over_what_is_declared(declared: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>{WORDS}</p></body></html>'.encode()
    assert WORDS in decode(page, declared)


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (codecs.BOM_UTF8 + WORDS.encode(), "iso-8859-1"),
        (WORDS.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"), "utf-8"),
        (WORDS.encode("utf-32"), None),
        (WORDS.encode("cp1252"), "windows-1252"),
        (WORDS.encode("cp1252"), "iso-8859-1"),
        (WORDS.encode("cp1252"), None),
        (WORDS.encode("cp1252"), "unheard-of"),
    ],
)
def test_charsets(content: bytes, charset: str | None) -> None:
    assert decode(content, charset) == WORDS


def test_the_meta_tag_is_asked_last() -> None:
    russian = "Здравствуй, мир".encode("koi8-r")
    assert "Здравствуй" in decode(b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">' + russian)
    assert "Здравствуй" in decode(b"<meta charset=windows-1252>" + russian, "koi8-r")


def test_control_characters_are_gone_and_lines_end_in_newlines() -> None:
    assert decode("a\x00b\x1bc\x85d\te\r\nf\rg".encode()) == "abcd\te\nf\ng"


def test_size_cap() -> None:
    with pytest.raises(DocumentRejected) as caught:
        decode(b"a" * (LARGEST + 1))
    assert caught.value.reason == "too_large"


def test_lone_surrogates_in_json_can_be_stored_afterwards() -> None:
    value = load_json(rb'{"a\ud83d": ["b\udc00", "\ud83d\ude00", "c\u0000"]}')
    assert value == {"a\ufffd": ["b\ufffd", "😀", "c"]}
    assert json.dumps(value, ensure_ascii=False).encode()


@holds_for(st.binary(max_size=300), st.sampled_from([None, "utf-8", "utf-16", "latin-1", "shift_jis", "x-what"]), light=200)
def test_any_bytes_give_clean_text(content: bytes, charset: str | None) -> None:
    text = decode(content, charset)
    assert text.encode().decode() == text
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)
