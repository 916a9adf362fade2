import json

import pytest

from pipeline.dedupe import find_duplicates
from pipeline.identifiers import id_of
from pipeline.pair import make_pairs
from pipeline.pair.labels import is_label, labels_of
from pipeline.pair.material import Passage, Picture
from pipeline.scrape.artefacts import parse_pages

BODY = "<p>Before it stood the harbour, grey and long under the rain.</p>{}<p>After it came the gulls, seven of them on a mast.</p>"
FIGURE = (
    '<figure><img src="https://images.example/filenameword_{0}.jpg" alt="altword in the alternative text" title="tooltipword"/>'
    "<figcaption>captionword under the picture</figcaption></figure>"
)
POST, PAGE, BOARD = "https://ada.substack.com/p/one", "https://site.example/two", "https://www.pinterest.com/ada/boats/"
PLANTED = (
    "filenameword",
    "altword",
    "tooltipword",
    "captionword",
    "titleword",
    "headingword",
    "pintitleword",
    "pindetailsword",
    "pinaltword",
)


def documents():
    post = {"id": 1, "slug": "one", "title": "titleword", "audience": "everyone", "canonical_url": POST, "type": "newsletter"}
    yield POST, "substack_post", "https://ada.substack.com", json.dumps(post | {"body_html": BODY.format(FIGURE.format(1))})
    named = '<p class="caption">captionword under the picture</p><p>altword in the alternative text</p><p>filenameword 2</p>'
    article = f"<h1>headingword</h1>{BODY.format(FIGURE.format(2) + named)}"
    head = '<head><title>titleword</title><meta name="description" content="titleword"></head>'
    yield PAGE, "web_page", "https://site.example", f"<html>{head}<body><main><article>{article}</article></main></body></html>"
    yield BOARD, "pinterest_board", BOARD, json.dumps({"name": "boardword", "url": BOARD})
    for number, link in enumerate((POST, PAGE), 1):
        url, signature = f"https://www.pinterest.com/pin/{number}/", f"{number}" * 32
        pin = {
            "id": str(number),
            "title": "pintitleword",
            "details": "pindetailsword",
            "alt": "pinaltword",
            "image": signature,
            "link": link,
        }
        yield url, "pinterest_pin", BOARD, json.dumps(pin | {"created_at": "2026-01-01T10:00:00+00:00"})


@pytest.fixture
def gathered(home, person, draw, encode):
    """Pages as gathering stores them, read by the real parsers, with the bytes of every picture."""
    pages, sources = [], {}
    for url, kind, source, content in documents():
        sha256 = home.blobs.put(content.encode())
        ids = {"page_id": id_of("page", url), "document_id": id_of("document", url), "source_id": id_of("source", source)}
        pages.append(ids | {"person": "ada", "url": url, "kind": kind, "sha256": sha256, "hop": 0, "current": True, "title": "titleword"})
        sources[source] = {"person": "ada", "source_id": id_of("source", source), "url": source, "hop": 0}
    with home.warehouse.transaction() as t:
        t.replace("pages", pages)
        t.replace("sources", list(sources.values()))
    parse_pages(home, person)
    images = []
    for number, row in enumerate(home.warehouse.rows("select distinct image_url from pictures order by image_url")):
        sha256 = home.blobs.put(encode(draw(number)))
        images.append({"image_url": row["image_url"], "sha256": sha256, "blob_sha256": sha256, "outcome": "kept", "phash": number})
    with home.warehouse.transaction() as t:
        t.replace("images", images)
    find_duplicates(home, "ada")
    make_pairs(home, "ada")
    return home


def test_no_word_about_a_picture_is_in_the_passage_of_an_association(gathered):
    rows = gathered.warehouse.rows("select p.kind, t.text from pairs p join passages t on t.artefact_id = p.text_id")
    told = {kind: " ".join(row["text"] for row in rows if row["kind"] == kind) for kind in ("inline", "link", "text_pin", "board")}
    assert {kind: [word for word in PLANTED if word in told[kind]] for kind in ("inline", "link")} == {"inline": [], "link": []}
    assert "harbour" in told["inline"]
    assert "gulls" in told["link"]
    assert "pintitleword" in told["text_pin"]  # which is caption-like, and off in training
    assert "boardword" in told["board"]


def test_captions_that_were_read_as_text_are_left_out_and_counted(gathered):
    (verdict,) = gathered.warehouse.rows("select detail from verdicts where what = 'left_out'")
    assert "words that are only a caption, alternative text, title or file name" in verdict["detail"]


def picture(**words):
    return Picture(artefact_id="i", page_id="", document_id="", source_id="", hop=0, position=0, sha256="", **words)


def passage(text):
    return Passage(artefact_id="t", page_id="", document_id="", source_id="", hop=0, position=0, sha256="", text=text, role="body")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("A boat at Rye.", {"caption": "A boat at Rye"}, True),
        ("A boat", {"alt": "a boat at Rye"}, True),
        ("Photo: a boat at Rye in May", {"alt": "a boat at Rye in may"}, True),
        ("IMG_2034", {"image_url": "https://a.example/x/IMG_2034.jpg?w=1"}, True),
        ("grey harbour", {"image_url": "https://a.example/grey%20harbour.png"}, True),
        ("A boat at Rye was what my aunt had wanted all along, and she told nobody but the cat.", {"caption": "A boat at Rye"}, False),
        ("They sail", {"alt": "they sailed"}, False),
        ("A boat", {}, False),
    ],
)
def test_a_label_is_a_passage_that_says_what_a_label_says(text, words, expected):
    assert is_label(passage(text), labels_of(picture(**words), {})) is expected
