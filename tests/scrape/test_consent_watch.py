"""Consent that ends while a gathering goes on."""

import datetime as dt

import pytest

from pipeline.errors import ConsentError
from pipeline.scrape.consent_watch import EVERY_S, ConsentWatch
from tests.scrape.conftest import TODAY, article, run, urls


class Now:
    """A date and a clock that a test moves."""

    def __init__(self) -> None:
        self.date, self.seconds = TODAY, 0.0


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def watched(make_person, now):
    """A watch, and the person whose file it reads."""
    person = make_person()
    return ConsentWatch(person, TODAY, lambda: now.date, lambda: now.seconds), person


def test_a_withdrawal_in_the_file_is_heard_within_seconds(watched, now):
    watch, person = watched
    watch.check()
    person.path.write_text(person.path.read_text().replace("scope: a private model", "scope: a private model, withdrawn: true"))
    watch.check()  # looked at a moment ago
    now.seconds += EVERY_S
    with pytest.raises(ConsentError, match="withdrawn"):
        watch.check()


def test_consent_that_runs_out_over_night_is_heard(watched, now):
    watch, _ = watched
    now.seconds += EVERY_S
    now.date = dt.date(2026, 12, 31)
    watch.check()
    now.seconds += EVERY_S
    now.date = dt.date(2027, 1, 2)
    with pytest.raises(ConsentError, match="runs from"):
        watch.check()


def test_a_gathering_ends_once_consent_is_withdrawn_and_keeps_what_it_held(neighbourhood, home, make_person):
    person = make_person()

    def page(_):
        person.path.write_text(person.path.read_text().replace("model}", "model, withdrawn: true}"))
        return 200, {"Content-Type": "text/html"}, article("The first page", "https://web.example/two").encode()

    neighbourhood.rules["web.example/one"] = page
    neighbourhood.rules["web.example/two"] = lambda request: (503, {"Retry-After": "20"}, b"")
    with pytest.raises(ConsentError, match="withdrawn"):
        run(home, person, neighbourhood)
    assert "https://ada.substack.com/p/mine" in urls(home)
