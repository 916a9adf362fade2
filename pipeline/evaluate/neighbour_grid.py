"""Held-out passages with their nearest pictures, before and after, as small pictures that stand in the page itself."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from pipeline.errors import StoreError
from pipeline.evaluate.results import EvaluationResults, Example, Neighbour
from pipeline.evaluate.wording import count, number
from pipeline.store import Home
from pipeline.untrusted import shown, thumbnail, web_address

MOST_EXAMPLES = 8
NEAREST = 5
PASSAGE_LENGTH = 420


def neighbour_grid(home: Home, results: EvaluationResults) -> list[dict[str, Any]]:
    """The examples as the template shows them; a picture whose bytes are gone or unreadable is named so in its place."""
    examples = results.neighbours[:MOST_EXAMPLES]
    alts = _alts(home, results.person, {picture.artefact_id for example in examples for picture in _pictures(example)})
    return [_example(home, example, place, alts) for place, example in enumerate(examples, 1)]


def _example(home: Home, example: Example, place: int, alts: dict[str, str]) -> dict[str, Any]:
    address = web_address(example.url)
    return {
        "title": f"Held-out passage {place}",
        "address": address,
        "host": shown(urlsplit(address).hostname or "", 60) if address else None,
        "text": shown(example.text, PASSAGE_LENGTH),
        "sides": [
            _side(home, "What belongs to it", example.positives, alts, _belonging(example)),
            _side(home, "Before: raw encoder", example.before, alts, _found(example.before)),
            _side(home, "After: adapter", example.after, alts, _found(example.after)),
        ],
    }


def _side(home: Home, title: str, pictures: Sequence[Neighbour], alts: dict[str, str], found: str) -> dict[str, Any]:
    return {"title": title, "found": found, "pictures": [_picture(home, p, rank, alts) for rank, p in enumerate(pictures[:NEAREST], 1)]}


def _picture(home: Home, picture: Neighbour, rank: int, alts: dict[str, str]) -> dict[str, Any]:
    said = shown(alts.get(picture.artefact_id, ""), 100)
    belongs = "belongs to the passage" if picture.relevant else "does not belong to the passage"
    data = _thumbnail(home, picture.blob_sha256)
    return {
        "data": Markup(data) if data else None,  # noqa: S704 - base64 of a JPEG made here
        "alt": f"Picture {rank}, {belongs}" + (f": {said}" if said else ""),
        "true": picture.relevant,
        "similarity": number(picture.similarity, 2),
    }


def _thumbnail(home: Home, blob_sha256: str) -> str | None:
    try:
        return thumbnail(home.blobs.get(blob_sha256))
    except StoreError:
        return None  # the page says "not readable" in its place: one lost picture must not cost the report


def _found(pictures: Sequence[Neighbour]) -> str:
    nearest = pictures[:NEAREST]
    return f"{sum(picture.relevant for picture in nearest)} of {len(nearest)} true"


def _belonging(example: Example) -> str:
    total, there = len(example.positives), min(NEAREST, len(example.positives))
    return count(total, "picture") + (f", {there} of them here" if there < total else "")


def _pictures(example: Example) -> Iterable[Neighbour]:
    return (*example.before, *example.after, *example.positives)


def _alts(home: Home, person: str, artefact_ids: set[str]) -> dict[str, str]:
    """What the pages themselves say of these pictures, by artefact."""
    rows = home.warehouse.rows(
        "select artefact_id, coalesce(nullif(alt, ''), caption, '') as said from pictures "
        "where person = ? and artefact_id in (select unnest(?::text[]))",
        person,
        sorted(artefact_ids),
    )
    return {row["artefact_id"]: row["said"] for row in rows}
