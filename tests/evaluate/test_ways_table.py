from dataclasses import replace

from pipeline.evaluate.results import Score
from pipeline.evaluate.ways_table import IN_WORDS, ways_table

CCA = Score(space="cca", split="test", metric="one_of_100", direction="text_to_image", value=0.84, low=0.82, high=0.86, n=1431, gallery=100)


def test_each_way_is_a_row_in_words_the_main_split_first():
    found = ways_table([replace(CCA, split="random", value=0.9, low=0.88, high=0.92), CCA, replace(CCA, space="topic_only", value=0.26)])
    assert found["rows"] == [
        [IN_WORDS["test"], "1,431", "–", "–", "0.260", "0.840 (0.820–0.860)"],
        [IN_WORDS["random"], "1,431", "–", "–", "–", "0.900 (0.880–0.920)"],
    ]


def test_what_cannot_be_compared_between_ways_stays_out():
    assert ways_table([replace(CCA, metric="map@r")])["rows"] == []


def test_a_way_without_words_is_shown_under_its_own_name():
    assert [row[0] for row in ways_table([replace(CCA, split="grid: new")])["rows"]] == ["grid: new"]
