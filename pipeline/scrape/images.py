"""The pictures' bytes, once per address: brought by an import, else fetched politely; decoded to the end, measured, hashed, stripped
of metadata."""

import datetime as dt
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of
from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.scrape.client import Client
from pipeline.scrape.consent_watch import ConsentWatch
from pipeline.scrape.fetched import Ask
from pipeline.scrape.guard import Guard
from pipeline.scrape.heartbeat import Heartbeat
from pipeline.scrape.image_optouts import drop_opted_out
from pipeline.scrape.imported_pictures import take_imported
from pipeline.scrape.journal import Journal
from pipeline.scrape.later import now
from pipeline.scrape.optouts import header_opt_out
from pipeline.scrape.owner_pool import OwnerPool, worker_threads
from pipeline.scrape.picture import PictureRejected, read_picture
from pipeline.scrape.wanted_pictures import wanted_pictures
from pipeline.store import Blobs, Home
from pipeline.store.blobs import require_space

THREADS, AHEAD = 16, 6  # of one owner: four in flight, two being decoded
FLUSH_S, FLUSH_N = 2.0, 500


@dataclass(frozen=True)
class ImageSummary:
    """How many addresses were asked for, how many pictures archives had brought, and what came of all by (outcome, reason)."""

    asked: int
    imported: int
    outcomes: dict[tuple[str, str], int]


def fetch_images(
    home: Home, person: Person, *, connect_to: str | None, run_id: str, today: dt.date, retry: frozenset[str] | None = None
) -> ImageSummary:
    """Takes the pictures that a person's documents show and that are not held from their archives, and fetches the others: each
    address once, failures again. With `retry` it asks only for those that failed for one of these reasons.

    Pictures of documents or sources that opted out are not asked for, and those over a cap are rows that say so. Tables:
    images, fetches, robots. Raises ConsentError where nobody agreed (or no longer), StoreError where the warehouse cannot be used.
    """
    person.require_consent(today)
    require_space(home.root)
    journal = Journal(home, person.person, "images")
    imported = take_imported(home, person.person)
    wanted = wanted_pictures(home, person, retry)
    client = Client(home, person, run_id, Guard(connect_to), journal=journal)
    dropped = drop_opted_out(home, person.person, client)
    writer = _Writer(home, client, journal)
    for row in wanted.over:
        writer.add(_left_out(row))
    try:
        _fetch_all(home.blobs, client, journal, wanted.ask, writer, ConsentWatch(person, today))
    finally:
        if not isinstance(sys.exception(), StoreError):  # what could not be written stands in the journal
            writer.flush()
    journal.close()
    outcomes = writer.outcomes + Counter({("kept", "imported"): imported, ("rejected", "opted_out"): dropped})
    return ImageSummary(len(wanted.ask), imported, dict(outcomes))


def _fetch_all(
    blobs: Blobs, client: Client, journal: Journal, wanted: list[dict[str, Any]], writer: "_Writer", consent: ConsentWatch
) -> None:
    """Owners side by side, each at its pace."""
    person = consent.person.person
    heartbeat, title = Heartbeat(f"pictures of {person}"), f"pictures of {person}"
    with worker_threads(THREADS, client.pace.stop) as threads, tqdm(total=len(wanted), desc=title, disable=None) as bar:
        work: OwnerPool[dict[str, Any], dict[str, Any]] = OwnerPool(
            threads, THREADS, AHEAD, lambda row: now(lambda: _noted(journal, fetch_one(client, blobs, row)))
        )
        for row in wanted:
            work.add(client.pace.owner_of(host(row["image_url"])), row)
        while work:
            for done in work.finished(FLUSH_S):
                writer.add(done)
                bar.update()
            consent.check()
            heartbeat.beat(len(wanted) - len(work), len(work))


def _noted(journal: Journal, made: dict[str, Any]) -> dict[str, Any]:
    journal.note("images", made)
    return made


def fetch_one(client: Client, blobs: Blobs, row: dict[str, Any]) -> dict[str, Any]:
    """One picture's row of the table `images`, whatever comes of it. Bytes that cannot be decoded are asked for once more.

    Somebody else's picture whose host or own headers say no to training is not kept. One that also stands at hop 0 is the person's own.
    """
    ask = Ask(row["image_url"], "image", row["source_id"], row["hop"], trains=row["hop"] != 0)
    made: dict[str, Any] = {}
    for _ in range(2):
        fetched = client.get(ask)
        made = {"image_url": ask.url, "outcome": fetched.outcome, "reason": fetched.reason, "fetched_at": dt.datetime.now(dt.UTC)}
        if fetched.outcome != "kept":
            return made
        if ask.trains and header_opt_out(fetched.headers, "picture"):
            return made | {"outcome": "rejected", "reason": "opted_out"}
        try:
            return made | _kept(blobs, fetched.content)
        except PictureRejected as error:
            made |= {"outcome": "rejected", "reason": error.reason, "sha256": sha256_of(fetched.content)}
            if error.reason != "undecodable" or not client.may_repeat(ask.url):
                return made
    return made


def _left_out(row: dict[str, Any]) -> dict[str, Any]:
    return {"image_url": row["image_url"], "outcome": "refused", "reason": "limit", "fetched_at": dt.datetime.now(dt.UTC)}


def _kept(blobs: Blobs, content: bytes) -> dict[str, Any]:
    picture = read_picture(content)
    measured = {"format": picture.format, "width": picture.width, "height": picture.height, "frames": picture.frames}
    return measured | {"sha256": sha256_of(content), "blob_sha256": blobs.put(picture.content), "phash": picture.phash}


class _Writer:
    """Rows on their way to the warehouse, a batch at a time."""

    def __init__(self, home: Home, client: Client, journal: Journal) -> None:
        self._home, self._client, self._journal = home, client, journal
        self._rows: list[dict[str, Any]] = []
        self._flushed = time.monotonic()
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        self.outcomes[row["outcome"], row["reason"]] += 1
        if len(self._rows) >= FLUSH_N or time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        robots, attempts = self._client.robots.drain(), self._client.drain()
        with self._home.warehouse.transaction() as t:
            t.upsert("images", self._rows, "image_url")
            t.upsert("robots", robots, "origin")
            t.append("fetches", attempts)
        self._journal.settle(images=self._rows, robots=robots, fetches=attempts)
        self._rows, self._flushed = [], time.monotonic()
