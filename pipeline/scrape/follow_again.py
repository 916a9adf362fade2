"""Limits and hops that were raised: what earlier gatherings left out for their sake is asked for after all."""

import json
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.identifiers import id_of
from pipeline.people import Person
from pipeline.scrape.follow_links import Links
from pipeline.scrape.frontier import LISTINGS, Frontier
from pipeline.scrape.parse import parse
from pipeline.scrape.records import Parsed
from pipeline.scrape.shelf import Shelf
from pipeline.store import Home

KNOWN = "select 1 from meta where key = ? and value = ?"


def follow_again(home: Home, person: Person, frontier: Frontier, shelf: Shelf, links: Links) -> None:
    """Follows the links of all that is held, where hops or limits are others than those by which it was followed.

    A document that did not change is not read again for its links, so that what was out of reach would stay out. Listings are
    read at every gathering, and need none of this.
    """
    if home.warehouse.rows(KNOWN, _key(person), _reach(person)):
        return
    links.recount()
    for row in shelf.all():
        if row["kind"] not in LISTINGS and row["opted_out"] is None:
            over = links.follow(_read(home, row), row["hop"], row["url"])
            request = frontier.known(row["url"])
            if request is not None:
                frontier.note_over(request, over)


def remember_reach(home: Home, person: Person) -> None:
    """To be called once what follow_again added is in the warehouse."""
    with home.warehouse.transaction() as t:
        t.upsert("meta", [{"key": _key(person), "value": _reach(person)}], "key")


def _read(home: Home, row: dict[str, Any]) -> Parsed:
    try:
        return parse(row["kind"], row["url"], home.blobs.get(row["sha256"]))
    except DocumentRejected:
        return Parsed()  # by today's parser; the asset `artefacts` counts and names it


def _key(person: Person) -> str:
    return f"followed:{person.person}"


def _reach(person: Person) -> str:
    return id_of("reach", str(person.hops), json.dumps(person.limits.model_dump(), sort_keys=True))
