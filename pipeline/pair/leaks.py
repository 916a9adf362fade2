"""Whether the same content stands on both sides of a split, looked for by other means than those that drew the groups.

Groups come from links between artefacts and a perceptual hash at a small radius; here every held-out item is held against every
other: by words in a row, by bytes and platform keys, by document, by what a pin links to, and by sight at a larger radius.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pipeline.dedupe.alignment import COARSE, Floats, misfits, shrink
from pipeline.dedupe.thumbnails import thumbnails
from pipeline.dedupe.words import LEAST_WORDS, normalised
from pipeline.scrape.addresses import image_key
from pipeline.store import Blobs, Home

RUN = 12  # words in a row that two passages of different splits may not share
RADIUS = 22  # bits; where unrelated photographs begin to be common
ALIKE = 0.85  # correlation of coarse thumbnails, to be looked at closely
MISFIT = 0.33  # beyond what counts as a duplicate (0.27), below where look-alikes begin (0.39)
EXAMPLES = 3  # named in a verdict, of each kind

Find: TypeAlias = "tuple[Side, Side]"


@dataclass(frozen=True)
class Verdict:
    """Whether something holds, and in plain words why."""

    ok: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class Side:
    """A passage or a picture in a usable pair, with the split it is in."""

    artefact_id: str
    split: str
    document_id: str
    sha256: str
    text: str | None
    image_url: str | None
    phash: int | None
    blob_sha256: str | None


SIDES = """
    with split_of as (select g.artefact_id, s.split from groups g join splits s using (person, group_id) where g.person = $1),
    used as (select text_id, image_id from pairs p join splits a on a.person = p.person and a.group_id = p.text_group
             join splits b on b.person = p.person and b.group_id = p.image_group where p.person = $1 and a.split = b.split),
    ids as (select distinct unnest([text_id, image_id]) as artefact_id from used),
    places as (
      select artefact_id, page_id, sha256, text, null as image_url, null::ubigint as phash, null as blob_sha256
      from passages where person = $1 union all
      select p.artefact_id, p.page_id, i.sha256, null, p.image_url, i.phash, i.blob_sha256
      from pictures p join images i using (image_url) where p.person = $1)
    select ids.artefact_id, split, coalesce(document_id, places.page_id) as document_id,
           places.sha256, text, image_url, phash, blob_sha256
    from ids join split_of using (artefact_id) join places using (artefact_id)
    left join pages on pages.person = $1 and pages.page_id = places.page_id order by ids.artefact_id"""
SAVES = "select distinct src_id, dst_id from edges where person = $1 and kind = 'saves' order by all"


def check(home: Home, person: str) -> Verdict:
    """Looks for leaks in the pairs as they are split now. Examples are artefact ids: the verdict holds nobody's words."""
    with home.warehouse.transaction() as t:
        sides = [Side(**row) for row in t.query(SIDES, person).to_pylist()]
        saves = [(row["src_id"], row["dst_id"]) for row in t.query(SAVES, person).to_pylist()]
    found = {name: list(look(sides)) for name, look in LOOKS.items()}
    found["a pin and the page it links to"] = list(linked(sides, saves))
    found["pictures that look the same"] = list(seen_alike(sides, home.blobs))
    return _verdict(found, len(sides))


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


def shared_words(sides: Sequence[Side]) -> Iterator[Find]:
    """Passages of different splits that share RUN words in a row; each passage is named once."""
    seen: dict[tuple[str, ...], Side] = {}
    for side in sides:
        words = normalised(side.text or "").split()
        runs = [tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]
        other = next((seen[run] for run in runs if run in seen and seen[run].split != side.split), None)
        if other:
            yield other, side
        for run in runs:
            seen.setdefault(run, side)


def linked(sides: Sequence[Side], saves: Iterable[tuple[str, str]]) -> Iterator[Find]:
    """Pictures of pins, with an item of the document they link to that is in another split."""
    by_id = {side.artefact_id: side for side in sides}
    by_document = {side.document_id: side for side in sides}
    for picture_id, document_id in saves:
        pin, page = by_id.get(picture_id), by_document.get(document_id)
        if pin and page and pin.split != page.split:
            yield pin, page


def seen_alike(sides: Iterable[Side], blobs: Blobs) -> Iterator[Find]:
    """Pictures of different splits that show the same: near by hash, alike when small, and laid over each other."""
    pictures = [side for side in sides if side.phash is not None and side.blob_sha256 is not None]
    near = list(_near(pictures))
    small = thumbnails(blobs, {pictures[i].blob_sha256 or "" for pair in near for i in pair})
    names = [picture.blob_sha256 or "" for picture in pictures]
    coarse = {name: _standardised(thumbnail) for name, thumbnail in small.items()}
    alike = [
        (i, j) for i, j in near if names[i] in small and names[j] in small and float((coarse[names[i]] * coarse[names[j]]).mean()) >= ALIKE
    ]
    if alike:
        a, b = (np.stack([small[names[pair[side]]] for pair in alike]) for side in (0, 1))
        yield from ((pictures[i], pictures[j]) for (i, j), misfit in zip(alike, misfits(a, b), strict=True) if misfit <= MISFIT)


def _near(pictures: Sequence[Side]) -> Iterator[tuple[int, int]]:
    hashes = np.array([picture.phash for picture in pictures], dtype=np.uint64)
    splits = np.array([picture.split for picture in pictures])
    for i in range(len(pictures)):
        others = np.flatnonzero((np.bitwise_count(hashes[i + 1 :] ^ hashes[i]) <= RADIUS) & (splits[i + 1 :] != splits[i]))
        yield from ((i, i + 1 + int(j)) for j in others)


def _standardised(thumbnail: Floats) -> Floats:
    small = shrink(thumbnail[None], COARSE)[0]
    standardised: Floats = (small - small.mean()) / (small.std() + 1)
    return standardised


def _same_text(side: Side) -> str | None:
    words = normalised(side.text or "")
    return words if words.count(" ") + 1 >= LEAST_WORDS else None


LOOKS: Mapping[str, Callable[[Sequence[Side]], Iterator[Find]]] = {
    "the same picture": lambda sides: same_keys(sides, lambda side: None if side.text is not None else side.sha256),
    "the same upload": lambda sides: same_keys(sides, lambda side: image_key(side.image_url) if side.image_url else None),
    "the same words": lambda sides: same_keys(sides, _same_text),
    "one document": lambda sides: same_keys(sides, lambda side: side.document_id),
    f"{RUN} words in a row": shared_words,
}


def _verdict(found: Mapping[str, Sequence[Find]], items: int) -> Verdict:
    leaks = {name: finds for name, finds in found.items() if finds}
    if not leaks:
        return Verdict(True, f"no leak among {items} items: nothing of {', '.join(found)} stands in two splits")
    told = (f"{name}: {len(finds)} ({'; '.join(_example(find) for find in finds[:EXAMPLES])})" for name, finds in leaks.items())
    return Verdict(False, "leaks between splits, training stops. " + ". ".join(told))


def _example(find: Find) -> str:
    return " with ".join(f"{side.artefact_id} in {side.split}" for side in find)
