"""The replica of the internet, for the length of a block, and a gathering in a process of its own that a test may kill."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEIGHBOURHOOD = ROOT.parent / "shared" / "neighbourhood"
GATHERING = """
import datetime as dt, sys
from pathlib import Path
from pipeline.people import load_person
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.crawl import gather
from pipeline.scrape.images import fetch_images
from pipeline.store import Home
home, person, origin, run_id = Home(Path(sys.argv[1])), load_person(Path(sys.argv[2])), sys.argv[3], sys.argv[4]
asked = {"connect_to": origin, "run_id": run_id, "today": person.consent.date}
if not (home.root / "gathered").exists():  # a run that is taken up again does not do anew what was done
    gather(home, person, **asked)
    parse_pages(home, person)
    (home.root / "gathered").touch()
fetch_images(home, person, **asked)
"""


class Served:
    """The replica on a free port, for as long as the block lasts. Gives its origin."""

    def __init__(self, log: Path, *options: str) -> None:
        self.command = [sys.executable, str(NEIGHBOURHOOD / "serve.py"), "--port", "0", "--log", str(log), *options]

    def __enter__(self) -> str:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self.process.stdout.readline().split()[-1]

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="session")
def neighbourhood() -> Path:
    """Where the replica is kept; without it the test is skipped, visibly."""
    if not NEIGHBOURHOOD.is_dir():
        pytest.skip(f"the replica is not here: {NEIGHBOURHOOD}")
    return NEIGHBOURHOOD


@pytest.fixture(scope="session")
def served(neighbourhood: Path) -> type[Served]:
    return Served


@pytest.fixture(scope="session")
def start_gathering():
    """Starts gathering pages, artefacts and pictures, and gives the process."""

    def start(home: Path, person: Path, origin: str, run_id: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", GATHERING, str(home), str(person), origin, run_id], cwd=ROOT, stderr=subprocess.PIPE)

    return start


@pytest.fixture(scope="session")
def asked_of():
    """The addresses in a request log, robots.txt aside."""

    def read(log: Path) -> list[str]:
        rows = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
        return [f"https://{row['host']}{row['path']}" for row in rows if row["path"] != "/robots.txt"]

    return read
