import json

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import LARGEST, clean, decode, load_json


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
    try:
        text = decode(content, charset)
    except DocumentRejected as error:
        text = error.reason
    assert text.encode().decode() == text
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)


@holds_for(st.text(st.characters(max_codepoint=127)))
def test_of_an_ascii_text_the_same_is_taken_out_as_of_any_other(text: str) -> None:
    assert clean(text) == clean(f"{text}ü").removesuffix("ü")
