"""Gathering: fetch, parse and store together, beside a sequential requests.Session and Scrapy. Prints ratios, asserts nothing.

A gathering redacts a page, stores its bytes and takes from it what leads on; the sequential row does the same. Passages come after it,
by `parse_pages`. Scrapy's spiders store them at once, and so stand beside both together too.

A made-up neighbourhood in a process of its own answers after 20 ms: a publication whose posts link to articles on 64 hosts.
"""

import contextlib
import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from loopback import article_url, host_of

from pipeline.people import Person, load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import THREADS, gather
from pipeline.scrape.images import fetch_images
from pipeline.scrape.understand import Received, store
from pipeline.store import Home

HERE = Path(__file__).resolve().parent
ARTICLES, LATENCY_MS = 6000, 20
SAMPLE = 400  # articles of the sequential rows
PERSON = """
person: bench
consent: {granted_by: nobody, date: 2026-01-01, expires: 2127-01-01, scope: a benchmark on the loopback}
handles: {publications: [bench.substack.com]}
limits: {requests_per_second: 100000, posts_per_source: 100000, pages_per_host: 100000, requests_per_run: 1000000}
contact: https://rhizome.example/contact
"""


@contextlib.contextmanager
def neighbourhood() -> Iterator[int]:
    """The port of the made-up neighbourhood."""
    command = [sys.executable, str(HERE / "loopback.py"), str(ARTICLES), str(LATENCY_MS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


def per_second(count: int, work: Callable[[], object]) -> float:
    """How many of `count` things a second some work does."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def sequential(port: int, home: Home, whole: bool) -> None:
    """One article after the other with requests; `whole`: redacted, outlined and stored as a gathering does it."""
    rows = []
    with requests.Session() as session:
        for number in range(SAMPLE):
            body = session.get(f"http://127.0.0.1:{port}/articles/{number}", headers={"Host": host_of(number)}).content
            if whole:
                sha256, outline = store(Received("web_page", article_url(number), body, False, None, "utf-8"), home.blobs)
                rows.append({"person": "bench", "page_id": str(number), "title": outline.title, "sha256": sha256})
    with home.warehouse.transaction() as t:
        t.append("pages", rows)


def scrapy(port: int, folder: Path, how: str) -> float:
    """Articles a second of a spider with a storing pipeline at our concurrency, without the start of Python."""
    folder.mkdir()
    command = [sys.executable, str(HERE / "scrapy_peer.py"), str(port), str(THREADS), str(folder), how]
    seconds, done = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(done) / float(seconds)


def ours(port: int, home: Home, person: Person, run_id: str) -> Callable[[], object]:
    """A gathering."""
    return lambda: gather(home, person, connect_to=f"http://127.0.0.1:{port}", run_id=run_id, today=dt.date(2026, 6, 1))


def bytes_of(home: Home, run_id: str) -> int:
    """What a run transferred."""
    return int(home.warehouse.rows("select coalesce(sum(bytes), 0)::bigint as n from fetches where run_id = ?", run_id)[0]["n"])


def main() -> None:
    """Runs everything, one after the other."""
    with tempfile.TemporaryDirectory() as name, neighbourhood() as port:
        folder = Path(name)
        (folder / "bench.yaml").write_text(PERSON)
        person, home = load_person(folder / "bench.yaml"), Home(folder / "home")
        origin, today = f"http://127.0.0.1:{port}", dt.date(2026, 6, 1)
        mine = per_second(ARTICLES, ours(port, home, person, "first"))
        peers = {
            "requests, sequential, fetch only": per_second(SAMPLE, lambda: sequential(port, Home(folder / "a"), whole=False)),
            "requests, sequential, same work": per_second(SAMPLE, lambda: sequential(port, Home(folder / "b"), whole=True)),
            "Scrapy, its own selectors": scrapy(port, folder / "native", "native"),
            "Scrapy, our redaction and parser": scrapy(port, folder / "same", "same"),
        }
        print(
            f"gather {ARTICLES} articles, {THREADS} at once, {LATENCY_MS} ms latency (bound {THREADS * 1000 // LATENCY_MS}/s): {mine:.0f}/s"
        )
        for peer, speed in peers.items():
            print(f"  {peer:34s} {speed:6.0f}/s   ratio {mine / speed:5.1f}")
        read, read_again = (1 / per_second(1, lambda: parse_pages(home, person)) for _ in range(2))
        both = ARTICLES / (ARTICLES / mine + read)
        shown = per_second(ARTICLES, lambda: fetch_images(home, person, connect_to=origin, run_id="first", today=today))
        print(f"then passages, pictures and links of all pages to the warehouse: {read:.1f} s, when nothing is new {read_again:.2f} s")
        print(f"  both together {both:.0f}/s, ratio to Scrapy, its own selectors {both / peers['Scrapy, its own selectors']:.1f}")
        print(f"pictures {shown:.0f}/s")
        with home.warehouse.transaction() as t:
            t.execute("update frontier set retry_at = now() - interval 1 hour where state = 'done' and retry_at is not null")
        again = per_second(ARTICLES, ours(port, home, person, "second"))
        third = per_second(ARTICLES, ours(port, home, person, "third"))
        share = bytes_of(home, "second") / bytes_of(home, "first")
        print(f"every document asked again, nothing changed: time {mine / again:.2f}, bytes {share:.3f} of the first")
        print(f"the next gathering, nothing due: time {mine / third:.3f} of the first")


if __name__ == "__main__":
    main()
