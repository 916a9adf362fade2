"""What a killed gathering had answered."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from pipeline.scrape.journal import Journal, headers_worth_keeping
from tests.scrape.conftest import TODAY, run, urls

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
ANSWER = {"request_id": "r", "url": "https://a.example/", "final": "https://a.example/", "sha256": "0" * 64, "wait": 0.0}
FETCH = {"person": "ada", "fetch_id": "f", "url": "https://a.example/", "started_at": NOW, "status": 200}
IMAGE = {"image_url": "https://a.example/a.png", "phash": 2**64 - 1, "outcome": "kept", "fetched_at": NOW}


def path(home):
    return home.journals / "ada.pages.jsonl"


def test_an_answer_that_was_noted_is_there_after_a_kill(home):
    Journal(home, "ada", "pages").note("answers", ANSWER)
    again = Journal(home, "ada", "pages")
    assert again.unfinished
    assert again.answer("r", "https://a.example/") == ANSWER
    assert again.answer("r", "https://a.example/other") is None
    assert again.answer("s", "https://a.example/") is None


def test_rows_of_a_killed_gathering_come_into_the_warehouse_once(home):
    killed = Journal(home, "ada", "pages")
    killed.note("fetches", FETCH)
    killed.note("images", IMAGE)
    killed.note("robots", {"origin": "https://a.example", "status": 404, "body": "", "fetched_at": NOW})
    before = path(home).read_bytes()
    for _ in range(2):
        Journal(home, "ada", "pages")
        path(home).write_bytes(before)  # killed between the transaction and the file
    assert home.warehouse.rows("select fetch_id, started_at from fetches") == [{"fetch_id": "f", "started_at": NOW}]
    assert home.warehouse.rows("select phash from images") == [{"phash": 2**64 - 1}]
    assert home.warehouse.rows("select status from robots") == [{"status": 404}]


def test_what_was_committed_need_not_be_noted_any_more(home):
    journal = Journal(home, "ada", "pages")
    journal.note("answers", ANSWER)
    journal.note("answers", ANSWER | {"request_id": "s"})
    journal.settle(answers=[{"request_id": "r"}])
    again = Journal(home, "ada", "pages")
    assert again.answer("r", "https://a.example/") is None
    assert again.answer("s", "https://a.example/") is not None


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_cut_off_by_the_kill_is_no_line(home, cut):
    journal = Journal(home, "ada", "pages")
    journal.note("answers", ANSWER)
    journal.note("answers", ANSWER | {"request_id": "s"})
    path(home).write_bytes(path(home).read_bytes()[:-cut])
    again = Journal(home, "ada", "pages")
    assert again.answer("r", "https://a.example/") == ANSWER
    assert (again.answer("s", "https://a.example/") is None) is (cut > 1)


def test_a_gathering_that_ended_leaves_no_journal(home):
    journal = Journal(home, "ada", "pages")
    journal.note("answers", ANSWER)
    journal.close()
    assert not path(home).exists()
    assert not Journal(home, "ada", "pages").unfinished


def test_a_plan_leaves_what_a_killed_gathering_noted_and_nothing_of_its_own(home):
    Journal(home, "ada", "pages").note("answers", ANSWER)  # killed
    plan = Journal(home, "ada", "pages")
    plan.leave()
    gathering = Journal(home, "ada", "pages")
    assert gathering.unfinished
    assert gathering.answer("r", "https://a.example/") == ANSWER
    gathering.close()
    Journal(home, "ada", "pages").leave()
    assert not path(home).exists()


def test_of_the_headers_only_those_that_are_read_are_noted():
    assert headers_worth_keeping({"etag": "1", "set-cookie": "secret", "content-type": "text/html"}) == {
        "etag": "1",
        "content-type": "text/html",
    }


GATHERING = """
import datetime as dt, sys
from pathlib import Path
from pipeline.people import load_person
from pipeline.scrape.crawl import gather
from pipeline.store import Home
gather(Home(Path(sys.argv[1])), load_person(Path(sys.argv[2])), connect_to=sys.argv[3], run_id="killed",
       today=dt.date.fromisoformat(sys.argv[4]))
"""


def test_a_gathering_that_was_killed_asks_again_only_what_was_in_flight(neighbourhood, home, make_person):
    person, whole = make_person(), neighbourhood.rules["near.substack.com/api/v1/posts/n20"]
    command = [sys.executable, "-c", GATHERING, str(home.root), str(person.path), neighbourhood.origin, str(TODAY)]
    started = []

    def kill(_):
        started[0].kill()
        return 503, {}, b""

    neighbourhood.rules["near.substack.com/api/v1/posts/n20"] = kill
    started.append(subprocess.Popen(command, stderr=subprocess.PIPE))
    assert started[0].communicate()[1] is not None
    assert started[0].returncode == -9
    before = set(neighbourhood.asked())
    neighbourhood.log.clear()
    neighbourhood.rules["near.substack.com/api/v1/posts/n20"] = whole
    run(home, person, neighbourhood, "next")
    again = before & set(neighbourhood.asked())
    assert "near.substack.com/api/v1/posts/n20" in again
    assert len(again) <= 4  # of Substack one is asked and one being read, of the web two hosts
    assert len(urls(home, "substack_post")) == 34
    attempts = home.warehouse.rows("select count(*) as n from fetches where run_id = 'killed' and url not like '%.txt'")
    assert attempts[0]["n"] >= len(before) - len(again)


def test_a_row_that_is_about_to_be_written_when_the_file_is_written_anew_is_not_lost(home, monkeypatch):
    journal, write = Journal(home, "ada", "pages"), os.write

    def late(file, line):
        monkeypatch.setattr(os, "write", write)
        journal.settle(answers=[])  # by another thread, meanwhile
        return write(file, line)

    monkeypatch.setattr(os, "write", late)
    journal.note("answers", ANSWER)
    journal.note("answers", ANSWER | {"request_id": "s"})
    again = Journal(home, "ada", "pages")
    assert [again.answer(name, ANSWER["url"]) is not None for name in ("r", "s")] == [True, True]
