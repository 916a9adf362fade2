"""A run that is cancelled ends within seconds, whatever it waits for, and the next one goes on from there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.store import Home
from tests.scrape.conftest import PERSON, article, post, publish, served_site

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 10.0  # THREATS, section 3
PICTURE = "https://slow.example/picture.png"


@pytest.fixture
def site():
    """A publication with a post whose picture, and with a link whose page, the server will have in half a minute."""
    with served_site() as site:
        link = '<p>Some words <a href="https://slow.example/page">there</a>.</p>'
        publish(site, "ada", 10, [post(100, "mine", "ada", f'{link}<img src="{PICTURE}">')])
        site.rules["slow.example/page"] = site.rules["slow.example/picture.png"] = (503, {"Retry-After": "25"}, b"")
        yield site


@pytest.fixture
def start(tmp_path, site):
    """Starts the real command."""
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "ada.yaml").write_text(
        PERSON.format(hops=1, limits="").replace("2026-01-01", "2020-01-01").replace("2027", "2999")
    )
    where = {"RHIZOME_HOME": str(tmp_path / "home"), "RHIZOME_PEOPLE": str(tmp_path / "people"), "RHIZOME_CONNECT_TO": site.origin}
    command = [sys.executable, "-m", "assets.command_line", "run", "ada", "--job", "refresh"]

    def run():
        return subprocess.Popen(command, env=os.environ | where, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return run


def until_asked(site, address, process):
    while address not in site.asked():
        assert process.poll() is None, process.communicate()[0][-3000:]
        time.sleep(0.05)
    time.sleep(0.5)  # it sleeps now


@pytest.mark.parametrize("address", ["slow.example/page", "slow.example/picture.png"])
def test_a_run_told_to_end_ends_within_ten_seconds_and_loses_nothing(tmp_path, site, start, address):
    if "picture" in address:
        site.page("slow.example/page", article("A page"))
    process = start()
    until_asked(site, address, process)
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=60)[0]
    assert time.monotonic() - told < PATIENCE_S, output[-3000:]
    assert process.returncode != 0
    home = Home(tmp_path / "home")
    assert home.warehouse.rows("select url from pages where kind = 'substack_post'") == [{"url": "https://ada.substack.com/p/mine"}]
    asked = "select url from fetches where url like '%slow.example/p%' and status = 503"
    assert [row["url"] for row in home.warehouse.rows(asked)] == [f"https://{address}"]
