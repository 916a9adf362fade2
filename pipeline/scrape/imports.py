"""Imports: the person's own archives become pages before anything is asked of anyone."""

import logging
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.identifiers import id_of, sha256_of
from pipeline.people import Person
from pipeline.scrape.archives import ImportedArchive, bring, read_archive
from pipeline.scrape.follow import Follower
from pipeline.scrape.imported_pictures import open_intake
from pipeline.scrape.records import Document
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook
from pipeline.scrape.understand import read_stored
from pipeline.store import Home

THREADS = 8  # a blob is synced to the disk when it is written, which threads overlap
SHOWN = "select distinct image_url from pictures where person = ?"
log = logging.getLogger(__name__)


class Importer:
    """Puts the documents of a person's archives on the shelf. `taken`: new or changed; `skipped`: left out, by source and reason."""

    def __init__(self, home: Home, person: Person, shelf: Shelf, book: SourceBook, follower: Follower) -> None:
        self._home, self._person, self._shelf, self._book, self._follower = home, person, shelf, book, follower
        self.skipped: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.taken = 0
        self._pins: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._remarks: list[dict[str, Any]] = []
        self._shown = {row["image_url"] for row in home.warehouse.rows(SHOWN, person.person)}

    def run(self) -> None:
        """Reads every archive. Tables: imported_pictures, import_remarks. Raises ArchiveError where one cannot be read."""
        pictures = open_intake(self._home, self._person.person)
        for path in self._person.archive_paths():
            found = read_archive(path, self._person, pictures)
            self._archive(path, found)
            for address in found.offers.keys() & self._shown:
                bring(address, found.offers[address], found)
            with self._home.warehouse.transaction() as t:
                t.upsert("imported_pictures", pictures.drain(), "person", "image_url")
        with self._home.warehouse.transaction() as t:
            t.replace("import_remarks", self._remarks, person=self._person.person)

    def _archive(self, path: Path, found: ImportedArchive) -> None:
        for remark, n in found.remarks.items():
            log.info("%s: %s%s", path, remark, f" ({n} times)" if n > 1 else "")
            self._remarks.append({"person": self._person.person, "archive": found.name, "remark": remark, "n": n})
        for (source, reason), n in found.skipped.items():
            self.skipped[self._book.meet(source, found.hops[source], found.name)][reason] += n
        wanted = [document for document in found.documents if self._is_first(document) and not self._over_cap(document)]
        for document in wanted:
            self._book.meet(document.source, document.hop, document.via)
        fresh = [document for document in wanted if not self._is_held(document)]
        with ThreadPoolExecutor(THREADS) as pool:
            hashes = list(pool.map(lambda document: self._home.blobs.put(document.content), fresh))
        for document, sha256 in zip(fresh, hashes, strict=True):
            self._take(document, sha256)

    def _take(self, document: Document, sha256: str) -> None:
        try:
            parsed = read_stored(document.kind, document.url, document.content)
        except DocumentRejected as error:
            self.skipped[id_of("source", document.source.url)][error.reason] += 1
            return
        parsed = replace(parsed, opted_out=parsed.opted_out or document.opted_out)
        self._shown |= {picture.image_url for picture in parsed.pictures}
        if self._shelf.put(document, sha256, parsed, {}, None) and document.kind == "web_page" and document.hop > 0:
            self._book.doubt(id_of("source", document.source.url))
        self._follower.links(parsed, document.hop, document.url)
        self.taken += 1

    def _is_first(self, document: Document) -> bool:
        """Of the same document in several archives, the one named first in the person file is taken: else each run would swap them."""
        if document.url in self._seen:
            self.skipped[self._book.meet(document.source, document.hop, document.via)]["imported"] += 1
            return False
        self._seen.add(document.url)
        return True

    def _is_held(self, document: Document) -> bool:
        held = self._shelf.held(document.url)
        return held is not None and held["via"] != "crawl" and held["sha256"] == sha256_of(document.content)

    def _over_cap(self, document: Document) -> bool:
        if document.kind != "pinterest_pin":
            return False
        source_id = id_of("source", document.source.url)
        self._pins[source_id] += 1
        over = self._pins[source_id] > self._person.limits.pins_per_source
        self.skipped[source_id]["limit"] += over
        return over
