"""Recordings: pages, answers and pictures are read; cookies, headers, addresses and everything else are not."""

import json
from pathlib import Path
from typing import Any

import pytest
from archive_makers import photo, read_archive, someone, write_files
from page_makers import CDN, PIN_URL, POST_URL, SIGNATURE, UPLOAD, camel, entry, har, image, page, post, preloads, relay, snake

from pipeline.errors import ArchiveError

RESOURCE = "https://www.pinterest.com/resource/{}Resource/get/?source_url=%2Fmaker%2F&data=%7B%7D"
ARTICLE = "<main><article><h1>Owls</h1><p>Owls hunt at night, and hear a mouse under the snow.</p>{}</article></main>"
JSON = "application/json"


def recorded(tmp_path: Path, *entries: dict[str, Any], **person: Any) -> Any:
    return read_archive(write_files(tmp_path / "har", {"a.har": har(*entries)}) / "a.har", someone(tmp_path, **person))


def resource(name: str, data: object) -> dict[str, Any]:
    answer = {
        "resource_response": {"status": "success", "code": 0, "data": data, "bookmark": "-end-"},
        "client_context": {"user": {"email": "x"}},
    }
    return entry(RESOURCE.format(name), json.dumps(answer), JSON, _resourceType="xhr")


def urls(found: Any) -> list[str]:
    return [document.url for document in found.documents if document.kind != "pinterest_board"]


@pytest.mark.parametrize("encoded", [False, True])
def test_pages_are_read_like_saved_ones(tmp_path: Path, encoded: bool) -> None:
    found = recorded(
        tmp_path,
        entry(PIN_URL, page("", relay(camel())), encoded=encoded),
        entry(POST_URL + "?utm_source=x", page("", preloads(post=post())), encoded=encoded),
        entry("https://web.example/owls?sid=PLANTED", page("", ARTICLE.format("")), encoded=encoded),
    )
    assert urls(found) == [PIN_URL, POST_URL, "https://web.example/owls?sid=masked"]


def test_what_a_recording_lacks_is_said_once_for_each_kind(tmp_path: Path) -> None:
    empty = [entry(f"https://web.example/{n}", "") for n in range(5)]
    for one in empty:
        del one["response"]["content"]["text"]
    cached = [entry(f"https://web.example/c{n}", "", status=304) for n in range(2)]
    found = recorded(tmp_path, *empty, *cached, entry("https://web.example/x", "no", status=404), entry("chrome://newtab", "x"))
    assert dict(found.remarks) == {
        "an answer holds no body; save the recording with content": 5,
        "an answer of the status 304 holds no body; record with the cache switched off": 2,
        "an answer of the status 404 is not read": 1,
        "an entry has no web address": 1,
    }


def test_of_many_sizes_of_a_picture_the_largest_is_taken(tmp_path: Path) -> None:
    sizes = [entry(UPLOAD, photo(1, 400 + 20 * n, 300), "image/jpeg") for n in (1, 4, 2)]
    found = recorded(tmp_path, *sizes, entry(POST_URL, page("", preloads(post=post()))))
    assert [row["width"] for row in found.pictures.drain()] == [480]


def test_a_recorded_copy_stands_in_for_an_original_that_cannot_be_decoded(tmp_path: Path) -> None:
    wide, narrow = (CDN.replace("1456x816.jpeg", "4000x3000.heic").replace("w_1456", size) for size in ("w_1456", "w_848"))
    shown = post(body=f'<p>Once upon a time.</p><img src="{wide}">')
    found = recorded(tmp_path, entry(narrow, photo(1, 848, 636), "image/jpeg"), entry(POST_URL, page("", preloads(post=shown))))
    assert [(row["image_url"], row["width"]) for row in found.pictures.drain()] == [(wide, 848)]


def test_nothing_of_who_asked_is_stored(tmp_path: Path) -> None:
    found = recorded(
        tmp_path,
        entry(PIN_URL, page("", relay(camel()))),
        entry(POST_URL, page("", preloads(post=post()))),
        resource("BoardFeed", [snake(8)]),
        entry("https://web.example/me", page("", ARTICLE.format("<p>Your address is 203.0.113.9, dear reader of this page.</p>"))),
    )
    written = b"".join(document.content + document.url.encode() for document in found.documents) + repr(found.remarks).encode()
    assert not any(secret in written for secret in (b"PLANTED", b"203.0.113", b"mail.invalid", b"client_context"))


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("Pin", snake(7), ["7"]),
        ("BoardFeed", [snake(7), {"type": "story", "id": "9"}, snake(8)], ["7", "8"]),
        ("UserPins", {"results": [snake(7)]}, ["7"]),
        ("BoardSectionPins", [snake(7)], ["7"]),
        ("RelatedPinFeed", [snake(7)], []),
        ("BoardContentRecommendation", [snake(7)], []),
        ("UserHomefeed", [snake(7)], []),
        ("UserFollowers", [{"username": "x"}], []),
        ("Pin", None, []),
        ("BoardFeed", [7, None, {}], []),
    ],
)
def test_answers_of_pinterest(tmp_path: Path, name: str, data: object, taken: list[str]) -> None:
    assert [url.split("/")[-2] for url in urls(recorded(tmp_path, resource(name, data)))] == taken


def test_relay_answers_of_pinterest(tmp_path: Path) -> None:
    answer = json.dumps({"data": {"v3GetPinQuery": {"data": camel()}}})
    assert urls(recorded(tmp_path, entry("https://www.pinterest.com/_/graphql/", answer, JSON))) == [PIN_URL]


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        ("/api/v1/posts/tale", post(), 1),
        ("/api/v1/posts/by-id/11", {"post": post(), "publication": {"id": 3, "subdomain": "maker"}, "publicationSettings": {}}, 1),
        ("/api/v1/posts?limit=12&offset=0", [post(), post("two")], 2),
        ("/api/v1/archive?sort=new", [post() | {"body_html": None}], 0),
        ("/api/v1/archive?sort=new", {"posts": [post()]}, 1),
        ("/api/v1/post/11/comments", {"comments": [{"body": "no"}]}, 0),
        ("/api/v1/subscriptions", {"subscriptions": []}, 0),
    ],
)
def test_answers_of_substack(tmp_path: Path, path: str, value: object, kept: int) -> None:
    found = recorded(tmp_path, entry("https://maker.substack.com" + path, json.dumps(value), JSON, _resourceType="fetch"))
    assert len(found.documents) == kept


def test_pictures_that_documents_show_are_taken_and_others_are_not(tmp_path: Path) -> None:
    found = recorded(
        tmp_path,
        entry(image("236x"), photo(1, 236, 177), "image/jpeg", _resourceType="image"),
        entry(image("564x"), photo(1, 564, 423), "image/jpeg", _resourceType="image"),
        entry(CDN, photo(2, 1456, 816), "image/jpeg"),
        entry("https://web.example/small.jpg", photo(3, 120, 90), "image/jpeg"),
        entry("https://ads.example/pixel.gif", photo(4), "image/gif"),
        entry(PIN_URL, page("", relay(camel()))),
        entry(POST_URL, page("", preloads(post=post()))),
        entry("https://web.example/owls", page("", ARTICLE.format('<img src="/small.jpg">'))),
    )
    rows = {row["image_url"]: row["width"] for row in found.pictures.drain()}
    assert rows == {image(): 564, UPLOAD: 1456, "https://web.example/small.jpg": 120}
    assert SIGNATURE in image()


def test_headers_that_say_no_to_training_are_heard(tmp_path: Path) -> None:
    said = [{"name": "X-Robots-Tag", "value": "noai"}]
    found = recorded(tmp_path, entry("https://web.example/owls", page("", ARTICLE.format("")), headers=said))
    assert found.documents[0].opted_out == "X-Robots-Tag: noai"


def test_frames_failures_and_redirects_are_no_pages(tmp_path: Path) -> None:
    frame = entry("https://ads.example/f", page("", ARTICLE.format("")))
    frame["request"]["headers"].append({"name": "Sec-Fetch-Dest", "value": "iframe"})
    found = recorded(
        tmp_path,
        frame,
        entry("https://web.example/gone", "gone", status=404),
        entry("https://web.example/x", "", status=302),
        {},
        {"request": 3},
    )
    assert found.documents == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"log": {}}', b'{"log": {"entries": 5}}', b"\xff\xfe\x00"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = write_files(tmp_path / "har", {"a.har": content}) / "a.har"
    with pytest.raises(ArchiveError, match="HAR"):
        read_archive(path, someone(tmp_path))
