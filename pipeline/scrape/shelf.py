"""The pages that are held: current versions in memory, new ones on their way to the warehouse."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pipeline.identifiers import id_of
from pipeline.scrape.records import Document, Parsed
from pipeline.store import Home


class Shelf:
    """A person's current pages by document. Not for several threads."""

    def __init__(self, home: Home, person: str, run_id: str) -> None:
        self._person, self._run_id = person, run_id
        rows = home.warehouse.rows("select * from pages where person = ? and current", person)
        self._current: dict[str, dict[str, Any]] = {row["url"]: row for row in rows}
        self._dirty: dict[str, dict[str, Any]] = {}

    def held(self, url: str) -> dict[str, Any] | None:
        """The current version of a document, as its row."""
        return self._current.get(url)

    def imported(self, url: str) -> bool:
        """Whether a document came from the person's own archives; then it is not asked of anyone."""
        row = self._current.get(url)
        return row is not None and row["via"] != "crawl"

    def put(self, document: Document, sha256: str, parsed: Parsed, headers: Mapping[str, str], fetched_url: str | None) -> bool:
        """Takes a version in; False where the same bytes are held already. An import wins over a crawl."""
        held = self._current.get(document.url)
        if held is not None and held["sha256"] == sha256:
            self.seen(document.url, document.hop, headers)
            if held["via"] == "crawl" and document.via != "crawl":
                self._change(held, via=document.via)  # the person's own from now on, whatever its server does with it
            return False
        if held is not None and held["via"] != "crawl" and document.via == "crawl":
            return False
        if held is not None:
            self._change(held, current=False)
        row = self._row(document, sha256, parsed, headers, fetched_url)
        self._current[document.url] = self._dirty[row["page_id"]] = row
        return True

    def seen(self, url: str, hop: int, headers: Mapping[str, str]) -> None:
        """A document was met again: the shorter way counts, and new validators replace the old."""
        row = self._current.get(url)
        if row is None:
            return
        fresh = {"etag": headers.get("etag") or row["etag"], "last_modified": headers.get("last-modified") or row["last_modified"]}
        fresh["hop"] = min(row["hop"], hop)
        if any(row[name] != value for name, value in fresh.items()):
            self._change(row, **fresh)

    def opt_out(self, url: str, why: str) -> None:
        """From now on the document may not train."""
        row = self._current.get(url)
        if row is not None and row["opted_out"] != why:
            self._change(row, opted_out=why)

    def gone(self, url: str) -> None:
        """A document that its server no longer has: it stays as history, and is not used. What was imported does not go."""
        row = self._current.get(url)
        if row is not None and row["via"] == "crawl":
            self._change(row, current=False)
            del self._current[url]

    def assign(self, url: str, source_id: str) -> None:
        """A document turns out to be another source's; that source's word on training holds for it from now on."""
        row = self._current.get(url)
        if row is not None and row["source_id"] != source_id:
            self._change(row, source_id=source_id)

    def all(self) -> list[dict[str, Any]]:
        """The current versions."""
        return list(self._current.values())

    def drain(self) -> list[dict[str, Any]]:
        """Rows of the table `pages` that are new or changed since the last call, as they are now."""
        rows, self._dirty = [dict(row) for row in self._dirty.values()], {}
        return rows

    def _change(self, row: dict[str, Any], **fields: object) -> None:
        row.update(fields)
        self._dirty[row["page_id"]] = row

    def _row(self, document: Document, sha256: str, parsed: Parsed, headers: Mapping[str, str], fetched_url: str | None) -> dict[str, Any]:
        return {
            "person": self._person,
            "page_id": id_of("page", document.url, sha256),
            "document_id": id_of("document", document.url),
            "url": document.url,
            "source_id": id_of("source", document.source.url),
            "hop": document.hop,
            "kind": document.kind,
            "via": document.via,
            "sha256": sha256,
            "content_type": document.content_type,
            "etag": headers.get("etag"),
            "last_modified": headers.get("last-modified"),
            "fetched_at": dt.datetime.now(dt.UTC),
            "run_id": self._run_id,
            "current": True,
            "title": parsed.title,
            "section": parsed.section,
            "audience": parsed.audience,
            "opted_out": parsed.opted_out,
            "published_at": parsed.published_at,
            "fetched_url": fetched_url,
        }
