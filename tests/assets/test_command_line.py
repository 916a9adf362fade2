"""The command `rhizome` as a user types it: what it prints, and what it exits with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.store import Home

ROOT = Path(__file__).resolve().parents[2]


def rhizome(folder, *arguments, **environment):
    settings = {"RHIZOME_HOME": str(folder / "home"), "RHIZOME_PEOPLE": str(folder / "people"), "COLUMNS": "200", **environment}
    command = [sys.executable, "-m", "assets.command_line", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | settings)


def test_every_command_is_in_the_readme(tmp_path):
    commands = re.findall(r"^│ (\w+)  ", rhizome(tmp_path, "--help").stdout, re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert {"run", "plan", "ui", "sql", "trace"} <= set(commands)
    assert [name for name in commands if f"`rhizome {name}" not in readme] == []


def test_an_unknown_person_is_a_message_and_not_a_traceback(tmp_path):
    done = rhizome(tmp_path, "run", "nobody")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "no person file" in done.stderr


def test_a_person_without_consent_is_told_what_to_write_and_nothing_is_fetched(tmp_path):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "ada.yaml").write_text("person: ada\ncontact: https://rhizome.example\n")
    done = rhizome(tmp_path, "run", "ada")
    assert (done.returncode, "granted_by" in done.stderr) == (1, True)
    assert not (tmp_path / "home" / "warehouse.duckdb").exists()


def test_an_expired_consent_fails_the_run_with_its_reason(tmp_path):
    (tmp_path / "people").mkdir()
    consent = "{granted_by: ada, date: 2020-01-01, expires: 2021-01-01, scope: a private model}"
    (tmp_path / "people" / "ada.yaml").write_text(f"person: ada\ncontact: https://rhizome.example\nconsent: {consent}\n")
    done = rhizome(tmp_path, "run", "ada", "--job", "refresh")
    assert done.returncode == 1
    assert "consent runs from 2020-01-01 to 2021-01-01" in done.stderr
    assert Home(tmp_path / "home").warehouse.rows("select * from fetches") == []


def _person(tmp_path, **more):
    consent = {"granted_by": "ada", "date": "2026-01-01", "expires": "2096-01-01", "scope": "a private model"}
    (tmp_path / "people").mkdir()
    person = {"person": "ada", "contact": "https://rhizome.example", "consent": consent, **more}
    (tmp_path / "people" / "ada.yaml").write_text(yaml.safe_dump(person))


def test_too_little_data_is_said_with_what_would_be_needed(tmp_path):
    _person(tmp_path)
    done = rhizome(tmp_path, "run", "ada", RHIZOME_CONNECT_TO="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "enough_data: too little data" in done.stderr
    assert "More posts with pictures help" in done.stderr


def test_a_plan_is_printed_and_stands_in_the_history(tmp_path):
    _person(tmp_path, handles={"publications": ["ada.substack.com"]})
    done = rhizome(tmp_path, "plan", "ada", RHIZOME_CONNECT_TO="http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "What will not be asked now, and why" in done.stdout
    assert "robots.txt could not be had, which closes the host" in done.stdout
    assert "rhizome run ada --job refresh" in done.stdout
    assert Home(tmp_path / "home").warehouse.rows("select asset from materializations") == [{"asset": "crawl_plan"}]


def test_an_encoder_whose_weights_are_missing_is_named_with_where_to_put_them(tmp_path):
    _person(tmp_path, encoder=f"openclip:ViT-B-32/{tmp_path / 'missing.safetensors'}")
    done = rhizome(tmp_path, "run", "ada", "--job", "retrain")
    assert done.returncode == 1
    assert "embeddings:" in done.stderr
    assert "missing.safetensors" in done.stderr


@pytest.mark.parametrize(
    ("page", "file"),
    [((), "report.html"), (("duplicates",), "duplicates.html"), (("ledger",), "sources.html"), (("plan",), "plan.html")],
)
def test_a_page_is_opened_in_the_browser(tmp_path, page, file):
    _person(tmp_path)
    path = tmp_path / "home" / "reports" / "ada" / file
    assert f"there is no {path} yet" in rhizome(tmp_path, "open", "ada", *page).stderr
    path.parent.mkdir(parents=True)
    path.write_text("<p>a page</p>")
    assert rhizome(tmp_path, "open", "ada", *page, BROWSER="echo %s").stdout.splitlines() == [str(path), path.as_uri()]


def test_a_mistyped_query_is_a_message(tmp_path):
    Home(tmp_path / "home").warehouse.publish_snapshot()
    done = rhizome(tmp_path, "sql", "selekt 1")
    assert (done.returncode, "Traceback" in done.stderr, "show tables" in done.stderr) == (1, False, True)


def test_queries_read_the_snapshot(tmp_path):
    assert "publishes one" in rhizome(tmp_path, "sql", "select 1").stderr
    Home(tmp_path / "home").warehouse.publish_snapshot()
    assert "42" in rhizome(tmp_path, "sql", "select 42 as answer").stdout


def test_a_model_can_be_traced_to_its_pages(tmp_path):
    home = Home(tmp_path / "home")
    row = {"person": "ada", "model_id": "m", "page_id": "p", "source_id": "s", "hop": 0, "kind": "link", "weight": 0.5}
    with home.warehouse.transaction() as t:
        t.append("models", [{"person": "ada", "model_id": "m"}])
        t.append("pages", [{"person": "ada", "page_id": "p", "url": "https://ada.substack.com/p/walks"}])
        t.append("training_rows", [row])
    assert "https://ada.substack.com/p/walks" in rhizome(tmp_path, "trace", "m").stdout
    assert "no model 'x'" in rhizome(tmp_path, "trace", "x").stderr


def test_a_retry_says_what_failed_where_nothing_did_for_that_reason(tmp_path):
    _person(tmp_path)
    with Home(tmp_path / "home").warehouse.transaction() as t:
        t.append("frontier", [{"person": "ada", "request_id": "r", "state": "failed", "reason": "not_found"}])
    done = rhizome(tmp_path, "retry", "ada", "--reason", "timeout")
    assert (done.returncode, "what failed: not_found: 1" in done.stderr) == (1, True)
    assert "needed: one of" in rhizome(tmp_path, "retry", "ada", "--reason", "robots").stderr
