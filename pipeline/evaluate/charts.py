"""Our own charts of an evaluation, as PNG bytes: no stranger's picture or word is in them, so they may stand in any log.

Each takes the results (the curve: its points) and whether it will lie on a dark page; where there is nothing to draw it says so.
Colours are those of Okabe and Ito, which people with any of the common colour vision deficiencies tell apart; what matters differs
in shape or dash as well. Drawn without a display and without state that one chart could leave to the next.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.evaluate.results import Direction, EvaluationResults, Histogram, Kept, MapPoint, Score
from pipeline.evaluate.wording import GROUPS, SPACES, space_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
WIDTH = 4.8  # inches; at 200 dpi twice the pixels of a phone's column, so that 11 pt text stays readable there
DIRECTIONS: tuple[tuple[Direction, str, str], ...] = (
    ("text_to_image", "passage → picture", "o"),
    ("image_to_text", "picture → passage", "D"),
)
SIMILARITIES = (
    ("matched", "matched pairs", "-"),
    ("unmatched", "random passage × picture", "--"),
    ("text_text", "passage × passage", ":"),
    ("image_image", "picture × picture", "-."),
)


@dataclass(frozen=True)
class _Ink:
    text: str
    soft: str
    line: str
    card: str
    blue: str
    orange: str
    green: str
    purple: str


LIGHT = _Ink("#1c1b19", "#5c5952", "#dedad1", "#ffffff", "#0072b2", "#c95000", "#007a5a", "#a8507f")
DARK = _Ink("#e9e6df", "#a9a59c", "#363a40", "#1d2024", "#56b4e9", "#e69f00", "#4cc9a0", "#dd94bb")


def spaces_chart(results: EvaluationResults, dark: bool = False) -> bytes:
    """mAP@R of every space on the test split, both ways, a dot and its 95% interval each."""
    spaces = ordered_spaces(results)
    scores = {(score.space, score.direction): score for score in results.scores if (score.split, score.metric) == ("test", "map@r")}
    spaces = [space for space in spaces if any((space, direction) in scores for direction, _, _ in DIRECTIONS)]
    if not spaces:
        return _note("No mAP@R on the test split.", dark)
    with _figure(0.8 + 0.36 * len(spaces), dark) as (figure, ink):
        axes = figure.add_subplot()
        for (direction, label, marker), colour, shift in zip(DIRECTIONS, (ink.blue, ink.orange), (-0.15, 0.15), strict=True):
            rows = [(row + shift, scores[space, direction]) for row, space in enumerate(spaces) if (space, direction) in scores]
            _dots(axes, rows, colour, marker, label)
        own = [row for row, space in enumerate(spaces) if space == "adapter"]
        for row in own:
            axes.axhspan(row - 0.5, row + 0.5, color=ink.blue, alpha=0.12, linewidth=0, zorder=0)
        axes.set_yticks(range(len(spaces)), [space_text(space).name for space in spaces])
        axes.set_ylim(len(spaces) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.set_xlabel("mAP@R, held-out test")
        axes.grid(axis="x", color=ink.line)
        _legend(figure, axes, columns=2)
        return _png(figure)


def gap_chart(results: EvaluationResults, dark: bool = False) -> bytes:
    """Densities of cosines before (raw) and after (adapter): matched and random pairs, and within each modality."""
    drawn = [space for space in ("raw", "adapter") if any(histogram.space == space for histogram in results.histograms)]
    if not drawn:
        return _note("No cosines of the raw and the adapted space.", dark)
    with _figure(0.9 + 2.0 * len(drawn), dark) as (figure, ink):
        panels = figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
        for axes, space in zip(panels, drawn, strict=True):
            for (what, label, dash), colour in zip(SIMILARITIES, (ink.blue, ink.orange, ink.green, ink.purple), strict=True):
                _density(axes, [h for h in results.histograms if (h.space, h.what) == (space, what)], colour, dash, label)
            axes.set_title("before: raw encoder" if space == "raw" else "after: adapter", loc="left", color=ink.text)
            axes.set_yticks([])
            axes.set_ylim(bottom=0)
        panels[-1].set_xlabel("cosine")
        panels[-1].set_xlim(*_extent(results.histograms))
        _legend(figure, panels[0], columns=2)
        return _png(figure)


def loss_chart(training: Mapping[str, Any], dark: bool = False) -> bytes:
    """The training loss by step, and below it mAP@R on validation, with the step where selection stopped.

    `training` is a model's manifest, or as much of it as its `curve` (of `{"step": …, "loss": …, "validation": …}`) and `settings`.
    """
    curve, stopped = training["curve"], training["settings"]["steps"]
    if not curve:
        return _note("No training curve.", dark)
    steps = [point["step"] for point in curve]
    lines = (
        ("training loss", [point["loss"] for point in curve], "o"),
        ("validation mAP@R", [point["validation"] for point in curve], "D"),
    )
    with _figure(4.2, dark) as (figure, ink):
        panels = figure.subplots(2, 1, sharex=True)
        for axes, (label, values, marker), colour in zip(panels, lines, (ink.blue, ink.orange), strict=True):
            axes.plot(steps, values, color=colour, marker=marker if len(steps) <= 40 else None, markersize=4, linewidth=1.8)
            axes.axvline(stopped, color=ink.soft, linestyle=":", linewidth=1.5)
            axes.set_title(label, loc="left", color=ink.text)
            axes.grid(axis="y", color=ink.line)
        panels[1].set_xlabel("step")
        return _png(figure)


def strength_chart(results: EvaluationResults, dark: bool = False) -> bytes:
    """What is kept of literal captions (R@10, with and without mood words), and the association, over the adapter's strength."""
    if not results.kept:
        return _note("No captions at several strengths.", dark)
    kinds = (("all", "captions, all: R@10", "-", "o"), ("without_mood_words", "captions without mood words: R@10", "--", "s"))
    with _figure(4.2, dark) as (figure, ink):
        axes = figure.add_subplot()
        for (captions, label, dash, marker), colour in zip(kinds, (ink.blue, ink.green), strict=True):
            _recalls(axes, [point for point in results.kept if point.captions == captions], colour, dash, marker, label)
        association = {point.strength: point.association for point in results.kept}
        strengths = sorted(association)
        values = [association[strength] for strength in strengths]
        axes.plot(strengths, values, color=ink.orange, linestyle="-.", marker="D", markersize=4, label="associations: mAP@R")
        axes.set_ylim(0, 1.03)
        axes.set_xlabel("strength of the adapter (0: raw encoder, 1: full)")
        axes.grid(axis="y", color=ink.line)
        _legend(figure, axes, columns=1)
        return _png(figure)


def map_chart(results: EvaluationResults, dark: bool = False) -> bytes:
    """Held-out passages and pictures on the two main axes of each recorded space."""
    spaces = [space for space in SPACES if any(point.space == space for point in results.map)]
    if not spaces:
        return _note("No points of a map.", dark)
    with _figure(0.6 + 2.1 * len(spaces), dark) as (figure, ink):
        for position, space in enumerate(spaces, 1):
            axes = figure.add_subplot(len(spaces), 1, position)
            _scatter(axes, [point for point in results.map if point.space == space], ink)
            axes.set_title(space_text(space).name, loc="left", color=ink.text)
        _legend(figure, figure.axes[0], columns=2)
        return _png(figure)


def ordered_spaces(results: EvaluationResults) -> list[str]:
    """The spaces that have a test score, in the order of the report's table; unknown ones last within their group."""
    known = list(SPACES)
    there = dict.fromkeys(score.space for score in results.scores if score.split == "test")
    place = {space: known.index(space) if space in SPACES else len(known) for space in there}
    return sorted(there, key=lambda space: (GROUPS.index(space_text(space).group), place[space], space))


@contextmanager
def _figure(height: float, dark: bool) -> Iterator[tuple[Figure, _Ink]]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    ink = DARK if dark else LIGHT
    style: dict[Any, Any] = {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so the chart is the same on every machine
        "font.size": 11,
        "axes.titlesize": 11,
        "axes.facecolor": ink.card,
        "figure.facecolor": ink.card,
        "text.color": ink.text,
        "axes.labelcolor": ink.soft,
        "xtick.color": ink.soft,
        "ytick.color": ink.soft,
        "ytick.labelcolor": ink.text,
        "axes.edgecolor": ink.line,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
    }
    with rc_context(style):
        yield Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained"), ink


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})  # a bare Figure draws with Agg
    return stream.getvalue()


def _note(text: str, dark: bool) -> bytes:
    """A small card in a chart's place: there was nothing to draw, and a log entry is the better for saying so."""
    with _figure(0.6, dark) as (figure, ink):
        figure.text(0.03, 0.5, text, color=ink.soft, va="center")
        return _png(figure)


def _dots(axes: Axes, rows: list[tuple[float, Score]], colour: str, marker: str, label: str) -> None:
    for place, score in rows:
        if score.low is not None and score.high is not None:
            axes.plot([score.low, score.high], [place, place], color=colour, linewidth=2, alpha=0.7, solid_capstyle="butt")
    axes.plot([score.value for _, score in rows], [place for place, _ in rows], marker, color=colour, markersize=5, label=label)


def _density(axes: Axes, found: list[Histogram], colour: str, dash: str, label: str) -> None:
    for histogram in found:
        edges, counts = np.asarray(histogram.edges), np.asarray(histogram.counts, dtype=float)
        density = counts / max(counts.sum(), 1.0) / np.diff(edges)
        axes.plot((edges[:-1] + edges[1:]) / 2, density, color=colour, linestyle=dash, linewidth=1.8, label=label)


def _extent(histograms: list[Histogram]) -> tuple[float, float]:
    """Where cosines were found at all, a little wider."""
    filled = [edge for h in histograms for i, n in enumerate(h.counts) if n for edge in h.edges[i : i + 2]]
    return (min(filled) - 0.02, max(filled) + 0.02) if filled else (-1.0, 1.0)


def _recalls(axes: Axes, points: list[Kept], colour: str, dash: str, marker: str, label: str) -> None:
    points = sorted(points, key=lambda point: point.strength)
    if not points:
        return
    strengths = [point.strength for point in points]
    low, high = [point.recall_at_10_low for point in points], [point.recall_at_10_high for point in points]
    axes.fill_between(strengths, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(strengths, [point.recall_at_10 for point in points], color=colour, linestyle=dash, marker=marker, markersize=4, label=label)


def _scatter(axes: Axes, points: list[MapPoint], ink: _Ink) -> None:
    for modality, label, colour, marker in (("text", "passages", ink.blue, "o"), ("image", "pictures", ink.orange, "D")):
        there = [point for point in points if point.modality == modality]
        axes.scatter([p.x for p in there], [p.y for p in there], s=12, color=colour, marker=marker, alpha=0.55, linewidths=0, label=label)
    axes.set_xticks([])
    axes.set_yticks([])


def _legend(figure: Figure, axes: Axes, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=columns, frameon=False, markerscale=1.3, columnspacing=1.2, handletextpad=0.5
    )
