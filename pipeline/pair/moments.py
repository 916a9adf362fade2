"""What a person saved or restacked close in time."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.pair.material import Edge, Material, Picture

CLOSE = timedelta(hours=1)
BURST = 5  # documents in one hour on either side: a tidying or an import, of which nothing can be told
ACTS = ("restacks", "embeds", "links_to")  # with a time of their own only where the person's activity tells it


@dataclass(frozen=True)
class Moment:
    """A picture and a document that the person met within CLOSE; `weight` falls from one to zero over that time."""

    picture: Picture
    document_id: str
    minutes: float
    weight: float


def moments(material: Material, texts: Collection[str], left_out: Counter[str]) -> Iterator[Moment]:
    """For each own pin the documents, among `texts`, that were acted on close in time; but for those that the pin itself links to."""
    acts = _acts(material, texts)
    times = [time for time, _ in acts]
    linked = set(material.saves)
    for picture in _pins(material):
        when: datetime = picture.published_at  # type: ignore[assignment]  # _pins gives dated ones
        window = acts[bisect_left(times, when - CLOSE) : bisect_right(times, when + CLOSE)]
        nearest: dict[str, timedelta] = {}
        for time, document_id in window:
            if (picture.artefact_id, document_id) not in linked:
                nearest[document_id] = min(abs(time - when), nearest.get(document_id, CLOSE))
        if len(nearest) > BURST:
            left_out[f"pins saved within an hour of more than {BURST} documents"] += 1
            continue
        yield from _moments(picture, nearest)


def _moments(picture: Picture, nearest: dict[str, timedelta]) -> Iterator[Moment]:
    for document_id, apart in sorted(nearest.items()):
        if apart < CLOSE:
            yield Moment(picture, document_id, round(apart.total_seconds() / 60, 1), (1 - apart / CLOSE) / len(nearest))


def _pins(material: Material) -> list[Picture]:
    saved = {name for name, _ in material.saves}
    pins = (material.pictures[name] for name in sorted(saved) if name in material.pictures)
    return [picture for picture in pins if picture.hop == 0 and picture.published_at is not None]


def _acts(material: Material, texts: Collection[str]) -> list[tuple[datetime, str]]:
    return sorted((edge.happened_at, edge.dst_id) for edge in material.edges if edge.dst_id in texts and _is_own(edge, material))  # type: ignore[misc]


def _is_own(edge: Edge, material: Material) -> bool:
    if edge.happened_at is None:
        return False
    if edge.kind == "saves":
        return edge.src_id in material.pictures and material.pictures[edge.src_id].hop == 0
    return edge.kind in ACTS and edge.src_id in material.own_sources
