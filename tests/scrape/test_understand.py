import pytest

from pipeline.errors import DocumentRejected
from pipeline.scrape.parse import PARSERS
from pipeline.scrape.records import Parsed
from pipeline.scrape.understand import Received, read_stored, understand

PAGE = b"<html><body><article><p>Write to ann@mail.example about the blue door.</p></article></body></html>"


def received(content: bytes) -> Received:
    return Received("web_page", "https://web.example/a", content, own=False, own_user=None, charset=None)


def broken(url: str, content: bytes) -> Parsed:
    raise ValueError(f"no parser of ours expected {content!r}")


def test_what_is_stored_is_redacted_and_what_it_says_comes_from_that() -> None:
    content, parsed = understand(received(PAGE))
    assert b"ann@mail.example" not in content
    assert [passage.text for passage in parsed.passages] == ["Write to [e-mail] about the blue door."]


def test_stored_bytes_say_what_they_said_when_they_came() -> None:
    content, parsed = understand(received(PAGE))
    assert read_stored("web_page", "https://web.example/a", content) == parsed


def test_what_no_parser_expected_is_a_document_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(PARSERS, "web_page", broken)
    with pytest.raises(DocumentRejected) as caught:
        understand(received(PAGE))
    assert caught.value.reason == "unreadable"
    assert "ValueError" in caplog.text


def test_a_strangers_words_stay_out_of_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(PARSERS, "web_page", broken)
    with pytest.raises(DocumentRejected):
        understand(received(PAGE))
    assert "blue door" not in caplog.text
