"""Picture bytes that a person's archives bring: inspected like fetched ones, stripped of metadata before they touch the disk,
kept by the address they stand for, so that nobody is asked for them."""

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.identifiers import sha256_of
from pipeline.scrape.addresses import imported_address
from pipeline.scrape.picture import PictureRejected, read_picture
from pipeline.store import Blobs, Home

THREADS = 4  # decoding and syncing to the disk both leave Python's lock
LEAST_SIDE = 400  # pixels: a scaled copy whose longer side is below this does not stand in for the original
Row = dict[str, Any]
HELD = "select * from imported_pictures where person = ?"
TAKEN = """
    select b.* exclude (person, via, imported_at), 'kept' as outcome, 'imported' as reason, b.imported_at as fetched_at
    from imported_pictures b left join images i using (image_url)
    where b.person = $1 and coalesce(i.outcome, '') <> 'kept' and b.image_url in (
        select p.image_url from pictures p join pages g using (person, page_id)
        left join sources s on s.person = p.person and s.source_id = p.source_id
        where p.person = $1 and g.opted_out is null and s.opted_out is null)
    order by b.image_url"""


class PictureIntake:
    """Takes pictures in, each content once. `held`: rows of the table `imported_pictures` of this person. Not for several threads."""

    def __init__(self, blobs: Blobs, person: str, held: Iterable[Row] = ()) -> None:
        self._blobs, self._person = blobs, person
        self._at = {row["image_url"]: row for row in held}
        self._known = {row["sha256"]: row for row in self._at.values() if blobs.has(row["blob_sha256"])}
        self._dirty: dict[str, Row] = {}

    def take(self, content: bytes, via: str, url: str = "") -> str:
        """Stores a picture; gives the address under which it is kept: `url`, its own, else one made of its hash. Raises PictureRejected."""
        return self._place(self._inspect(content), via, url)

    def take_all(self, pictures: Iterable[tuple[bytes, str]], via: str) -> list[str | PictureRejected]:
        """`take` for each (bytes, address or nothing) of a batch, side by side; a picture that will not do is an exception in its place."""
        batch = list(pictures)
        with ThreadPoolExecutor(THREADS) as pool:
            inspected = list(pool.map(lambda picture: self._try(picture[0]), batch))
        return [
            row if isinstance(row, PictureRejected) else self._place(row, via, url) for row, (_, url) in zip(inspected, batch, strict=True)
        ]

    def take_copy(self, content: bytes, via: str, url: str) -> str:
        """`take` for a copy that may be scaled down, where it is large enough to stand in for the original. Raises PictureRejected."""
        row = self._inspect(content)
        if max(row["width"], row["height"]) < LEAST_SIDE:
            raise PictureRejected("too_small")
        return self._place(row, via, url)

    def drain(self) -> list[Row]:
        """Rows of the table `imported_pictures` that are new since the last call."""
        rows, self._dirty = list(self._dirty.values()), {}
        return rows

    def _try(self, content: bytes) -> Row | PictureRejected:
        try:
            return self._inspect(content)
        except PictureRejected as error:
            return error

    def _inspect(self, content: bytes) -> Row:
        sha256 = sha256_of(content)
        if sha256 in self._known:
            return self._known[sha256]
        picture = read_picture(content)
        measured = {"format": picture.format, "width": picture.width, "height": picture.height, "frames": picture.frames}
        return measured | {"sha256": sha256, "blob_sha256": self._blobs.put(picture.content), "phash": picture.phash}

    def _place(self, row: Row, via: str, url: str) -> str:
        """Of two pictures for one address the one with more pixels stays."""
        address = url or imported_address(row["sha256"])
        held = self._at.get(address)
        if held is None or held["width"] * held["height"] < row["width"] * row["height"]:
            now = dt.datetime.now(dt.UTC)
            placed = row | {"person": self._person, "image_url": address, "via": via, "imported_at": now}
            self._at[address] = self._dirty[address] = self._known[row["sha256"]] = placed
        return address


def open_intake(home: Home, person: str) -> PictureIntake:
    """The intake of a person, knowing what earlier imports brought."""
    return PictureIntake(home.blobs, person, home.warehouse.rows(HELD, person))


def take_imported(home: Home, person: str) -> int:
    """Puts the bytes that archives brought into the table `images`, for pictures that may be shown and are not held; how many."""
    with home.warehouse.transaction() as t:
        rows = t.query(TAKEN, person)
        t.upsert("images", rows, "image_url")
    return int(rows.num_rows)
