"""The completeness ledger: of every source, how many items were reported, how many came, and why the others did not."""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping

from pipeline.people import Person
from pipeline.scrape.frontier import LISTINGS, Frontier
from pipeline.scrape.ledger_claims import missing_by_claim
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.store import Home

log = logging.getLogger(__name__)


def write_ledger(
    home: Home,
    person: Person,
    frontier: Frontier,
    shelf: Shelf,
    book: SourceBook,
    left_out: Mapping[str, Mapping[str, int]],
) -> dict[str, int]:
    """Counts into `sources` and `skips`, so that reported = fetched + sum(skips) for each source; the skips by reason in all.

    What is reported is what the sources' own listings say (ledger_claims), and whatever else was asked for or brought. `left_out`:
    items of the archives that were not taken, by source and reason.
    """
    fetched, skipped = count_items(frontier, shelf)
    for told in (left_out, missing_by_claim(home.blobs, person, frontier, shelf, book)):
        for source_id, reasons in told.items():
            skipped[source_id].update(reasons)
    for source_id in book.ids():
        book.count(source_id, fetched[source_id] + sum(skipped[source_id].values()), fetched[source_id])
    rows = [
        {"person": person.person, "source_id": source_id, "reason": reason, "n": n}
        for source_id, reasons in sorted(skipped.items())
        for reason, n in sorted(reasons.items())
        if n
    ]
    with home.warehouse.transaction() as t:
        t.replace("skips", rows, person=person.person)
    total: Counter[str] = Counter()
    for row in rows:
        total[str(row["reason"])] += int(str(row["n"]))
    if total["lost"]:
        log.warning("%s: %d items that sources list were lost on the way; the ledger names the sources.", person.person, total["lost"])
    return dict(total)


def count_items(frontier: Frontier, shelf: Shelf) -> tuple[Counter[str], defaultdict[str, Counter[str]]]:
    """(documents that came, items that did not by reason), both by source. Listings are no items, unless robots.txt
    closes them; a paid post is not one that came."""
    fetched: Counter[str] = Counter()
    skipped: defaultdict[str, Counter[str]] = defaultdict(Counter)
    paid = {request.document_url for request in frontier.all() if request.reason == "paid"}
    for row in shelf.all():
        if row["kind"] not in LISTINGS and row["url"] not in paid:
            fetched[row["source_id"]] += 1
    for request in frontier.all():
        skipped[request.source_id]["limit"] += int(request.context.get("over", 0))  # sources and links beyond the caps of one document
        if request.kind in LISTINGS and request.state == "failed" and request.reason == "robots":
            skipped[request.source_id]["robots"] += 1  # what it would have listed is unknown; that it is closed is not
        left = request.state == "failed" or request.reason == "paid"
        if left and request.kind not in LISTINGS and (request.reason == "paid" or shelf.held(request.document_url) is None):
            skipped[request.source_id][request.reason] += 1
        elif request.state == "waiting" and request.kind not in LISTINGS and shelf.held(request.document_url) is None:
            skipped[request.source_id]["limit"] += 1
    return fetched, skipped
