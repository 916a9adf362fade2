"""What an import gives: documents, and an account of everything that did not become one."""

from collections import Counter
from dataclasses import dataclass, field

from pipeline.scrape.outcomes import Reason
from pipeline.scrape.records import Document, Source


@dataclass
class ImportedArchive:
    """The documents of one archive, already redacted. Per source: reported = documents + sum of skipped."""

    name: str
    documents: list[Document] = field(default_factory=list)
    reported: Counter[Source] = field(default_factory=Counter)  # items that the archive holds; a board itself is none
    skipped: Counter[tuple[Source, Reason]] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def skip(self, source: Source, reason: Reason) -> None:
        """Counts an item of a source that becomes no document."""
        self.reported[source] += 1
        self.skipped[source, reason] += 1

    def keep(self, document: Document) -> None:
        """Takes an item of a source as a document."""
        self.reported[document.source] += 1
        self.documents.append(document)
