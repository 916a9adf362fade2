"""Every kind of pair shows where it was seen: a page that is held, both places in it, and a link to the other side."""

import datetime as dt
import json

import pytest

from pipeline.dedupe import find_duplicates
from pipeline.identifiers import id_of
from pipeline.pair import make_pairs
from pipeline.train.recipe import KINDS

POST, OTHER, BOARD, PIN = (
    "https://ada.example/p",
    "https://bea.example/p",
    "https://pins.example/ada/boats",
    "https://www.pinterest.com/pin/1",
)
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
SHOWN = {  # kind -> the page that shows it, and where its other side stands
    "inline": (POST, POST), "link": (PIN, OTHER), "hypertext": (POST, OTHER), "board": (BOARD, PIN), "text_pin": (PIN, PIN),
    "moment": (PIN, POST), "judged": (PIN, POST),
}  # fmt: skip


@pytest.fixture
def evidence(scene, draw, encode, tmp_path):
    """Kind -> the first route of one of its pairs, with the page of the pair."""
    account = scene.source("https://ada.example")
    for url, source, hop in ((POST, "https://ada.example", 0), (OTHER, "https://bea.example", 1), (BOARD, BOARD, 0)):
        if url != POST:
            scene.source(source, hop=hop)
        scene.page(url, source, hop=hop, kind="pinterest_board" if url == BOARD else "substack_post")
    scene.text(POST, 0, "the harbour was grey and the boats lay still under the rain that morning")
    scene.picture(POST, 1, encode(draw(1)))
    scene.text(OTHER, 0, "nobody had told the children why the lighthouse keeper packed his trunk")
    scene.picture(OTHER, 1, encode(draw(2)))
    scene.text(BOARD, 0, "Boats. What lies in harbours.", "board")
    scene.pin(BOARD, 1, encode(draw(3)), OTHER, words="A boat that I liked")
    scene.rows["pictures"][-1]["published_at"] = NOON
    ends = {"src_id": id_of("document", POST), "dst_id": id_of("document", OTHER)}
    scene.rows["edges"].append(ends | {"kind": "links_to", "page_id": id_of("page", POST), "position": 0})
    scene.rows["edges"].append({"src_id": account, "dst_id": id_of("document", POST), "kind": "restacks", "happened_at": NOON})
    judgements = tmp_path / "judgements.csv"
    judgements.write_text(f"page,words,picture\n{POST},the boats lay still,{PIN}\n")
    scene.write()
    find_duplicates(scene.home, "ada")
    make_pairs(scene.home, "ada", judgements)
    rows = scene.home.warehouse.rows(
        "select p.kind, p.evidence, g.url from pairs p join pages g using (person, page_id) order by p.hop desc"
    )
    return {row["kind"]: (json.loads(row["evidence"])[0], row["url"]) for row in rows}


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_of_each_kind_names_a_page_the_places_and_a_link(evidence, kind):
    told, page = evidence[kind]
    assert (told["url"], told["link"]) == SHOWN[kind]
    assert page == told["url"]
    assert len(told["positions"]) >= (1 if kind == "link" else 2)
