import pytest

from pipeline.pair.material import Document
from pipeline.pair.series import series_of, title_head, title_stem


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Tides, part 3", "tides"),
        ("Tides, Part IV: The Return", "tides the return"),
        ("Tides, part two", "tides"),
        ("Chapter the Second", ""),
        ("Letter #12", "letter"),
        ("Notes (7)", "notes"),
        ("Links for May 2024", "links for"),
        ("Weeknotes 2024-03-01", "weeknotes"),
        ("Diary, 3 June 1911", "diary"),
        ("How I lost a receipt", ""),
        ("The winter of 1947", ""),
        ("7 things", ""),
        ("You may 2 or 3 times", "you or 3 times"),
    ],
)
def test_a_stem_is_a_title_with_a_number_or_date_taken_off(title, stem):
    assert title_stem(title) == stem


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Trends on Tuesday: the golden metric", "trends on tuesday"),
        ("Field notes — the heron", "field notes"),
        ("Field notes | the heron", "field notes"),
        ("At 10:30 in the morning", ""),
        ("A well-kept secret", ""),
        ("Q: who?", ""),
    ],
)
def test_a_head_is_what_stands_before_a_colon_or_a_dash(title, head):
    assert title_head(title) == head


def documents(*titles, source="s"):
    return [Document(document_id=title, url="", title=title, source_id=source) for title in titles]


def test_three_titles_of_a_source_with_one_head_are_a_series_two_are_not():
    three = ["Field notes: the heron", "Field notes: the eel", "Field notes: the otter"]
    assert set(series_of(documents(*three, "Letters: one", "Letters: two"))) == set(three)


def test_series_of_two_sources_are_two():
    one, other = documents("Tides, part 1"), documents("Tides, part 2", source="t")
    assert len(set(series_of([*one, *other]).values())) == 2
