"""Which pictures are the same by their bytes and by the platform's own key, and which are decoration."""

from collections import defaultdict
from collections.abc import Sequence

from pipeline.dedupe.links import Link, Picture, stars

REPEATED = 5  # documents of a source in which a picture stands, to be decoration: a signature, a divider, a badge


def decoration(pictures: Sequence[Picture]) -> list[Link]:
    """Links of method `boilerplate` between places of a picture that a source repeats. Pins never count: saving is the point."""
    documents: dict[tuple[str, str], set[str]] = defaultdict(set)
    written = [picture for picture in pictures if not picture.kind.startswith("pinterest")]
    for picture in written:
        documents[picture.source_id, picture.content].add(picture.document_id)
    found = ((key, p.artefact_id) for p in written for key in [(p.source_id, p.content)] if len(documents[key]) >= REPEATED)
    return sorted(stars(found, "boilerplate"))


def same_bytes(pictures: Sequence[Picture]) -> list[Link]:
    """Links between places of the same bytes."""
    return sorted(stars(((p.content, p.artefact_id) for p in pictures), "same_bytes"))


def same_key(pictures: Sequence[Picture]) -> list[Link]:
    """Links between pictures that the platform itself names the same, at whatever size."""
    first: dict[str, str] = {}
    for picture in sorted(pictures, key=lambda p: p.artefact_id):
        first.setdefault(picture.content, picture.artefact_id)
    return sorted(stars(((p.key, first[p.content]) for p in pictures if p.key), "platform_key"))
