"""Twenty times as many pages are gathered and read in the memory of a thousand: the replica, scaled."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.store import Home

FEW, MANY = 6, 120  # times the replica's posts: a thousand pages, twenty thousand
MOST_MB = 500
PERSON = """
person: maker
consent: {granted_by: maker, date: 2026-11-01, expires: 2027-11-01, scope: a test of memory}
handles: {substack: maker, publications: [maker.substack.com]}
limits:
  {posts_per_source: 100000, pages_per_host: 100000, requests_per_run: 1000000, requests_per_day: 1000000, megabytes_per_run: 1000000,
   requests_per_second: 100000}
contact: https://rhizome.example/contact
"""
GATHERING = """
import datetime as dt, resource, sys
from pathlib import Path
from pipeline.people import load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.store import Home
home, person = Home(Path(sys.argv[1])), load_person(Path(sys.argv[2]))
gather(home, person, connect_to=sys.argv[3], run_id="only", today=person.consent.date)
parse_pages(home, person)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def peak(tmp_path, served):
    """Gathers and reads the replica at a scale: (pages, the most megabytes that the process held)."""

    def measured(scale: int) -> tuple[int, int]:
        folder = tmp_path / str(scale)
        folder.mkdir()
        (folder / "maker.yaml").write_text(PERSON)
        with served(folder / "log", "--scale", str(scale)) as origin:
            command = [sys.executable, "-c", GATHERING, str(folder / "home"), str(folder / "maker.yaml"), origin]
            done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        (row,) = Home(Path(folder / "home")).warehouse.rows("select count(*)::int as n from pages where current")
        return row["n"], int(done.stdout)

    return measured


def test_memory_stays_flat_from_a_thousand_pages_to_twenty_thousand(peak):
    (few, at_first), (many, at_last) = peak(FEW), peak(MANY)
    print(f"\n{at_first} MB for {few} pages, {at_last} MB for {many}")
    assert 1_000 <= few <= 2_000
    assert many >= 20_000
    assert max(at_first, at_last) < MOST_MB
