"""sbstck-dl's output in its three formats, with pictures, metadata, manifest and failures."""

import json
from pathlib import Path
from typing import Any

import pytest
from archive_makers import as_json, photo, read_archive, someone, write_files

from pipeline.errors import ArchiveError
from pipeline.identifiers import sha256_of
from pipeline.scrape.parse import parse

NAME = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f_640x480.jpeg"
UPLOAD = f"https://substack-post-media.s3.amazonaws.com/public/images/{NAME}"
PICTURE = photo(1, 640, 480)
STEM = "20250301_100000_tale"
URL = "https://maker.substack.com/p/tale"
SOURCE = '<p style="margin-top: 2em; font-size: small; color: grey;">original content: <a href="{0}">{0}</a></p>'


def html_post(picture: str = f"images/tale/{NAME}", source: str = "") -> str:
    attributes = json.dumps({"src": picture, "width": 640, "height": 480}).replace('"', "&quot;")
    shown = f'<img src="https://substackcdn.com/image/fetch/w_1456,c_limit/{picture}" alt="a fox" data-attrs="{attributes}">'
    link = f'<a class="image-link" href="https://substackcdn.com/image/fetch/f_auto/{picture}">{shown}</a>'
    body = f'<p>Once upon a time.</p><div class="captioned-image-container"><figure>{link}</figure></div><p>The end.</p>'
    return f"<h1>A tale</h1>\n\n{body}" + (SOURCE.format(source) if source else "")


def saved(tmp_path: Path, files: dict[str, Any], folder: str = "maker.substack.com", **person: Any) -> Any:
    return read_archive(write_files(tmp_path / folder, files), someone(tmp_path, **person))


def said(found: Any, number: int = 0) -> Any:
    document = found.documents[number]
    return parse(document.kind, document.url, document.content)


def test_a_post_with_its_picture(tmp_path: Path) -> None:
    found = saved(tmp_path, {f"{STEM}.html": html_post(), f"images/tale/{NAME}": PICTURE})
    (document,) = found.documents
    assert (document.url, document.kind, document.hop, document.source.url) == (
        URL,
        "substack_export_post",
        0,
        "https://maker.substack.com",
    )
    post = said(found)
    assert (post.title, post.published_at.isoformat()) == ("A tale", "2025-03-01T10:00:00+00:00")
    assert [passage.text for passage in post.passages] == ["Once upon a time.", "The end."]
    assert [(picture.image_url, picture.alt) for picture in post.pictures] == [(UPLOAD, "a fox")]
    assert [(row["image_url"], row["sha256"]) for row in found.pictures.drain()] == [(UPLOAD, sha256_of(PICTURE))]
    assert not found.remarks


def test_a_picture_whose_name_says_nothing_is_known_by_its_bytes(tmp_path: Path) -> None:
    found = saved(tmp_path, {f"{STEM}.html": html_post("images/tale/image.jpg"), "images/tale/image.jpg": PICTURE})
    assert [picture.image_url for picture in said(found).pictures] == [f"import:{sha256_of(PICTURE)}"]


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("md", f"# A tale\n\nOnce upon a time.\n\n![a fox](images/tale/{NAME})\n\nThe end.\n\noriginal content: {URL}"),
        ("txt", f"A tale\n\nOnce upon a time.\n\nThe end.\n\noriginal content: {URL}"),
    ],
)
def test_markdown_and_plain_text(tmp_path: Path, ending: str, content: str) -> None:
    found = saved(tmp_path, {f"{STEM}.{ending}": content, f"images/tale/{NAME}": PICTURE}, folder="out")
    post = said(found)
    assert (post.title, found.documents[0].url) == ("A tale", URL)
    assert [passage.text for passage in post.passages] == ["Once upon a time.", "The end."]
    assert [picture.image_url for picture in post.pictures] == ([UPLOAD] if ending == "md" else [])


def test_of_several_formats_the_one_that_keeps_most(tmp_path: Path) -> None:
    found = saved(
        tmp_path, {f"{STEM}.txt": "A tale\n\nx", f"{STEM}.html": html_post(), f"{STEM}.md": "# A tale\n\nx", f"images/tale/{NAME}": PICTURE}
    )
    assert len(found.documents) == 1
    assert len(said(found).pictures) == 1


@pytest.mark.parametrize(
    "files",
    [
        {f"{STEM}.html": html_post(source=URL)},
        {
            f"{STEM}.html": html_post(),
            f"{STEM}.json": as_json({"canonical_url": URL, "slug": "tale", "title": "A tale", "notion_links": []}),
        },
        {
            f"2025/03/{STEM}.html": html_post(),
            "manifest.json": as_json(
                {"version": 1, "entries": {URL: {"canonical_url": URL, "file_path": f"2025/03/{STEM}.html", "format": "html"}}}
            ),
        },
    ],
)
def test_the_posts_address_is_said_by_its_files(tmp_path: Path, files: dict[str, Any]) -> None:
    found = saved(tmp_path, files, folder="out")
    assert [document.url for document in found.documents] == [URL]
    assert b"original content" not in found.documents[0].content
    assert not found.remarks


def test_where_nothing_says_whose_posts_these_are_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"add-source-url"):
        saved(tmp_path, {f"{STEM}.html": html_post()}, folder="out")
    assert saved(tmp_path, {f"{STEM}.html": html_post()}, folder="posts of maker").documents[0].url == URL


def test_posts_of_others_are_left_out_for_the_tool_does_not_say_whether_they_are_free(tmp_path: Path) -> None:
    found = saved(tmp_path, {f"{STEM}.html": html_post()}, folder="near.substack.com")
    assert (found.documents, [(source.url, reason) for source, reason in found.skipped]) == ([], [("https://near.substack.com", "paid")])
    assert set(found.hops.values()) == {1}


def test_indexes_are_no_posts_and_failures_are_counted(tmp_path: Path) -> None:
    files = {
        f"{STEM}.html": html_post(), "index.html": "<h1>Substack Archive</h1>", "notion-links.md": "x", "notion-links.html": "x",
        "failed-urls.txt": f"{URL}-two\nnonsense\n", "files/tale/report.pdf": "x",
    }  # fmt: skip
    found = saved(tmp_path, files)
    assert len(found.documents) == 1
    assert {reason: n for (_, reason), n in found.skipped.items()} == {"connection": 1}
    assert dict(found.remarks) == {"a file with .pdf is not read": 1}


@pytest.mark.parametrize("picture", ["../../../secret.jpg", "/etc/passwd", "images/../../secret.jpg"])
def test_a_post_cannot_reach_out_of_its_folder(tmp_path: Path, picture: str) -> None:
    write_files(tmp_path, {"secret.jpg": PICTURE})
    found = saved(tmp_path, {f"{STEM}.html": html_post(picture), "images/tale/other.jpg": photo(2)})
    assert found.pictures.drain() == []
