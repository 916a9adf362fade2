"""What the numbers stand on, counted right."""

import datetime as dt

import pytest

from pipeline.evaluate.data_counts import data_counts

PERSON = "ada"


def table(home, title):
    found = next(table for table in data_counts(home, PERSON).tables if table.title == title)
    return [head.text for head in found.heads], found.rows


def test_sources_show_what_was_skipped_and_why(evaluated):
    heads, rows = table(evaluated.home, "Sources")
    own, board = (dict(zip(heads, row, strict=True)) for row in rows)
    assert (own["reported"], own["fetched"], own["skipped"], own["skipped why"]) == ("12", "10", "2", "paid 2")
    assert (board["source"], board["reported"], board["opted out"]) == ("own/board", "unknown", "A quiet title")


def test_pairs_are_counted_by_split_and_torn_ones_are_left_out(evaluated):
    heads, rows = table(evaluated.home, "Pairs")
    assert dict(zip(heads, rows[0], strict=True)) == {
        "kind": "inline",
        "hop": "0",
        "train": "2",
        "validation": "1",
        "test": "1",
        "left out": "1",
    }


def test_only_copies_are_set_aside(evaluated):
    heads, rows = table(evaluated.home, "Duplicates")
    assert dict(zip(heads, rows[0], strict=True)) == {
        "modality": "pictures",
        "clusters of two or more": "1",
        "set aside as copies": "1",
        "largest cluster": "2",
    }


def test_groups_are_counted_by_split(evaluated):
    _, rows = table(evaluated.home, "Groups")
    assert ["train", "2"] in [row[:2] for row in rows]


def test_the_newest_verdict_counts_and_a_failed_one_warns(evaluated):
    later = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    with evaluated.home.warehouse.transaction() as warehouse:
        warehouse.append(
            "verdicts", [{"person": PERSON, "what": "leak", "ok": False, "detail": "3 passages in two splits", "recorded_at": later}]
        )
    _, rows = table(evaluated.home, "Checks on the data")
    assert rows == [["leak", "not kept", "3 passages in two splits"]]
    assert data_counts(evaluated.home, PERSON).warnings == ["3 passages in two splits."]


@pytest.mark.parametrize("title", ["Sources", "Documents", "Pictures", "Duplicates", "Pairs", "Groups", "Checks on the data"])
def test_an_empty_warehouse_gives_empty_tables(home, title):
    assert table(home, title)[1] == []


def test_another_persons_rows_are_not_counted(evaluated):
    with evaluated.home.warehouse.transaction() as warehouse:
        warehouse.append("sources", [{"person": "eve", "source_id": "s9", "hop": 0, "fetched": 5}])
    assert len(table(evaluated.home, "Sources")[1]) == 2
