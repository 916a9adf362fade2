from pathlib import Path

import pytest

from pipeline.errors import DocumentRejected
from pipeline.scrape.parse import OUTLINES, PARSERS, outline
from pipeline.scrape.records import Parsed
from pipeline.scrape.understand import Received, read_stored, store
from pipeline.store.blobs import Blobs

PAGE = b"<html><body><article><p>Write to ann@mail.example about the blue door.</p></article></body></html>"


def received(content: bytes) -> Received:
    return Received("web_page", "https://web.example/a", content, own=False, own_user=None, charset=None)


def broken(url: str, content: bytes) -> Parsed:
    raise ValueError(f"no parser of ours expected {content!r}")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


def test_what_is_stored_is_redacted_and_outlined_from_that(blobs: Blobs) -> None:
    sha256, outlined = store(received(PAGE), blobs)
    content = blobs.get(sha256)
    assert b"ann@mail.example" not in content
    assert outlined == outline("web_page", "https://web.example/a", content)


def test_stored_bytes_are_read_whole(blobs: Blobs) -> None:
    content = blobs.get(store(received(PAGE), blobs).sha256)
    parsed = read_stored("web_page", "https://web.example/a", content)
    assert [passage.text for passage in parsed.passages] == ["Write to [e-mail] about the blue door."]


def test_what_no_parser_expected_is_a_document_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, blobs: Blobs
) -> None:
    monkeypatch.setitem(OUTLINES, "web_page", broken)
    with pytest.raises(DocumentRejected) as caught:
        store(received(PAGE), blobs)
    assert caught.value.reason == "unreadable"
    assert "ValueError" in caplog.text


def test_a_strangers_words_stay_out_of_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(PARSERS, "web_page", broken)
    with pytest.raises(DocumentRejected):
        read_stored("web_page", "https://web.example/a", PAGE)
    assert "blue door" not in caplog.text
