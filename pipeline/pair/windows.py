"""How much each passage around a place belongs to what stands there."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from pipeline.pair.material import Passage
from pipeline.scrape.substack_activity import GAP

REACH = 2  # passages on either side of a place that belong to it
HERE = 0.5  # the distance of a passage from a link that stands in it
FAR = GAP // 2  # places; notes of one page stand GAP apart, and a picture among fifty others has no words of its own


def around(position: int, passages: Sequence[Passage], aside: Sequence[int] = ()) -> dict[str, float]:
    """Passage -> weight for what stands at `position`: the REACH nearest on either side, 1 / distance, summing to one.

    `passages` are in reading order. Distance is counted in places; what stands at the places `aside` (sorted: pictures,
    boilerplate) does not count, a heading does: of two neighbours the one that no heading parts from the place is the nearer.
    """
    near = [p for p in passages if abs(p.position - position) < FAR]
    before = [p for p in near if p.position <= position][-REACH:]
    after = [p for p in near if p.position > position][:REACH]
    weights = {p.artefact_id: 1 / max(_distance(position, p.position, aside), HERE) for p in (*before, *after)}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def around_places(places: Sequence[int], passages: Sequence[Passage], aside: Sequence[int] = ()) -> dict[str, float]:
    """The mean over several places; every passage alike where there is none."""
    if not places:
        return {passage.artefact_id: 1 / len(passages) for passage in passages}
    total: dict[str, float] = defaultdict(float)
    for place in places:
        for name, weight in around(place, passages, aside).items():
            total[name] += weight / len(places)
    return total


def _distance(one: int, other: int, aside: Sequence[int]) -> int:
    low, high = sorted((one, other))
    between = bisect_left(aside, high) - bisect_left(aside, low + 1)
    return high - low - between
