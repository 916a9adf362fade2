"""Saved pages: Pinterest's pins, Substack's posts, other pages, and the pictures that come with them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from archive_makers import photo, read_archive, someone, write_files
from page_makers import (
    CDN,
    PIN_URL,
    POST_URL,
    SIGNATURE,
    UPLOAD,
    camel,
    image,
    linked_data,
    page,
    post,
    preloads,
    redux,
    relay,
    snake,
    tags,
)

from pipeline.errors import ArchiveError
from pipeline.identifiers import sha256_of
from pipeline.scrape.parse import parse

ARTICLE = "<main><article><h1>Owls</h1><p>Owls hunt at night, and hear a mouse under the snow.</p>{}</article></main>"
BIG = photo(1, 800, 600)


def saved(tmp_path: Path, text: str, files: dict[str, bytes] | None = None, name: str = "Page.html", **person: Any) -> Any:
    folder = write_files(tmp_path / "pages", {name: text} | (files or {}))
    return read_archive(folder / name, someone(tmp_path, **person))


def fields(found: Any, number: int = 0) -> dict[str, Any]:
    return dict(json.loads(found.documents[number].content))


def pins(found: Any) -> list[str]:
    return [json.loads(document.content)["id"] for document in found.documents if document.kind == "pinterest_pin"]


def test_a_pin_page_by_relay(tmp_path: Path) -> None:
    parts = relay(camel(title=""), {"entityId": "7", "title": "A tree"})
    found = saved(tmp_path, page(tags(), parts + linked_data(), PIN_URL))
    document, board = found.documents
    assert (document.url, document.kind, document.hop, board.kind) == (PIN_URL, "pinterest_pin", 0, "pinterest_board")
    assert fields(found) == {
        "id": "7", "url": PIN_URL, "title": "A tree", "details": "Roots & rabbits", "image": SIGNATURE, "alt": "",
        "link": "https://a.example/tree",
        "board_id": "5", "board": "Night skies", "username": "maker", "created_at": "2021-06-19T21:37:04+00:00", "is_repin": False,
        "is_video": False, "private": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (tags(), relay(camel()) + redux(snake()) + linked_data(), "A tree"),
        (tags(), redux(snake()) + linked_data(), "Pin 7"),
        (tags(), redux() + linked_data(), "By JSON-LD"),
        (tags(), redux(), "By og"),
        (tags(), '<script data-relay-response="true">{broken</script>', "By og"),
    ],
)
def test_the_first_way_of_telling_that_tells_a_pin(tmp_path: Path, head: str, body: str, title: str) -> None:
    found = saved(tmp_path, page(head, body, PIN_URL))
    assert fields(found)["title"] == title
    assert (fields(found)["image"], fields(found).get("link")) == (SIGNATURE, None if title == "Pin 7" else "https://a.example/tree")
    assert found.documents[0].hop == 0


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://www.pinterest.com/maker/", ["1", "2"]),
        ("https://www.pinterest.de/maker/_saved/", ["1", "2"]),
        ("https://www.pinterest.com/maker/night-skies/", ["1"]),
        ("https://www.pinterest.com/pin/3/", ["3"]),
        ("https://www.pinterest.com/pin/a-tree--3/", ["3"]),
    ],
)
def test_of_a_page_its_own_pins_and_no_suggestions(tmp_path: Path, url: str, taken: list[str]) -> None:
    state = redux(snake(1), snake(2, board="owls"), snake(3, user="stranger"), snake(4, user="maker", is_promoted=True, board="owls"))
    found = saved(tmp_path, page("", state, url))
    assert pins(found) == taken


def test_pins_of_others_are_one_link_away_and_unlisted_ones_are_not_taken(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", relay(camel(user="stranger")), PIN_URL))
    assert {document.hop for document in found.documents} == {1}
    unlisted = saved(tmp_path, page("", relay(camel(user="stranger", seoNoindexReason="x")), PIN_URL))
    assert [reason for _, reason in unlisted.skipped] == ["opted_out"]


def test_a_pinterest_page_without_pins_is_counted(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", "<p>Log in to see more</p>", "https://www.pinterest.com/maker/"))
    assert (found.documents, [reason for _, reason in found.skipped]) == ([], ["unreadable"])


def test_a_post_of_ones_own_is_whole(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", preloads(post=post(audience="only_paid"), pub={"id": 3, "subdomain": "maker"}), POST_URL))
    (document,) = found.documents
    said = parse(document.kind, document.url, document.content)
    assert (document.url, document.kind, document.hop) == (POST_URL, "substack_export_post", 0)
    assert (document.source.url, said.audience) == ("https://maker.substack.com", "only_paid")
    assert [passage.text for passage in said.passages] == ["Once upon a time."]
    assert [picture.image_url for picture in said.pictures] == [UPLOAD]
    assert b'"bio"' not in document.content


def test_a_preview_of_ones_own_paid_post_is_not_taken_for_it(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", preloads(post=post(audience="only_paid", wordcount=900)), POST_URL))
    assert [reason for _, reason in found.skipped] == ["paid"]


@pytest.mark.parametrize(("audience", "kept"), [("everyone", 1), ("only_paid", 0), ("founding", 0), (None, 0)])
def test_of_others_only_free_posts(tmp_path: Path, audience: str | None, kept: int) -> None:
    found = saved(tmp_path, page("", preloads(post=post(name="near", audience=audience)), "https://near.substack.com/p/tale"))
    assert [(document.kind, document.hop) for document in found.documents] == [("substack_post", 1)] * kept
    assert [reason for _, reason in found.skipped] == ["paid"] * (1 - kept)


def test_posts_that_an_archive_page_holds(tmp_path: Path) -> None:
    listed = [post("one"), post("two", body=" "), post("three") | {"body_html": None}]
    found = saved(tmp_path, page("", preloads(posts=listed, newPosts=[post("four")]), "https://maker.substack.com/archive"))
    assert [document.url[-4:] for document in found.documents] == ["/one", "four"]
    assert "lists without its text" in next(iter(found.remarks))


@pytest.mark.parametrize("wanted", [False, True])
def test_drafts_only_where_the_person_says_so(tmp_path: Path, wanted: bool) -> None:
    found = saved(tmp_path, page("", preloads(post=post(is_published=False)), POST_URL), include_drafts=wanted)
    assert len(found.documents) == wanted


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="https://web.example/owls?utm_source=x">',
        '<meta property="og:url" content="https://web.example/owls">',
    ],
)
def test_a_web_page_knows_its_address(tmp_path: Path, head: str) -> None:
    found = saved(tmp_path, page(head, ARTICLE.format("")))
    (document,) = found.documents
    assert (document.url, document.kind, document.hop) == ("https://web.example/owls", "web_page", 1)
    assert (document.source.kind, document.source.url) == ("site", "https://web.example")


def test_a_web_page_is_redacted_and_its_own_opt_out_stands(tmp_path: Path) -> None:
    text = ARTICLE.format("<p>Write to ann@mail.invalid from 203.0.113.5 about it, please do.</p><form><input value=secret></form>")
    found = saved(tmp_path, page('<meta name="robots" content="noai">', text, "https://web.example/owls?sid=PLANTED"))
    (document,) = found.documents
    assert not any(word in document.content for word in (b"mail.invalid", b"203.0.113", b"secret"))
    assert "PLANTED" not in document.url
    assert parse(document.kind, document.url, document.content).opted_out == "meta robots: noai"


def test_a_page_without_an_address_is_counted(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", ARTICLE.format("")))
    assert (found.documents, [reason for _, reason in found.skipped]) == ([], ["bad_address"])


@pytest.mark.parametrize("ending", ["_files", "-Dateien"])
def test_pictures_beside_a_page_come_with_it(tmp_path: Path, ending: str) -> None:
    text = page("", ARTICLE.format(f'<figure><img src="./Page{ending}/owl%20one.jpg" alt="an owl"></figure>'), "https://web.example/owls")
    for files in ({f"Page{ending}/owl one.jpg": BIG}, {f"Page{ending}/owl one.jpg": BIG, "Other.html": "x"}):
        found = saved(tmp_path, text, files)
        document = found.documents[0]
        shown = parse(document.kind, document.url, document.content).pictures
        assert [(picture.image_url, picture.alt) for picture in shown] == [(f"import:{sha256_of(BIG)}", "an owl")]
        assert [row["image_url"] for row in found.pictures.drain()] in ([f"import:{sha256_of(BIG)}"], [])


def test_pictures_of_pins_and_posts_are_known_by_their_names(tmp_path: Path) -> None:
    files = {f"Page_files/{SIGNATURE}.jpg": BIG, "Page_files/saved_resource.html": b"<html>ad</html>"}
    found = saved(tmp_path, page("", relay(camel()), PIN_URL), files)
    assert [row["image_url"] for row in found.pictures.drain()] == [image()]
    name = "Page_files/https___substack-post-media.s3.amazonaws.com_public_images_" + UPLOAD.rsplit("/", 1)[1]
    found = saved(tmp_path / "two", page("", preloads(post=post()), POST_URL), {name: BIG})
    assert [row["image_url"] for row in found.pictures.drain()] == [UPLOAD]


def test_a_thumbnail_beside_a_pin_does_not_stand_in_for_it(tmp_path: Path) -> None:
    found = saved(tmp_path, page("", relay(camel()), PIN_URL), {f"Page_files/{SIGNATURE}.jpg": photo(1, 236, 177)})
    assert found.pictures.drain() == []


@pytest.mark.parametrize(
    "source", ["../secret.jpg", "/etc/passwd", "file:///etc/passwd", "Page_files/../../secret.jpg", "%2e%2e/secret.jpg"]
)
def test_a_page_cannot_reach_out_of_its_folder(tmp_path: Path, source: str) -> None:
    write_files(tmp_path, {"secret.jpg": BIG})
    folder = write_files(tmp_path / "pages", {"Page.html": page("", ARTICLE.format(f'<img src="{source}">'), "https://web.example/owls")})
    write_files(folder, {"Page_files/a.jpg": photo(2)})
    for path in (folder, folder / "Page.html"):
        assert read_archive(path, someone(tmp_path)).pictures.drain() == []


def test_inlined_pictures_of_a_single_file(tmp_path: Path) -> None:
    inlined = f"data:image/jpeg;base64,{base64.b64encode(BIG).decode()}"
    broken = "data:image/png;base64," + "A" * 60
    text = ARTICLE.format(f'<img src="{inlined}" alt="owl"><img src="{broken}">')
    single = page("", text).replace(
        "<html>", "<html><!--\n Page saved with SingleFile \n url: https://web.example/owls \n saved date: Thu Jan 01 2026\n-->"
    )
    found = saved(tmp_path, single)
    document = found.documents[0]
    assert document.url == "https://web.example/owls"
    assert [p.image_url for p in parse(document.kind, document.url, document.content).pictures] == [f"import:{sha256_of(BIG)}"]
    assert len(document.content) < 2000


def test_mhtml(tmp_path: Path) -> None:
    body = ARTICLE.format('<img src="https://web.example/owl.jpg" alt="owl">').replace("=", "=3D")
    picture = base64.encodebytes(photo(3, 120, 90)).decode()
    text = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://web.example/owls\nSubject: Owls\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----B"\n\n'
        "------B\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Location: https://web.example/owls\n\n"
        f"<html><body>{body}</body></html>\n------B\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n"
        f"Content-Location: https://web.example/owl.jpg\n\n{picture}\n"
        f"------B\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Location: https://ads.example/x.png\n\n{picture}\n------B--\n"
    )
    found = saved(tmp_path, text, name="Owls.mhtml")
    assert [(document.url, document.kind) for document in found.documents] == [("https://web.example/owls", "web_page")]
    assert [row["image_url"] for row in found.pictures.drain()] == ["https://web.example/owl.jpg"]


def test_a_folder_of_pages(tmp_path: Path) -> None:
    files = {
        "Pin.html": page("", relay(camel()), PIN_URL).encode(),
        "posts/Tale.htm": page("", preloads(post=post()), POST_URL).encode(),
        "posts/Tale_files/frame.html": page("", ARTICLE.format(""), "https://ads.example/").encode(),
        "twice.html": page("", relay(camel()), PIN_URL).encode(),
        "notes.pdf": b"x",
    }
    found = read_archive(write_files(tmp_path / "pages", files), someone(tmp_path))
    assert sorted(document.url for document in found.documents if document.kind != "pinterest_board") == [POST_URL, PIN_URL]
    assert [reason for _, reason in found.skipped] == ["imported"]
    assert dict(found.remarks) == {"a file with .pdf is not read": 1}


def test_a_picture_is_asked_by_its_cdn_or_upload_address_alike(tmp_path: Path) -> None:
    assert CDN != UPLOAD
    document = saved(tmp_path, page("", preloads(post=post()), POST_URL)).documents[0]
    assert [p.image_url for p in parse(document.kind, document.url, document.content).pictures] == [UPLOAD]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = write_files(tmp_path / "pages", {"a.html": "<html>"}) / "a.html"
    with path.open("r+b") as stream:
        stream.truncate(200 * 1024 * 1024)
    with pytest.raises(ArchiveError, match="too large"):
        read_archive(path, someone(tmp_path))
