"""What an import gives: documents, and an account of everything that did not become one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.scrape.imported_pictures import PictureIntake
from pipeline.scrape.outcomes import Reason
from pipeline.scrape.records import Document, Source


@dataclass
class ImportedArchive:
    """The documents of one archive, already redacted, and the bytes of its pictures. Per source: reported = documents + sum of skipped."""

    name: str
    pictures: PictureIntake
    documents: list[Document] = field(default_factory=list)
    reported: Counter[Source] = field(default_factory=Counter)  # items that the archive holds; a board itself is none
    skipped: Counter[tuple[Source, Reason]] = field(default_factory=Counter)
    hops: dict[Source, int] = field(default_factory=dict)  # how far from the person each source of an item is
    remarks: Counter[str] = field(default_factory=Counter)
    offers: dict[str, list[Callable[[], bytes]]] = field(default_factory=dict)  # recorded pictures that no document of this archive shows
    _urls: set[str] = field(default_factory=set)

    def skip(self, source: Source, reason: Reason, hop: int = 0) -> None:
        """Counts an item of a source that becomes no document."""
        self._count(source, hop)
        self.skipped[source, reason] += 1

    def keep(self, document: Document) -> None:
        """Takes an item of a source as a document."""
        self._count(document.source, document.hop)
        self.keep_board(document)

    def keep_board(self, document: Document) -> None:
        """Takes a document that is no item itself."""
        self.documents.append(document)
        self._urls.add(document.url)

    def holds(self, url: str) -> bool:
        """Whether a document was taken."""
        return url in self._urls

    def remark(self, what: str) -> None:
        """Notes what was not understood."""
        self.remarks[what] += 1

    def _count(self, source: Source, hop: int) -> None:
        self.reported[source] += 1
        self.hops[source] = min(hop, self.hops.get(source, hop))
