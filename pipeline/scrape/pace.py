"""How often an owner's machines are asked: one pace across threads, processes and runs of one home.

The next free moment of each owner stands in a file under `RHIZOME_HOME/pace`; whoever wants to ask takes the moment and
moves it on, under a file lock. Wall-clock time is used, because monotonic clocks differ between processes; a moment that
lies further ahead than any pause could put it comes from a clock that was set back, and is thrown away.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from pipeline.identifiers import id_of

SLACK = 1.02  # keeps the allowance over any ten seconds in spite of jitter
MAX_CRAWL_DELAY_S = 60.0
MAX_AHEAD_S = 600.0
SUBSTACK = "substack"
SHARED = (
    "amazonaws.com",
    "cloudfront.net",
    "googleusercontent.com",
    "azureedge.net",
    "akamaized.net",
    "fastly.net",
)  # each host its own owner
SECOND_LEVEL = {"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"}  # co.uk, com.au and their like
Clock = Callable[[], float]
Sleep = Callable[[float], None]


@dataclass
class _Owner:
    """What this process knows of one owner."""

    interval: float
    state: threading.Lock = field(default_factory=threading.Lock)
    document: threading.Lock = field(default_factory=threading.Lock)
    pictures: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(4))


class Pace:
    """Grants turns. `per_second` holds for every owner; a crawl-delay can only make it slower."""

    def __init__(self, folder: Path, per_second: float, clock: Clock = time.time, sleep: Sleep = time.sleep) -> None:
        self._folder, self._interval = folder, SLACK / per_second
        self._clock, self._sleep = clock, sleep
        self._owners: dict[str, _Owner] = {}
        self._learned: dict[str, str] = {}
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def owner_of(self, host: str) -> str:
        """Who is behind a host: all of Substack is one, else the registrable name."""
        return self._learned.get(host) or owner_of(host)

    def learn_substack(self, host: str) -> None:
        """From now on `host`, a custom domain, counts as Substack's."""
        self._learned[host] = SUBSTACK

    def slow_down(self, host: str, crawl_delay: float) -> None:
        """Obeys a crawl-delay in seconds, up to a minute."""
        owner = self._owner(self.owner_of(host))
        owner.interval = max(owner.interval, min(crawl_delay, MAX_CRAWL_DELAY_S))

    def pause(self, host: str, seconds: float) -> None:
        """Nobody asks this owner for that long (a Retry-After, a backoff)."""
        name = self.owner_of(host)
        with self._shared(name) as path:
            self._write(path, max(self._read(path), self._clock() + min(seconds, MAX_AHEAD_S / 2)))

    @contextmanager
    def turn(self, host: str, picture: bool = False) -> Iterator[None]:
        """Waits for the owner's next free moment and holds a place: one document at a time, four pictures."""
        name = self.owner_of(host)
        owner = self._owner(name)
        with ExitStack() as places:
            if picture:
                places.enter_context(owner.pictures)
            else:
                places.enter_context(owner.document)
                places.enter_context(FileLock(self._path(name, "flight")))
            self._sleep(max(0.0, self._reserve(name, owner) - self._clock()))
            yield

    def _reserve(self, name: str, owner: _Owner) -> float:
        with self._shared(name) as path:
            moment = max(self._clock(), self._read(path))
            self._write(path, moment + owner.interval)
        return moment

    @contextmanager
    def _shared(self, name: str) -> Iterator[Path]:
        with self._owner(name).state, FileLock(self._path(name, "lock")):
            yield self._path(name, "next")

    def _read(self, path: Path) -> float:
        try:
            moment = float(path.read_bytes())
        except (FileNotFoundError, ValueError):
            return 0.0  # first use, or a write cut short by a power cut: either way nothing is known
        return moment if moment < self._clock() + MAX_AHEAD_S else 0.0

    def _write(self, path: Path, moment: float) -> None:
        """In place and of fixed width: cutting a file short before writing it anew costs a millisecond on ext4 (measured)."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(handle, f"{moment:020.6f}".encode(), 0)
        finally:
            os.close(handle)

    def _owner(self, name: str) -> _Owner:
        with self._lock:
            return self._owners.setdefault(name, _Owner(self._interval))

    def _path(self, name: str, suffix: str) -> Path:
        safe = name if re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,100}", name) else id_of("owner", name)
        return self._folder / f"{safe}.{suffix}"


def owner_of(host: str) -> str:
    """The owner that a host's name tells: `substack` for substack.com and below, else the registrable name (two labels, or
    three under co.uk and its like). Buckets and CDN hosts stand for themselves."""
    labels = host.lower().rstrip(".").split(".")
    name = ".".join(labels[-2:])
    if name == "substack.com":
        return SUBSTACK
    if name in SHARED or len(labels) < 3:
        return ".".join(labels)
    return ".".join(labels[-3:]) if len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else name
