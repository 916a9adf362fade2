"""How a publication's archive is walked: newest first, to its end, to the cap, or to the first post that a completed walk told of.

That a walk was completed stands in `sources.walked`, and is taken back while the next one is under way: a walk that was killed,
or that lost a page, does not stop early the next time. Edits of old posts do not show in an archive: each post is asked for again
after six days (frontier.REVISIT), with a conditional request. A post that the archive no longer lists, where this walk went over
its place, is asked for at once, and its own answer decides: 404 and 410 make it gone (Shelf.gone), an archive alone does not,
since pages and hidden posts never stand in one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.scrape.frontier import Frontier
from pipeline.scrape.records import ListedPost
from pipeline.scrape.shelf import Shelf
from pipeline.scrape.sourcebook import SourceBook

WHOLE = 2**31 - 1  # a walk that came to an archive's end covers any cap
ALWAYS = datetime.min.replace(tzinfo=UTC)
UNDATED = ALWAYS + timedelta(1)  # only a walk of the whole archive went over the place of a post without a date


class ArchiveWalks:
    """The walks of one gathering, by source."""

    def __init__(self, frontier: Frontier, shelf: Shelf, book: SourceBook, cap: int) -> None:
        self._frontier, self._shelf, self._book, self._cap = frontier, shelf, book, cap
        self._seen: dict[str, dict[str, datetime | None]] = {}  # posts told of since the first page was read
        self._was_complete: set[str] = set()

    def after(self, source_id: str, listed: Sequence[ListedPost], offset: int, rows: int) -> int | None:
        """Where the next page begins, or None at the walk's end. To be asked before the page's posts are added.

        `rows`: the entries of the page, those that could not be read included.
        """
        if offset == 0:
            self._begin(source_id)
        fresh = [post for post in listed if post.url not in self._seen.get(source_id, {})]
        known = source_id in self._was_complete and any(self._told_before(post) for post in listed)
        self._seen.get(source_id, {}).update((post.url, post.published_at) for post in listed)
        following = offset + max(rows, len(listed))
        if not listed and not rows:
            self._end(source_id, WHOLE, "", since=ALWAYS)
        elif not fresh:
            self._end(source_id, WHOLE, "its archive repeats itself")
        elif following >= self._cap:
            self._end(source_id, self._cap, f"posts beyond the cap of {self._cap} are not asked for")
        elif known:
            self._end(source_id, self._book.walked(source_id) or WHOLE)
        else:
            return following
        return None

    def _begin(self, source_id: str) -> None:
        self._seen[source_id] = {}
        if (self._book.walked(source_id) or 0) >= self._cap:
            self._was_complete.add(source_id)

    def _told_before(self, post: ListedPost) -> bool:
        known = self._frontier.known(post.url)
        return self._shelf.imported(post.url) or (known is not None and "listed" in known.context)

    def _end(self, source_id: str, walked: int, remark: str = "", since: datetime | None = None) -> None:
        self._book.walk(source_id, walked)
        self._book.remark(source_id, remark)
        if (seen := self._seen.get(source_id)) is not None:
            self._ask_unlisted(source_id, seen, since or _oldest(seen))

    def _ask_unlisted(self, source_id: str, seen: dict[str, datetime | None], since: datetime) -> None:
        for request in list(self._frontier.of_source(source_id)):
            held = self._shelf.held(request.document_url)
            listed = request.state == "done" and "listed" in request.context and "paid" not in request.context
            if listed and held is not None and request.document_url not in seen and (held["published_at"] or UNDATED) > since:
                self._frontier.add(request, again=True)


def _oldest(seen: dict[str, datetime | None]) -> datetime:
    return min((moment for moment in seen.values() if moment is not None), default=ALWAYS)
