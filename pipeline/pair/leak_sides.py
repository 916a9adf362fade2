"""What the leak check looks at: every passage and picture of a usable pair, with the split it is in and all that names its content."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.store import Home


@dataclass(frozen=True, kw_only=True)
class Side:
    """A passage (`text` is set) or a picture in a usable pair. `claimed` is the group that its pair says it is in."""

    artefact_id: str
    split: str
    document_id: str
    sha256: str
    text: str | None = None
    url: str | None = None
    role: str | None = None
    alt: str | None = None
    caption: str | None = None
    image_url: str | None = None
    phash: int | None = None
    blob_sha256: str | None = None
    cluster: str | None = None
    group_id: str | None = None
    claimed: str | None = None
    source_id: str | None = None


Find: TypeAlias = tuple[Side, Side]
Keys: TypeAlias = NDArray[np.uint64]

SIDES = """
    with used as (select text_id, image_id, text_group, image_group, a.split from pairs p
                  join splits a on a.person = p.person and a.group_id = p.text_group
                  join splits b on b.person = p.person and b.group_id = p.image_group where p.person = $1 and a.split = b.split),
    ids as (select distinct unnest([text_id, image_id]) as artefact_id, unnest([text_group, image_group]) as claimed, split from used),
    places as (
      select artefact_id, page_id, sha256, text, coalesce(role, 'body') as role,
             null as alt, null as caption, null as image_url, null::ubigint as phash, null as blob_sha256
      from passages where person = $1 union all
      select p.artefact_id, p.page_id, i.sha256, null, null, p.alt, p.caption, p.image_url, i.phash, i.blob_sha256
      from pictures p join images i using (image_url) where p.person = $1)
    select ids.artefact_id, ids.split, coalesce(document_id, places.page_id) as document_id, pages.url, places.sha256,
           text, role, alt, caption, image_url, phash, blob_sha256, pages.source_id, d.canonical_id as cluster, g.group_id, ids.claimed
    from ids join places using (artefact_id)
    left join groups g on g.person = $1 and g.artefact_id = ids.artefact_id
    left join duplicates d on d.person = $1 and d.artefact_id = ids.artefact_id
    left join pages on pages.person = $1 and pages.page_id = places.page_id order by ids.artefact_id, ids.split, ids.claimed"""
SAVES = "select distinct src_id, dst_id from edges where person = $1 and kind = 'saves' order by all"


def read_sides(home: Home, person: str) -> tuple[list[Side], list[tuple[str, str]]]:
    """The sides of all usable pairs; and what pins save: (the pin's picture, the document it links to)."""
    with home.warehouse.transaction() as t:
        sides = [Side(**row) for row in t.query(SIDES, person).to_pylist()]
        saves = [(row["src_id"], row["dst_id"]) for row in t.query(SAVES, person).to_pylist()]
    return sides, saves


def same_keys(sides: Iterable[Side], key: Callable[[Side], str | None]) -> Iterator[Find]:
    """For each key that stands in more than one split, one pair of sides that shows it."""
    first: dict[str, dict[str, Side]] = defaultdict(dict)
    for side in sides:
        if name := key(side):
            first[name].setdefault(side.split, side)
    for places in first.values():
        if len(places) > 1:
            one, other, *_ = (places[split] for split in sorted(places))
            yield one, other


def same_hashes(sides: Sequence[Side], hashes: Sequence[Keys], sources: int | None = None) -> list[Find]:
    """For each side that shares a hash with one of another split, the first such two. One sort; nothing is compared pairwise.

    What more than so many `sources` hold is passed over.
    """
    owners = np.repeat(np.arange(len(sides)), [len(each) for each in hashes])
    values = np.concatenate([*hashes, np.empty(0, np.uint64)])
    splits = np.unique([side.split for side in sides], return_inverse=True)[1][owners] if len(sides) else owners
    order = np.lexsort((owners, splits, values))
    values, owners, splits = values[order], owners[order], splits[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else np.empty(0, np.int64)
    ends = np.r_[starts[1:], len(values)]
    mixed = splits[starts] != splits[ends - 1] if len(starts) else np.empty(0, bool)
    found: dict[int, int] = {}
    for start, end in zip(starts[mixed], ends[mixed], strict=True):
        if sources is not None and len({sides[i].source_id for i in owners[start:end]}) > sources:
            continue
        for other in owners[start:end][splits[start:end] != splits[start]]:
            found.setdefault(int(other), int(owners[start]))
    return [(sides[one], sides[other]) for other, one in sorted(found.items())]
