"""Which pictures are the same: by bytes, by the platform's own key, by sight."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from pipeline.dedupe.alignment import misfits
from pipeline.dedupe.hamming import Index, within
from pipeline.dedupe.links import Link, Picture, stars
from pipeline.dedupe.thumbnails import thumbnails
from pipeline.store import Blobs

REPEATED = 5  # documents of a source in which a picture stands, to be decoration: a signature, a divider, a badge
RADIUS = 16  # bits of the perceptual hash; known copies lie 0 to 4 apart, cropped ones up to 16
MISFIT = 0.27  # see `alignment`: known copies reach 0.19, look-alikes (two states of one dashboard) begin at 0.39
BATCH = 256  # pairs aligned at a time: 40 MB


def decoration(pictures: Sequence[Picture]) -> list[Link]:
    """Links of method `boilerplate` between places of a picture that a source repeats. Pins never count: saving is the point."""
    documents: dict[tuple[str, str], set[str]] = defaultdict(set)
    written = [picture for picture in pictures if not picture.kind.startswith("pinterest")]
    for picture in written:
        documents[picture.source_id, picture.sha256].add(picture.document_id)
    found = ((key, p.artefact_id) for p in written for key in [(p.source_id, p.sha256)] if len(documents[key]) >= REPEATED)
    return sorted(stars(found, "boilerplate"))


def same_bytes(pictures: Sequence[Picture]) -> list[Link]:
    """Links between places of the same bytes."""
    return sorted(stars(((p.sha256, p.artefact_id) for p in pictures), "same_bytes"))


def same_key(pictures: Sequence[Picture]) -> list[Link]:
    """Links between pictures that the platform itself names the same, at whatever size."""
    first = _first_places(pictures)
    return sorted(stars(((p.key, first[p.sha256].artefact_id) for p in pictures if p.key), "platform_key"))


def near_pictures(pictures: Sequence[Picture], blobs: Blobs) -> list[Link]:
    """Links between different bytes that show the same; distance is the misfit of the worst patch after alignment."""
    hashed = [p for p in _first_places(pictures).values() if p.phash is not None and p.blob_sha256 is not None]
    pairs = within(np.array([p.phash for p in hashed], dtype=np.uint64), RADIUS)
    return sorted(
        Link.between(hashed[i].artefact_id, hashed[j].artefact_id, "near_picture", misfit)
        for i, j, misfit in compare(hashed, pairs, blobs)
        if misfit <= MISFIT
    )


def compare(pictures: Sequence[Picture], pairs: Index, blobs: Blobs) -> list[tuple[int, int, float]]:
    """(i, j, misfit) for each pair of indices whose blobs can both be read."""
    small = thumbnails(blobs, (pictures[i].blob_sha256 or "" for i in np.unique(pairs)))
    names = [picture.blob_sha256 or "" for picture in pictures]
    readable = [(int(i), int(j)) for i, j in pairs if names[i] in small and names[j] in small]
    found = []
    for start in range(0, len(readable), BATCH):
        batch = readable[start : start + BATCH]
        a, b = (np.stack([small[names[pair[side]]] for pair in batch]) for side in (0, 1))
        found += [(i, j, float(misfit)) for (i, j), misfit in zip(batch, misfits(a, b), strict=True)]
    return found


def _first_places(pictures: Sequence[Picture]) -> dict[str, Picture]:
    """Content -> the place that stands for it: the one of smallest id."""
    first: dict[str, Picture] = {}
    for picture in sorted(pictures, key=lambda p: p.artefact_id):
        first.setdefault(picture.sha256, picture)
    return first
