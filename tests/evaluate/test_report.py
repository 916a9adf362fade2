"""The report as its reader gets it: whole, safe, in order, and plain about what did not work."""

import itertools
import json
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from PIL import Image

from pipeline.errors import StoreError
from pipeline.evaluate.report import render_report

PERSON, MODEL = "ada", "0123456789abcdef"
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe src=javascript:alert(1)>",
    "</blockquote></section><h1>owned</h1>",
    "</title></style><script>1</script>",
    "javascript:alert(1)",
    "\x01javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    'https://example.com/" onmouseover="alert(1)',
    "https://user:secret@example.com/",
    "//evil.example/x.png",
    "{{ 7 * 7 }}{% raw %}",
    "${7*7}#{7*7}",
    "<!-- --><base href=//evil.example>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<style>*{display:none}</style>",
    "‮gnp.exe ⁦hidden⁩",
    "a\x00b c\u2028d",
    "=HYPERLINK(1)" + "x" * 5000,
    "<a href='https://evil.example'>click</a>",
]


class Outline(HTMLParser):
    """What a browser would build: elements with their attributes' names, addresses, headings and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[tuple[str, str]] = []
        self.headings: list[int] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [(name, value) for name, value in attrs if name in ("src", "href", "srcset", "action", "data", "poster")]
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(int(tag[1]))

    def handle_data(self, data):
        self.text.append(data)


def read(path):
    return path.read_text(encoding="utf-8")


def words(path):
    return " ".join(" ".join(Outline(read(path)).text).split())


@pytest.fixture(scope="module")
def harmless(hostile_home):
    """What the same report consists of when nobody means harm."""
    return Outline(read(render_report(hostile_home("a quiet word"), PERSON, MODEL))).elements


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_stranger_adds_an_element_or_an_attribute(harmless, hostile_home, payload):
    outline = Outline(read(render_report(hostile_home(payload), PERSON, MODEL)))
    assert [e for e in outline.elements if e[0] != "a"] == [e for e in harmless if e[0] != "a"]
    assert all(value.startswith(("#", "https://example.com")) for name, value in outline.addresses if name == "href")


@pytest.mark.parametrize("payload", ["‮abc", "⁦abc⁩", "\u200fabc", "a\u200bbc", "\u061cabc"])
def test_nothing_turns_a_line_round(hostile_home, payload):
    html = read(render_report(hostile_home(payload), PERSON, MODEL))
    assert not set(html) & set("‪‫‬‭‮⁦⁧⁨⁩\u200e\u200f\u061c\u200b")


@pytest.mark.parametrize("address", ["mia.holt@letters.example", "MIA%40letters.example", "mia+pins@a.b.example"])
def test_e_mail_addresses_are_never_shown(hostile_home, address):
    html = read(render_report(hostile_home(f"write to {address} soon"), PERSON, MODEL))
    assert address not in html
    assert "[e-mail address]" in html


def test_it_loads_nothing_from_anywhere(rendered):
    html = read(rendered)
    outline = Outline(html)
    assert all(value.startswith("data:image/") for name, value in outline.addresses if name in ("src", "srcset"))
    assert not {tag for tag, _ in outline.elements} & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in html
    assert "url(" not in html
    assert "@import" not in html


def test_every_picture_has_a_text_and_every_chart_a_dark_twin(rendered):
    outline = Outline(read(rendered))
    images = [names for tag, names in outline.elements if tag == "img"]
    assert len(images) > 40
    assert all("alt" in names for names in images)
    assert sum(tag == "source" for tag, _ in outline.elements) == 5


def test_headings_go_down_one_level_at_a_time(rendered):
    levels = Outline(read(rendered)).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_space_stands_in_the_table_with_both_directions(rendered):
    shown = words(rendered)
    for name in (
        "chance",
        "raw encoder",
        "ridge to identity",
        "CCA champion",
        "adapter this model",
        "shuffled pairs",
        "oracle through the encoder",
    ):
        assert name in shown
    assert "0.590 0.555–0.625" in shown
    assert "0.549 0.516–0.582" in shown


def test_counts_and_manifest_are_told(rendered):
    shown = words(rendered)
    assert "substack publication 0 12 10 2 paid 2" in shown
    assert "weights_sha256 " + "ab" * 32 in shown
    assert "at full strength it has lost most of the literal ones" in shown


def test_what_is_kept_can_be_read_in_figures(rendered):
    shown = words(rendered)
    assert "0.5 0.488 (0.458–0.518) 0.518 (0.488–0.548) 0.244 0.151" in shown


def test_what_is_lost_is_said_as_it_was_measured(evaluated):
    kept = [replace(point, recall_at_10=0.9, recall_at_10_high=0.99) for point in evaluated.results.kept]
    evaluated.judged(kept=kept)
    shown = words(render_report(evaluated.home, PERSON, MODEL))
    assert "it finds the literal ones as it did before" in shown
    assert "has lost most" not in shown


def test_the_gap_is_told_with_that_of_shuffled_pairs(rendered):
    assert "0.820 (0.810–0.830) under the same training on shuffled pairs" in words(rendered)


def test_a_second_rendering_is_the_same_file(evaluated):
    first = render_report(evaluated.home, PERSON, MODEL).read_bytes()
    assert render_report(evaluated.home, PERSON, MODEL).read_bytes() == first


def test_an_evaluation_without_curves_or_neighbours_says_what_is_missing(evaluated):
    evaluated.judged(neighbours=[], histograms=[], kept=[], curve=[], map=[])
    shown = words(render_report(evaluated.home, PERSON, MODEL))
    assert "No held-out passage was recorded" in shown
    assert "there are no literal captions" in shown
    assert "This recipe has no training curve." in shown


def test_another_models_evaluation_is_refused(evaluated):
    with pytest.raises(StoreError, match="judged model 0123456789abcdef, not ffff"):
        render_report(evaluated.home, PERSON, "ffff")


def test_a_person_without_evaluation_is_told_what_to_do(home):
    with pytest.raises(StoreError, match="materialise `evaluation` first"):
        render_report(home, "ada", MODEL)


@pytest.mark.parametrize(("content", "message"), [(None, "no manifest"), ("{", "damaged"), (json.dumps([1]), "holds list")])
def test_a_model_that_cannot_say_what_it_learned_from_gets_no_report(evaluated, content, message):
    path = evaluated.home.models / MODEL / "manifest.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(StoreError, match=message):
        render_report(evaluated.home, PERSON, MODEL)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_a_browser_shows_it_without_scrolling_sideways(rendered, tmp_path, width, height):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium here: nothing shows the report as a reader would see it")
    probe = tmp_path / "probe.html"  # the report's own policy forbids scripts, so a frame around a copy of it measures
    probe.write_text(PROBE.format(report=rendered.as_uri(), width=width, height=height))
    dom = browse(chromium, tmp_path / "probe-profile", ["--allow-file-access-from-files", "--dump-dom", probe.as_uri()])
    assert f'<p id="measured">{width} {width}</p>' in dom
    picture = tmp_path / "shot.png"
    browse(chromium, tmp_path / "profile", [f"--window-size={width},{height}", f"--screenshot={picture}", rendered.as_uri()])
    with Image.open(picture) as shot:
        assert shot.size == (width, height)
        assert len(shot.convert("RGB").getcolors(maxcolors=1_000_000) or []) > 50


PROBE = """<!doctype html><p id="measured">waiting</p>
<iframe id="report" src="{report}" style="width:{width}px;height:{height}px;border:0"></iframe>
<script>document.getElementById("report").onload = (event) => {{
  const page = event.target.contentDocument.documentElement;
  document.getElementById("measured").textContent = page.clientWidth + " " + page.scrollWidth;
}};</script>"""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
]


def browse(chromium, profile, arguments):
    command = [chromium, *FLAGS, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
