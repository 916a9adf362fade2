"""The review page: what it shows, in which order, and what strangers' words and pictures can do to it (nothing)."""

from html.parser import HTMLParser

import pytest

from pipeline.dedupe import find_duplicates, review
from pipeline.dedupe.review import doubt, write_review
from pipeline.identifiers import id_of

TEXT = "the rain came down on the long roof of the boat house and nobody minded it at all that year"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</blockquote></li><iframe src=//evil.example>",
    "</style><style>*{display:none}",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "<svg/onload=alert(1)>",
    "\u202egnp.exe\u202c \ufeff\u200b",
    "<a href=javascript:alert(1)>x</a>",
    "&lt;script&gt; &#60;b&#62;",
    "<!-- --><base href=//evil.example>",
    "z" + "\u0301" * 60,
    "mia@letters.example",
    "<title>x</title><meta http-equiv=refresh content=0>",
]  # fmt: skip


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.links = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def page_of(scene):
    scene.write()
    find_duplicates(scene.home, "ada")
    return write_review(scene.home, "ada").read_text(encoding="utf-8")


def two_copies(scene, draw, encode, url="https://ada.example/1", words=""):
    scene.source("https://ada.example")
    scene.rows["sources"][-1]["title"] = words
    scene.page(url, "https://ada.example")
    scene.page("https://ada.example/2", "https://ada.example")
    scene.text(url, 3, f"{words} {TEXT} one two three four")
    scene.text("https://ada.example/2", 3, f"{words} {TEXT} one two three five")
    return [scene.picture(url, 1, encode(draw(1))), scene.picture("https://ada.example/2", 1, encode(draw(1), 60))]


TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "p",
    "strong",
    "h1",
    "ul",
    "li",
    "details",
    "summary",
    "code",
    "pre",
    "main",
    "section",
    "h2",
    "span",
    "img",
    "blockquote",
    "b",
    "a",
    "footer",
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "aria-labelledby", "id", "src", "alt", "dir", "href", "rel"}


def test_a_cluster_shows_both_sides_the_kept_one_the_method_the_distance_and_a_line_to_copy(scene, draw, encode):
    one, other = two_copies(scene, draw, encode)
    page = page_of(scene)
    found = Page(page)
    assert "2 clusters of duplicates" in found.text
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert found.text.count("✓ kept") == 2
    assert "looks the same (distance 0.0" in found.text
    assert "nearly the same words (distance 0." in found.text
    assert f"different,{min(one, other)},{max(one, other)}" in found.text


def test_the_page_loads_nothing_and_runs_nothing(scene, draw, encode):
    two_copies(scene, draw, encode)
    page = page_of(scene)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert not Page(page).tags & {"script", "iframe", "object", "link", "base", "form"}
    assert all(link.startswith(("data:image/jpeg;base64,", "https://ada.example/", "#")) for link in Page(page).links)


def test_hostile_words_add_no_element_and_no_attribute(scene, draw, encode):
    for number, words in enumerate(HOSTILE):
        source = f"https://{number}.example"
        scene.source(source)
        scene.rows["sources"][-1]["title"] = words
        for copy in range(2):
            scene.page(f"{source}/{copy}", source)
            scene.text(f"{source}/{copy}", 1, f"{words} " + " ".join(f"{number}w{i}" for i in range(20 + copy)))
    found = Page(page_of(scene))
    assert found.text.count("✓ kept") == len(HOSTILE)
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert not {"\u202e", "\ufeff"} & set(found.text)
    assert "mia@letters" not in found.text
    assert "{{ 7 * 7 }}" in found.text


def test_an_address_that_is_no_web_address_is_no_link(scene):
    scene.source("https://ada.example")
    for number, url in enumerate(["javascript:alert(1)", "data:text/html,x", "https://mia:secret@ada.example/", "https://ada.example/\nx"]):
        scene.page(url, "https://ada.example")
        scene.text(url, 1, f"{TEXT} {number}")
    found = Page(page_of(scene))
    assert "✓ kept" in found.text
    assert found.links == []


def test_the_most_doubtful_come_first_and_what_is_left_out_is_counted(scene, monkeypatch):
    scene.source("https://ada.example")
    for i in range(8):
        scene.page(f"https://ada.example/{i}", "https://ada.example")
    for i in range(4):
        words = f"{i}a {i}b {i}c {i}d {TEXT} " + " ".join(f"{i}{j}" for j in range(10))
        scene.text(f"https://ada.example/{2 * i}", 1, words)
        scene.text(f"https://ada.example/{2 * i + 1}", 1, words + " more" * (i % 4))
    scene.write()
    find_duplicates(scene.home, "ada")
    monkeypatch.setattr(review, "CLUSTERS", 2)
    found = Page(write_review(scene.home, "ada").read_text(encoding="utf-8"))
    assert "Shown are the first 2; 2 clearer ones are not." in found.text
    assert found.text.index("more more more") < found.text.index("2a 2b 2c")
    assert "0a 0b 0c" not in found.text


def test_a_picture_whose_bytes_are_gone_is_named_so(scene, draw, encode):
    two_copies(scene, draw, encode)
    scene.write()
    find_duplicates(scene.home, "ada")
    for row in scene.rows["images"]:
        scene.home.blobs.delete(row["blob_sha256"])
    assert Page(write_review(scene.home, "ada").read_text(encoding="utf-8")).text.count("not readable") == 2


def test_nothing_found_is_said(scene):
    assert "Nothing here is the same as anything else." in Page(page_of(scene)).text


@pytest.mark.parametrize(
    ("method", "distance", "expected"),
    [
        ("same_bytes", 0, 0),
        ("ruled_same", 0, 0),
        ("near_picture", 0.2, 0.5),
        ("near_words", 0.4, 1),
        ("marked_picture", 0.0, 0.9),
        ("semantic", 0.1, 1),
    ],
)
def test_doubt_runs_from_exact_to_the_limit_of_the_method(method, distance, expected):
    assert doubt({"method": method, "distance": distance}) == pytest.approx(expected)


def test_links_that_were_cut_stand_first(scene, draw, encode, tmp_path):
    one, other = two_copies(scene, draw, encode)
    path = tmp_path / "ada.duplicates.csv"
    path.write_text(f"verdict,a,b\ndifferent,{one},{other}\n")
    scene.write()
    find_duplicates(scene.home, "ada", path)
    text = Page(write_review(scene.home, "ada").read_text(encoding="utf-8")).text
    assert "Not followed, because you keep them apart" in text
    assert f"{min(one, other)},{max(one, other)}" in text
    assert id_of("pictures", "https://ada.example/1", 1) in text


def test_cut_links_that_are_left_out_are_counted(scene, draw, encode, tmp_path, monkeypatch):
    pictures = two_copies(scene, draw, encode)
    passages = [row["artefact_id"] for row in scene.rows["passages"]]
    path = tmp_path / "ada.duplicates.csv"
    path.write_text("verdict,a,b\n" + "".join(f"different,{one},{other}\n" for one, other in (pictures, passages)))
    scene.write()
    find_duplicates(scene.home, "ada", path)
    monkeypatch.setattr(review, "CLUSTERS", 1)
    assert "Not shown: 1 more." in Page(write_review(scene.home, "ada").read_text(encoding="utf-8")).text
