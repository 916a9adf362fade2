"""How often an owner's machines are asked: one pace across threads, processes and runs of one home.

The next free moment of each owner stands in a file under `RHIZOME_HOME/pace`; whoever wants to ask takes the moment and
moves it on, under a file lock. Wall-clock time is used, because monotonic clocks differ between processes; beside each moment
stands when it was written, so that a clock that was set back since then moves the moment back with it.
"""

import fcntl
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from pipeline.identifiers import id_of

SLACK = 1.02  # keeps the allowance over any ten seconds in spite of jitter
LATE_S = 0.001  # what a turn may be late by at any pace: at one that counts the slack is more
MAX_CRAWL_DELAY_S = 60.0
MAX_PAUSE_S = 300.0
MAX_REST_S = 6 * 3600.0
LOOK_S = 1.0  # between two looks at whether an owner wants to rest
POLL_S = 0.02  # between two looks at what another process holds: whoever waits in the kernel hears of no stop
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
HOST = re.compile(r"[a-z0-9.-]{1,253}")
Clock = Callable[[], float]
Sleep = Callable[[float], None]


class Stopped(Exception):
    """The gathering ends now: whoever waited for a turn has none."""


@dataclass
class _Owner:
    """What this process knows of one owner."""

    interval: float
    state: threading.Lock = field(default_factory=threading.Lock)
    document: threading.Lock = field(default_factory=threading.Lock)
    pictures: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(4))


class Pace:
    """Grants turns. `per_second` holds for every owner; a crawl-delay can only make it slower."""

    def __init__(self, folder: Path, per_second: float, clock: Clock = time.time, sleep: Sleep | None = None) -> None:
        self._folder, self._interval = folder, SLACK / per_second
        self.stopped = threading.Event()
        self._clock, self._sleep = clock, sleep or self._sleep_unless_stopped
        self._owners: dict[str, _Owner] = {}
        self._rests: dict[str, tuple[float, float]] = {}  # by name: when its file was looked at, and until when it rests
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._learned_file = folder / "substack.hosts"
        self._learned = set(self._learned_file.read_text().split()) if self._learned_file.exists() else set()

    def owner_of(self, host: str) -> str:
        """Who is behind a host: all of Substack is one, else the registrable name."""
        return SUBSTACK if host in self._learned else owner_of(host)

    def learn_substack(self, host: str) -> None:
        """From now on, in later runs too, `host`, a custom domain, counts as Substack's."""
        with self._lock:
            if self.owner_of(host) == SUBSTACK or not HOST.fullmatch(host):
                return
            self._learned.add(host)
            with self._learned_file.open("a") as hosts:
                hosts.write(f"{host}\n")

    def slow_down(self, host: str, crawl_delay: float) -> None:
        """Obeys a crawl-delay in seconds, up to a minute."""
        owner = self._owner(self.owner_of(host))
        owner.interval = max(owner.interval, min(crawl_delay, MAX_CRAWL_DELAY_S))

    def stop(self) -> None:
        """From now on nobody gets a turn: all who wait for one, or come for one, raise Stopped."""
        self.stopped.set()

    def pause(self, host: str, seconds: float) -> None:
        """Nobody asks this owner for that long (a Retry-After, a backoff)."""
        name = self.owner_of(host)
        with self._shared(name) as file:
            self._write(file, max(self._read(file), self._clock() + min(seconds, MAX_PAUSE_S)))

    def rest(self, host: str, seconds: float) -> None:
        """Nobody asks this host's registrable name for that long, in later runs neither (a long Retry-After).

        Not the whole of Substack at a custom domain's word: any site may say that it is one.
        """
        with _locked(self._path(owner_of(host), "rest")) as file:
            self._write(file, max(self._read(file), self._clock() + min(seconds, MAX_REST_S)))
        self._rests.pop(owner_of(host), None)

    def resting(self, host: str) -> float:
        """Seconds for which a host wants to be left alone, zero where it does not. What another process was told counts a second later."""
        name, now = owner_of(host), self._clock()
        looked, until = self._rests.get(name, (-math.inf, 0.0))
        if not 0 <= now - looked < LOOK_S:
            until = self._rest(self._path(name, "rest"))
            self._rests[name] = now, until
        return max(0.0, until - now)

    def _rest(self, path: str) -> float:
        if not os.path.exists(path):
            return 0.0
        with _locked(path) as file:
            return self._read(file)

    @contextmanager
    def turn(self, host: str, picture: bool = False) -> Iterator[None]:
        """Waits for the owner's next free moment and holds a place: one document at a time, four pictures. Raises Stopped."""
        name = self.owner_of(host)
        owner = self._owner(name)
        with ExitStack() as places:
            if picture:
                places.enter_context(owner.pictures)
            else:
                places.enter_context(owner.document)
                places.enter_context(_locked(self._path(name, "flight"), self._sleep_unless_stopped))
            moment = self._reserve(name, owner)
            self._sleep(max(0.0, moment - self._clock()))
            if not picture and self._clock() - moment > max(owner.interval * (SLACK - 1), LATE_S):
                with self._shared(name) as file:  # slept too long: the next is an interval from now, not from when this was due
                    self._write(file, max(self._read(file), self._clock() + owner.interval))
            yield

    def _reserve(self, name: str, owner: _Owner) -> float:
        with self._shared(name) as file:
            moment = max(self._clock(), self._read(file))
            self._write(file, moment + owner.interval)
        return moment

    @contextmanager
    def _shared(self, name: str) -> Iterator[int]:
        with self._owner(name).state, _locked(self._path(name, "next")) as file:
            yield file

    def _sleep_unless_stopped(self, seconds: float) -> None:
        if self.stopped.is_set() or (seconds > 0 and self.stopped.wait(seconds)):  # a wait of nothing takes a lock
            raise Stopped

    def _read(self, file: int) -> float:
        """The moment, moved back with a clock that was set back; never further ahead than anybody may ask us to rest."""
        try:
            moment, written = map(float, os.pread(file, 64, 0).split())
        except ValueError:
            return 0.0  # first use, or a write cut short by a power cut: either way nothing is known
        now = self._clock()
        return min(moment - max(0.0, written - now), now + MAX_REST_S)

    def _write(self, file: int, moment: float) -> None:
        """In place and of fixed width: cutting a file short before writing it anew costs a millisecond on ext4 (measured)."""
        os.pwrite(file, f"{moment:020.6f} {self._clock():020.6f}".encode(), 0)

    def _owner(self, name: str) -> _Owner:
        known = self._owners.get(name)
        if known is not None:
            return known
        with self._lock:
            return self._owners.setdefault(name, _Owner(self._interval))

    def _path(self, name: str, suffix: str) -> str:
        return f"{self._folder}/{_file_name(name)}.{suffix}"


@cache
def _file_name(owner: str) -> str:
    return owner if re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,100}", owner) else id_of("owner", owner)


@contextmanager
def _locked(path: str, sleep: Sleep | None = None) -> Iterator[int]:
    """An open file that no other process holds meanwhile. Bare, for every request needs two: `filelock` takes 100 us for one, this 3.

    What is held only for a moment is waited for in the kernel; with `sleep` that is how a longer wait passes.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _locks(file, wait=sleep is None):
            assert sleep is not None
            sleep(POLL_S)
        yield file
    finally:
        os.close(file)


def _locks(file: int, wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@lru_cache(maxsize=4096)  # one request asks for it eight times
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
