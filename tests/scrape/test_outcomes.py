"""The closed lists."""

from pipeline.scrape.outcomes import IN_WORDS, REASONS


def test_every_reason_can_be_said_in_words():
    assert set(IN_WORDS) == REASONS
    assert [reason for reason in REASONS - {""} if not IN_WORDS[reason]] == []
