"""A pair and the routes by which it was seen."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pipeline.identifiers import id_of
from pipeline.pair.material import Material, Passage, Picture

PER_HOP = 0.5  # what a route counts for each hop that it is farther than the nearest


@dataclass(frozen=True, kw_only=True)
class Route:
    """One way in which a passage and a picture were seen to belong together.

    `weight` lies in (0, 1]; `hop` is that of the act (the pin, the post, the link); `page_id` is the page where it shows,
    `evidence` what a person needs to see it there.
    """

    passage: Passage
    picture: Picture
    kind: str
    weight: float
    hop: int
    page_id: str
    evidence: Mapping[str, object]

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for the same words, the same picture and the same kind."""
        return self.passage.sha256, self.picture.sha256, self.kind


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A passage and a picture that this person's world associates, with every route of one kind; the best comes first."""

    routes: tuple[Route, ...]

    @property
    def passage(self) -> Passage:
        """Where the words stand on the best route."""
        return self.routes[0].passage

    @property
    def picture(self) -> Picture:
        """Where the picture stands on the best route."""
        return self.routes[0].picture

    @property
    def kind(self) -> str:
        """That of all its routes."""
        return self.routes[0].kind

    @property
    def hop(self) -> int:
        """That of the nearest act."""
        return self.routes[0].hop

    @property
    def page_id(self) -> str:
        """Where the best route shows."""
        return self.routes[0].page_id

    @cached_property
    def weight(self) -> float:
        """1 - prod(1 - w): routes are independent witnesses, so that more of them never weigh less, and never more than one.

        A route that is farther than the nearest counts half for each hop.
        """
        misses = (1 - route.weight * PER_HOP ** (route.hop - self.hop) for route in self.routes)
        return round(1 - math.prod(misses), 9)

    @property
    def pair_id(self) -> str:
        """The same for the same passage, picture and kind."""
        return id_of("pair", self.passage.artefact_id, self.picture.artefact_id, self.kind)

    @property
    def evidence(self) -> str:
        """JSON: a list with an entry for each route."""
        told = [{"page": r.page_id, **r.evidence, "hop": r.hop, "weight": round(r.weight, 9)} for r in self.routes]
        return json.dumps(told, ensure_ascii=False)


def combined(routes: Iterable[Route], material: Material) -> list[Pair]:
    """Each passage and picture once by content and kind. Of repeats the nearest hop and the kept member of duplicates come first."""
    found: dict[tuple[str, str, str], list[Route]] = defaultdict(list)
    for route in routes:
        found[route.key].append(route)
    pairs = (Pair(routes=tuple(sorted(same, key=lambda route: _preference(route, material)))) for same in found.values())
    return sorted(pairs, key=lambda pair: pair.pair_id)


def _preference(route: Route, material: Material) -> tuple[int, int, float, str, str]:
    names = (route.passage.artefact_id, route.picture.artefact_id)
    return route.hop, sum(material.same(name) != name for name in names), -route.weight, *names
