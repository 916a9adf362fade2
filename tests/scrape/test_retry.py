"""Asking again only for what failed, by reason."""

import pytest

from pipeline.errors import SettingsError
from pipeline.scrape.artefacts import parse_pages
from pipeline.scrape.images import fetch_images
from pipeline.scrape.outcomes import OURS, REASONS
from pipeline.scrape.retry import RETRIED, check_reasons, count_matching, failures
from tests.scrape.conftest import TODAY, run, urls


@pytest.fixture
def failed(neighbourhood, home, make_person):
    """After a gathering in which one page was missing, one answered 503 and one post was no JSON; all is well again."""
    rules = {where: neighbourhood.rules[where] for where in ("web.example/two", "old.example/three", "far.substack.com/api/v1/posts/f")}
    answers = [(404, {}, b""), (503, {"Retry-After": "0"}, b""), (200, {}, b"<html>")]
    for where, answer in zip(rules, answers, strict=True):
        neighbourhood.rules[where] = answer
    run(home, make_person(), neighbourhood)
    neighbourhood.rules |= rules
    neighbourhood.log.clear()
    return neighbourhood


def test_only_what_failed_for_the_reason_is_asked_again_and_what_it_leads_to(failed, home, make_person):
    found = run(home, make_person(), failed, "again", retry=frozenset({"not_found"}))
    assert failed.asked() == ["web.example/two"]
    assert found.outcomes == {("kept", ""): 1}
    assert "https://web.example/two" in urls(home)


def test_all_that_failed_is_asked_again_where_no_reason_is_named(failed, home, make_person):
    run(home, make_person(), failed, "again", retry=check_reasons([]))
    assert set(failed.asked()) >= {"web.example/two", "old.example/three", "far.substack.com/api/v1/posts/f"}
    assert not [path for path in failed.asked() if "archive" in path or "public_profile" in path]
    assert failures(home, "ada").keys() <= OURS | {"not_found"}


def test_what_waited_for_another_night_is_left_alone(failed, home, make_person):
    with home.warehouse.transaction() as t:
        t.execute("update frontier set state = 'waiting' where url like '%posts/n3'")
    run(home, make_person(), failed, "again", retry=frozenset({"not_found"}))
    assert failed.asked() == ["web.example/two"]


def test_failures_are_told_by_reason_where_none_matches(failed, home):
    assert count_matching(home, "ada", {"not_found", "not_json"}) == 2
    with pytest.raises(SettingsError, match=r"failed for timeout; what failed: \w+: 1, \w+: 1, \w+: 1\."):
        count_matching(home, "ada", {"timeout"})


@pytest.mark.parametrize("reason", ["robots", "limit", "opted_out", "paid", "no such reason"])
def test_our_own_decisions_are_not_retried(reason):
    with pytest.raises(SettingsError, match="needed: one of"):
        check_reasons([reason])


def test_every_reason_is_ours_or_the_webs():
    assert OURS < REASONS
    assert RETRIED | OURS == REASONS


def test_a_picture_that_failed_is_asked_again(neighbourhood, home, make_person):
    person = make_person()
    whole = neighbourhood.rules["web.example/a.png"]
    neighbourhood.rules["web.example/a.png"] = (404, {}, b"")
    run(home, person, neighbourhood)
    parse_pages(home, person)
    asked = {"connect_to": neighbourhood.origin, "today": TODAY}
    fetch_images(home, person, run_id="one", **asked)
    neighbourhood.rules["web.example/a.png"] = whole
    assert failures(home, "ada")["not_found"] == 1
    assert fetch_images(home, person, run_id="two", **asked).asked == 0
    assert fetch_images(home, person, run_id="three", retry=frozenset({"timeout"}), **asked).asked == 0
    assert fetch_images(home, person, run_id="four", retry=frozenset({"not_found"}), **asked).outcomes == {("kept", ""): 1}
