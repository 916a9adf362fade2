"""What raw encoder, topics alone and CCA come to under other ways to split, in a table that a person can compare."""

from collections.abc import Sequence
from typing import Any

from pipeline.evaluate.results import Score
from pipeline.evaluate.wording import interval, number

COMPARABLE = "one_of_100"
IN_WORDS = {  # way -> what it holds out, in the order of the table
    "test": "whole groups: the split that everything above was tested on",
    "kfold": "whole groups, in folds",
    "time": "what was saved or written last",
    "grid: unseen": "words and pictures of groups never trained on",
    "grid: unseen_text": "words never trained on, with pictures that were",
    "grid: unseen_image": "pictures never trained on, with words that were",
    "grid: seen": "pairs of words and pictures that were trained on in other pairs",
    "uncut": "whole groups, with no tie cut",
    "apart": "what no chain of ties, cut ones included, leads to from training",
    "random": "single pairs: the reference that flatters what only remembers",
}
NOTE = (
    "How often one true picture comes first among 99 wrong ones, which can be compared between ways, as mAP@R cannot: galleries differ. "
    "CCA stands for a map, topics alone for mere remembering. A way that the data do not allow has no row."
)


def ways_table(ways: Sequence[Score]) -> dict[str, Any]:
    """Heads and rows as the macro `table` reads them; no rows where nothing was measured."""
    found = {(score.split, score.space): score for score in ways if score.metric == COMPARABLE}
    heads = ("what is held out", "passages", "chance", "raw encoder", "topics alone", "CCA")
    told = [way for way in (*IN_WORDS, *sorted({way for way, _ in found} - IN_WORDS.keys())) if (way, "cca") in found]
    rows = [
        [
            IN_WORDS.get(way, way),
            f"{found[way, 'cca'].n:,}",
            *(_value(found.get((way, space))) for space in ("chance", "raw", "topic_only")),
            _value(found[way, "cca"], with_interval=True),
        ]
        for way in told
    ]
    return {"heads": [{"text": text, "number": place > 0} for place, text in enumerate(heads)], "rows": rows, "caption": NOTE}


def _value(score: Score | None, with_interval: bool = False) -> str:
    if score is None:
        return "–"
    span = interval(score.low, score.high) if with_interval else ""
    return f"{number(score.value)} ({span})" if span else number(score.value)
