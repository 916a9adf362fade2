"""Checks as Dagster shows them: a warning says how many, how many are usual, and ids that lead to examples; never strangers' words."""

import datetime as dt
from types import SimpleNamespace

import dagster as dg
import pytest

from assets.checks import records_are_not_hollow
from pipeline.store import Home

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def checked(home: Home):
    """What the check says of these rows of the table `drift`: (run, kind, field, n, missing)."""

    def check(*rows):
        with home.warehouse.transaction() as t:
            for day, (run_id, kind, field, n, missing) in enumerate(rows):
                row = {"person": "ada", "run_id": run_id, "platform": "substack", "kind": kind, "field": field, "n": n, "missing": missing}
                t.append("drift", [row | {"examples": ["9f8e7d6c5b4a3210"][:missing], "recorded_at": NOW + dt.timedelta(days=day)}])
        body = records_are_not_hollow.op.compute_fn.decorated_fn
        return body(SimpleNamespace(partition_key="ada"), SimpleNamespace(home=lambda: home))

    return check


def test_titles_that_vanish_are_a_warning_with_examples(checked):
    result = checked(("first", "posts", "title", 40, 0), ("second", "posts", "title", 12, 12))
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    (said,) = result.metadata.values()
    assert said.text == "12 of 12; usual are at most 5%; for example 9f8e7d6c5b4a3210"
    assert list(result.metadata) == ["substack posts without title"]


def test_a_usual_gathering_passes(checked):
    assert checked(("first", "posts", "title", 40, 0), ("second", "posts", "title", 12, 1)).passed


def test_nothing_gathered_passes(checked):
    assert checked().passed
