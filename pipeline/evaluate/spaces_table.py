"""The tables of figures: every space side by side on the test split, in groups a reader can tell apart, and what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.charts import ordered_spaces
from pipeline.evaluate.results import Direction, EvaluationResults, Kept, Score
from pipeline.evaluate.wording import GROUPS, count, interval, number, space_text

RETRIEVAL = (("recall@1", "R@1"), ("recall@5", "R@5"), ("recall@10", "R@10"), ("map@r", "mAP@R"))
GEOMETRY = (("centre_distance", "centre distance"), ("rmg", "RMG"), ("separability", "separability"))
BANDS: tuple[tuple[str, Direction, tuple[tuple[str, str], ...]], ...] = (
    ("passage → picture", "text_to_image", RETRIEVAL),
    ("picture → passage", "image_to_text", RETRIEVAL),
    ("geometry", "", GEOMETRY),
)


def spaces_table(results: EvaluationResults) -> dict[str, Any]:
    """Bands, headings and rows by group, as the template `parts/spaces.html` reads them."""
    spaces = ordered_spaces(results)
    groups = [(group, [space for space in spaces if space_text(space).group == group]) for group in GROUPS]
    return {
        "bands": [{"text": text, "span": len(metrics)} for text, _, metrics in BANDS],
        "heads": [{"text": label, "edge": label == metrics[0][1]} for _, _, metrics in BANDS for _, label in metrics],
        "groups": [{"title": title, "rows": [_space_row(results, space) for space in members]} for title, members in groups if members],
        "caption": _caption(results),
        "held_out": _held_out(results),
    }


@dataclass(frozen=True)
class Cell:
    """A value and its interval, ready to read."""

    value: str
    interval: str


def _space_row(results: EvaluationResults, space: str) -> dict[str, Any]:
    text = space_text(space)
    scores = {(score.metric, score.direction): score for score in results.scores if (score.space, score.split) == (space, "test")}
    return {
        "name": text.name,
        "explanation": text.explanation,
        "own": space == "adapter",
        "champion": space == results.verdict.champion,
        "cells": [_cell(scores.get((metric, direction))) for _, direction, metrics in BANDS for metric, _ in metrics],
    }


def _cell(score: Score | None) -> Cell:
    if score is None:
        return Cell("–", "")
    shown = interval(score.low, score.high) if score.metric in ("map@r", "centre_distance", "rmg", "separability") else ""
    return Cell(number(score.value), shown)


def kept_table(kept: Sequence[Kept]) -> dict[str, Any]:
    """What is kept of literal captions at each strength, as the macro `table` reads it; no rows where nothing was measured."""
    by_place = {(point.strength, point.captions): point for point in kept}
    heads = ("strength", "R@10, all captions", "R@10, without mood words", "R@1, all captions", "mAP@R, associations")
    rows = [
        [
            f"{strength:g}",
            _recall(point),
            _recall(by_place.get((strength, "without_mood_words"))),
            number(point.recall_at_1),
            number(point.association),
        ]
        for (strength, captions), point in sorted(by_place.items())
        if captions == "all"
    ]
    return {
        "heads": [{"text": text, "number": True} for text in heads],
        "rows": rows,
        "caption": "From the raw encoder (0) to the whole adapter (1), with 95% intervals over captions"
        + (f"; the picture is looked for among {kept[0].gallery:,}." if kept else "."),
    }


def _recall(point: Kept | None) -> str:
    return f"{number(point.recall_at_10)} ({interval(point.recall_at_10_low, point.recall_at_10_high)})" if point else "–"


def _caption(results: EvaluationResults) -> str:
    return (
        "Test split. Small figures: 95% intervals over resampled groups; for shuffled pairs, over its refits. "
        "A dash: not measured, or without meaning there. "
        f"Champion: the best closed form in selection ({space_text(results.verdict.champion).name})."
    )


def _held_out(results: EvaluationResults) -> str:
    test = [counts for counts in results.counts if counts.split == "test"]
    if not test:
        return "There was no held-out split."
    held = test[0]
    return (
        f"Held out: {count(held.texts, 'passage')} and {count(held.images, 'picture')} in {count(held.groups, 'group')}, "
        f"tied by {count(held.pairs, 'pair')}."
    )
