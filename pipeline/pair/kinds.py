"""The kinds of pairs: which passage belongs to which picture, how much, and how we know."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.identifiers import id_of
from pipeline.pair.material import Artefact, Material, Passage
from pipeline.scrape.substack_activity import GAP

READ = ("body", "footnote", "note")  # running text; never captions, alternative texts, titles or a pin's own words
ASSOCIATIONS = ("inline", "link")  # kinds that a person is tested on; `text_pin` is caption-like, `board` is a mood of many
REACH = 2  # passages on either side of a picture that belong to it
FAR = GAP // 2  # places; notes of one page stand GAP apart, and a picture among fifty others has no words of its own


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A passage and a picture that this person's world associates."""

    passage: Passage
    picture: Artefact
    kind: str
    weight: float
    page_id: str  # where the tie was seen
    evidence: str  # JSON

    @property
    def hop(self) -> int:
        """That of the act: of the pin, or of the post that shows the picture."""
        return self.picture.hop

    @property
    def pair_id(self) -> str:
        """The same for the same passage, picture and kind."""
        return id_of("pair", self.passage.artefact_id, self.picture.artefact_id, self.kind)


def around(position: int, passages: Sequence[Passage]) -> dict[str, float]:
    """Passage -> weight, for a picture at `position`: the REACH nearest on either side of it, 1/1, 1/2 ..., summing to one.

    `passages` are in reading order; distance is counted in passages, so other pictures between do not matter.
    """
    near = [p for p in passages if abs(p.position - position) < FAR]
    before = [p for p in near if p.position <= position][-REACH:][::-1]
    after = [p for p in near if p.position > position][:REACH]
    weights = {p.artefact_id: 1 / rank for side in (before, after) for rank, p in enumerate(side, 1)}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def inline_pairs(material: Material) -> Iterator[Pair]:
    """A picture inside a document, with the passages around it."""
    texts = material.by_document(*READ)
    for picture in material.pictures.values():
        for name, weight in around(picture.position, texts.get(picture.document_id, [])).items():
            passage = material.passages[name]
            evidence = {"method": "around", "positions": [passage.position, picture.position]}
            yield _pair(passage, picture, "inline", weight, evidence)


def link_pairs(material: Material) -> Iterator[Pair]:
    """A pin's picture, with the passages of the document that it links to: around the same picture where it stands there, else all."""
    texts, shown = material.by_document(*READ), _shown(material)
    for picture_id, document_id in material.saves:
        picture = material.pictures.get(picture_id)
        if picture is None or document_id not in texts:
            continue
        places = shown.get((document_id, material.same(picture_id)), [])
        weights = _around_places(places, texts[document_id])
        evidence = {"method": "same picture" if places else "whole document", "link": material.documents[document_id].url}
        for name, weight in weights.items():
            passage = material.passages[name]
            yield _pair(passage, picture, "link", weight, evidence | {"positions": [passage.position, *places]})


def board_pairs(material: Material) -> Iterator[Pair]:
    """A board's title and description, with its pins' pictures; the weights of a picture sum to one."""
    texts: dict[str, list[Passage]] = defaultdict(list)
    for passage in material.passages.values():
        if passage.role == "board":
            texts[passage.source_id].append(passage)
    for picture in material.pictures.values():
        words = texts.get(picture.source_id, [])
        for passage in words:
            yield _pair(passage, picture, "board", 1 / len(words), {"method": "on the board"})


def text_pin_pairs(material: Material) -> Iterator[Pair]:
    """A pin's own words, with its picture."""
    texts = material.by_document("pin")
    for picture in material.pictures.values():
        words = texts.get(picture.document_id, [])
        for passage in words:
            yield _pair(passage, picture, "text_pin", 1 / len(words), {"method": "the pin's words"})


def all_pairs(material: Material) -> list[Pair]:
    """Every kind, each passage and picture once by content and kind: of repeats the nearest hop and the kept member stay."""
    best: dict[tuple[str, str, str], Pair] = {}
    found = (pair for make in (inline_pairs, link_pairs, board_pairs, text_pin_pairs) for pair in make(material))
    for pair in sorted(found, key=lambda pair: _preference(pair, material.kept)):
        best.setdefault((pair.passage.sha256, pair.picture.sha256, pair.kind), pair)
    return sorted(best.values(), key=lambda pair: pair.pair_id)


def _preference(pair: Pair, kept: Mapping[str, str]) -> tuple[int, int, float, str]:
    copies = sum(kept.get(name, name) != name for name in (pair.passage.artefact_id, pair.picture.artefact_id))
    return pair.hop, copies, -pair.weight, pair.pair_id


def _pair(passage: Passage, picture: Artefact, kind: str, weight: float, evidence: Mapping[str, object]) -> Pair:
    told = json.dumps({"page": picture.page_id, **evidence}, ensure_ascii=False)
    return Pair(passage=passage, picture=picture, kind=kind, weight=round(weight, 9), page_id=picture.page_id, evidence=told)


def _shown(material: Material) -> dict[tuple[str, str], list[int]]:
    """(document, cluster of a picture) -> the positions at which it stands there."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for picture in material.pictures.values():
        places[picture.document_id, material.same(picture.artefact_id)].append(picture.position)
    return {key: sorted(found) for key, found in places.items()}


def _around_places(places: Sequence[int], passages: Sequence[Passage]) -> dict[str, float]:
    if not places:
        return {passage.artefact_id: 1 / len(passages) for passage in passages}
    total: dict[str, float] = defaultdict(float)
    for place in places:
        for name, weight in around(place, passages).items():
            total[name] += weight / len(places)
    return total
