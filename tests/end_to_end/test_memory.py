"""Twenty times as many pages are gathered and read in little more memory than a thousand."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 1_000, 20_000  # articles
# Measured: 219 and 384 MB, and 35 in each of two processes beside. What grows are the requests and pages of the person, held by
# address, and the links.
MOST_MB, GROWTH = 500, 2.0
PERSON = """
person: ada
consent: {granted_by: ada, date: 2026-01-01, expires: 2127-01-01, scope: a test of memory}
handles: {publications: [many.substack.com]}
limits:
  {posts_per_source: 100000, pages_per_host: 100000, requests_per_run: 1000000, requests_per_day: 1000000, megabytes_per_run: 100000,
   requests_per_second: 100000}
contact: https://rhizome.example/contact
"""
# What the kernel says of children, and of a process in `getrusage`, holds what their parent held when it started them.
GATHERING = """
import sys
from pathlib import Path
from pipeline.people import load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.store import Home
home, person = Home(Path(sys.argv[1])), load_person(Path(sys.argv[2]))
def peak():
    (row,) = [row for row in open("/proc/self/status") if row.startswith("VmHWM")]
    return int(row.split()[1]) // 1024
gather(home, person, connect_to=sys.argv[3], run_id="only", today=person.consent.date)
print(peak())
parse_pages(home, person)
print(peak())
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def peak(tmp_path):
    """Gathers and reads so many articles in a process of its own, and gives the most megabytes that it held."""
    (tmp_path / "ada.yaml").write_text(PERSON)

    def measured(articles: int) -> int:
        home = tmp_path / str(articles)
        with subprocess.Popen(
            [sys.executable, ROOT / "tests/many_hosts.py", str(articles)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            origin = server.stdout.readline().strip()
            command = [sys.executable, "-c", GATHERING, home, tmp_path / "ada.yaml", origin]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            server.stdin.close()
        assert done.returncode == 0, done.stderr[-3000:]
        (row,) = Home(home).warehouse.rows("select count(*) as n from parsings where reason = ''")
        assert row["n"] >= articles
        gathered, read = map(int, done.stdout.split())
        print(f"\n{row['n']} pages: at most {gathered} MB while gathering, {read} MB with reading")
        return read

    return measured


def test_memory_stays_flat_from_a_thousand_pages_to_twenty_thousand(peak):
    few, many = peak(FEW), peak(MANY)
    assert max(few, many) < MOST_MB
    assert many < GROWTH * few
