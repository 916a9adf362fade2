"""The sources met so far: publications, boards, accounts, sites."""

from collections import defaultdict
from typing import Any

from pipeline.identifiers import id_of
from pipeline.scrape.records import Source
from pipeline.store import Home

UNKNOWN = "opt_out_unknown"


class SourceBook:
    """A person's sources by id; the smallest hop counts, and what is learned later fills what was empty."""

    def __init__(self, home: Home, person: str) -> None:
        self._person = person
        self._rows: dict[str, dict[str, Any]] = {
            row["source_id"]: row for row in home.warehouse.rows("select * from sources where person = ?", person)
        }
        self._dirty: set[str] = set()
        self._by_handle: dict[str, str] = {}  # publications' addresses
        for row in self._rows.values():
            self._note_handle(row)

    def meet(self, source: Source, hop: int, found_via: str) -> str:
        """Notes a source and returns its id. A publication of somebody else counts as opted out until its settings are known."""
        source_id = id_of("source", source.url)
        row = self._rows.get(source_id)
        if row is None:
            unknown = UNKNOWN if source.kind == "publication" and hop > 0 else None
            row = {"person": self._person, "source_id": source_id, "platform": source.platform, "kind": source.kind, "url": source.url}
            row |= {"hop": hop, "found_via": found_via, "opted_out": unknown, "handle": "", "title": ""}
            self._rows[source_id] = row
            self._dirty.add(source_id)
        fresh = {"hop": min(row["hop"], hop), "handle": row["handle"] or source.handle, "title": row["title"] or source.title}
        if fresh["hop"] == 0 and row["opted_out"] == UNKNOWN:
            fresh["opted_out"] = None
        self._update(row, fresh)
        self._note_handle(row)
        return source_id

    def settle(self, source_id: str, opted_out: str | None) -> None:
        """The source's word on training is known: why it is closed, or None."""
        self._update(self._rows[source_id], {"opted_out": opted_out})

    def doubt(self, source_id: str) -> None:
        """Something came of a source that was not asked about training: unless its no is known, it counts as opted out until it is."""
        if self.opted_out(source_id) is None:
            self.settle(source_id, UNKNOWN)

    def opted_out(self, source_id: str) -> str | None:
        """Why a source may not train, or None."""
        row = self._rows.get(source_id)
        return None if row is None else row["opted_out"]

    def hop(self, source_id: str) -> int:
        """How many links away a source is."""
        return int(self._rows[source_id]["hop"])

    def knows(self, url: str) -> bool:
        """Whether a source was met."""
        return id_of("source", url) in self._rows

    def is_publication(self, url: str) -> bool:
        """Whether a base address is a publication that is known."""
        row = self._rows.get(id_of("source", url))
        return row is not None and row["kind"] == "publication"

    def publication_at(self, base: str) -> str | None:
        """The known publication behind a base address, its own or the one it has at substack.com beside a custom domain."""
        if self.is_publication(base):
            return base
        handle = base.removeprefix("https://").removesuffix(".substack.com")
        return self._by_handle.get(handle)

    def walked(self, source_id: str) -> int | None:
        """How many posts of its archive the last complete walk went over; None where there was none, or where one was cut short."""
        walked = self._rows[source_id].get("walked")
        return None if walked is None else int(walked)

    def walk(self, source_id: str, posts: int | None) -> None:
        """A walk of the archive began (None), or ended after so many posts."""
        self._update(self._rows[source_id], {"walked": posts})

    def remark(self, source_id: str, *remarks: str) -> None:
        """Notes what a source's listings said that its counts do not show; each once."""
        known = (self._rows[source_id].get("remarks") or "").split("; ")
        self._update(self._rows[source_id], {"remarks": "; ".join(sorted({*known, *remarks} - {""})) or None})

    def ids_by_handle(self) -> defaultdict[str, set[str]]:
        """Publications by their name at substack.com: two ids where one moved to a domain of its own."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for source_id, row in self._rows.items():
            if row["kind"] == "publication" and row["handle"]:
                found[row["handle"]].add(source_id)
        return found

    def count(self, source_id: str, reported: int, fetched: int) -> None:
        """The ledger's figures for a source."""
        self._update(self._rows[source_id], {"reported": reported, "fetched": fetched})

    def ids(self) -> list[str]:
        """All sources."""
        return list(self._rows)

    def drain(self) -> list[dict[str, Any]]:
        """Rows of the table `sources` that changed since the last call, as they are now."""
        rows = [dict(self._rows[source_id]) for source_id in sorted(self._dirty)]
        self._dirty.clear()
        return rows

    def _note_handle(self, row: dict[str, Any]) -> None:
        if row["kind"] == "publication" and row["handle"]:
            self._by_handle.setdefault(row["handle"], row["url"])

    def _update(self, row: dict[str, Any], fields: dict[str, Any]) -> None:
        if any(row.get(name) != value for name, value in fields.items()):
            row.update(fields)
            self._dirty.add(row["source_id"])
