"""The kinds of pairs: which passage belongs to which picture, how much, and how we know."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.pair.judged import Judgement
from pipeline.pair.labels import captions_in, is_label, labels_of
from pipeline.pair.material import Edge, Material, Passage, Picture
from pipeline.pair.moments import moments
from pipeline.pair.nearness import Nearness, nearness
from pipeline.pair.routes import Pair, Route, combined
from pipeline.pair.windows import around, around_places

READ = ("body", "footnote", "note")  # running text; never captions, alternative texts, titles or a pin's own words
ASSOCIATIONS = ("inline", "link")  # kinds that a person is tested on; `text_pin` is caption-like, `board` is a mood of many
OWN_PLACES = (*ASSOCIATIONS, "board", "text_pin")  # kinds whose sides stand at one place of the person's; the others reach across places
LONGEST = 500  # passages of a page that says nothing of where the pin's picture belongs: a five-hundredth each is no tie
CROWD = 12  # pictures of a linked post: a gallery
OPENING = 4  # passages that stand for a document of which nothing tells what in it was meant; whole ones made 54,000 pairs of 500 pins
MENTIONS = 5  # documents that one passage links to: a list of links is about none of them


@dataclass
class Found:
    """Routes as they are found, and what was left out because it could mean too much, by reason."""

    material: Material
    near: Nearness
    left_out: Counter[str] = field(default_factory=Counter)

    def inline(self) -> Iterator[Route]:
        """A picture inside a document, with the passages around it."""
        texts, shown = self.material.by_document(*READ), self.material.shown()
        for document_id, pictures in shown.items():
            passages = texts.get(document_id, [])
            aside = self.material.aside(document_id, passages)
            for picture in pictures:
                weights = around(picture.position, passages, aside)
                near = {"path": path} if (path := self.near.paths.get(document_id)) else {}
                for passage, weight in self._passages(weights):
                    evidence = {"method": "around", **near}
                    yield self._route(passage, picture, "inline", weight * self.near.factor(document_id, picture.hop), evidence)

    def link(self) -> Iterator[Route]:
        """A pin's picture, with the passages of the document that it links to: around the same picture where it stands there, else all."""
        texts, shown = self.material.by_document(*READ), self.material.shown()
        for picture_id, document_id in self.material.saves:
            picture, passages = self.material.pictures.get(picture_id), texts.get(document_id, [])
            if picture is None or not passages:
                continue
            there, same = shown.get(document_id, []), self.material.same(picture_id)
            places = [other.position for other in there if self.material.same(other.artefact_id) == same]
            if not self._is_clear(document_id, bool(places), len(passages)):
                continue
            weights = around_places(places, passages, self.material.aside(document_id, passages))
            method, url = ("same picture" if places else "whole document"), self.material.url_of(document_id)
            for passage, weight in self._passages(weights):
                yield self._route(
                    passage, picture, "link", weight, {"method": method, "link": url, "positions": [passage.position, *places]}
                )

    def _is_clear(self, document_id: str, is_shown: bool, passages: int) -> bool:
        """Whether a saved link tells which words were meant."""
        if not is_shown and urlsplit(self.material.url_of(document_id)).path in ("", "/"):
            self.left_out["links of pins to a site's front page"] += 1
        elif not is_shown and passages > LONGEST:
            self.left_out[f"links of pins to pages of more than {LONGEST} passages"] += 1
        else:
            return True
        return False

    def hypertext(self) -> Iterator[Route]:
        """A passage that links to a document, with the pictures of that document; the weights of a passage sum to one."""
        texts, shown = _by_page(self.material), self.material.shown()
        told: dict[str, dict[str, Passage]] = defaultdict(dict)  # passage -> the documents it links to
        for edge in self.material.edges:
            if edge.kind in ("links_to", "embeds") and edge.dst_id in shown and (passage := self._linking(edge, texts)):
                told[passage.artefact_id].setdefault(edge.dst_id, passage)
        for targets in told.values():
            if len(targets) > MENTIONS:
                self.left_out[f"passages that link to more than {MENTIONS} documents"] += 1
                continue
            for document_id, passage in targets.items():
                yield from self._mention(passage, document_id, shown[document_id], len(targets))

    def _linking(self, edge: Edge, texts: Mapping[str | None, Sequence[Passage]]) -> Passage | None:
        """The passage that holds a link; where none does, what stands next to it."""
        if edge.position is None:
            self.left_out["links that stand at no place in a text"] += 1
            return None
        weights = around(edge.position, texts.get(edge.page_id, []))
        passage = self.material.passages[max(weights, key=lambda name: weights[name])] if weights else None
        return passage if passage and passage.document_id != edge.dst_id else None

    def _mention(self, passage: Passage, document_id: str, pictures: Sequence[Picture], mentions: int) -> Iterator[Route]:
        if len(pictures) > CROWD:
            self.left_out[f"links to documents of more than {CROWD} pictures"] += 1
            return
        weight = self.near.factor(passage.document_id, passage.hop) / len(pictures) / mentions
        for picture in pictures:
            evidence = {"method": "links to", "link": self.material.url_of(document_id)}
            yield self._route(passage, picture, "hypertext", weight, evidence, at=passage)

    def board(self) -> Iterator[Route]:
        """A board's title and description, with its pins' pictures; the weights of a picture sum to one."""
        texts: dict[str, list[Passage]] = defaultdict(list)
        for passage in self.material.passages.values():
            if passage.role == "board":
                texts[passage.source_id].append(passage)
        for picture in self.material.pictures.values():
            words = texts.get(picture.source_id, [])
            for passage in words:
                evidence = {"method": "on the board"}
                yield self._route(passage, picture, "board", 1 / len(words), evidence, at=passage, hop=picture.hop)

    def text_pin(self) -> Iterator[Route]:
        """A pin's own words, with its picture."""
        texts = self.material.by_document("pin")
        for picture in self.material.pictures.values():
            words = texts.get(picture.document_id, [])
            for passage in words:
                yield self._route(passage, picture, "text_pin", 1 / len(words), {"method": "the pin's words"})

    def moment(self) -> Iterator[Route]:
        """A pin's picture, with the opening of a document that the person saved or restacked close in time."""
        texts = self.material.by_document(*READ)
        for moment in moments(self.material, texts, self.left_out):
            picture, passages = moment.picture, texts[moment.document_id][:OPENING]
            evidence = {"method": "close in time", "link": self.material.url_of(moment.document_id), "minutes": moment.minutes}
            for passage in passages:
                yield self._route(passage, picture, "moment", moment.weight / len(passages), evidence, hop=0)

    def judged(self, judgements: Sequence[Judgement]) -> Iterator[Route]:
        """What the person said belongs together."""
        for judgement in judgements:
            for name in judgement.passages:
                picture, weight = self.material.pictures[judgement.picture], judgement.weight / len(judgement.passages)
                evidence = {"method": "the person said so", "line": judgement.line}
                yield self._route(self.material.passages[name], picture, "judged", weight, evidence, hop=0)

    def _passages(self, weights: Mapping[str, float]) -> Iterator[tuple[Passage, float]]:
        return ((self.material.passages[name], weight) for name, weight in weights.items())

    def _route(
        self,
        passage: Passage,
        picture: Picture,
        kind: str,
        weight: float,
        evidence: Mapping[str, object],
        *,
        at: Passage | Picture | None = None,
        hop: int | None = None,
    ) -> Route:
        """A route that shows where the picture stands, unless said otherwise; `link` leads to where its other side stands."""
        at = at or picture
        other = picture if at is passage else passage
        places = {"link": self.material.url_of(other.document_id), "positions": [passage.position, picture.position]}
        told = {"url": self.material.url_of(at.document_id), **places, **evidence}
        act_hop = at.hop if hop is None else hop
        return Route(passage=passage, picture=picture, kind=kind, weight=weight, hop=act_hop, page_id=at.page_id, evidence=told)


def all_pairs(material: Material, judgements: Sequence[Judgement] = ()) -> tuple[list[Pair], dict[str, int]]:
    """Pairs of every kind, and what was left out as ambiguous, by reason.

    Of an association no passage is a label (caption, alternative text, title or file name) of its picture, or of a picture of the
    document that the passage stands in.
    """
    found = Found(material, nearness(material))
    made = (found.inline(), found.link(), found.hypertext(), found.board(), found.text_pin(), found.moment(), found.judged(judgements))
    routes = [route for kind in made for route in kind]
    labels = {name: labels_of(picture, material.documents) for name, picture in material.pictures.items()}
    captions = captions_in(material)
    kept = [
        r
        for r in routes
        if r.passage.role not in READ or not (r.passage.artefact_id in captions or is_label(r.passage, labels[r.picture.artefact_id]))
    ]
    if len(kept) < len(routes):
        found.left_out["words that are only a caption, alternative text, title or file name"] = len(routes) - len(kept)
    return combined(kept, material), dict(sorted(found.left_out.items()))


def _by_page(material: Material) -> dict[str | None, list[Passage]]:
    found: dict[str | None, list[Passage]] = defaultdict(list)
    for passage in sorted(material.passages.values(), key=lambda p: (p.position, p.artefact_id)):
        if passage.role in READ:
            found[passage.page_id].append(passage)
    return found
