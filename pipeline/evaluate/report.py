"""One HTML file for a person to read: the verdict first, then every number it rests on. It needs no network and runs nothing.

The figures come from the stored evaluation, the counts from the warehouse, the recipe and hashes from the model's manifest; nothing
is computed anew. Everything strangers wrote is escaped by the template and trimmed by `pipeline.untrusted`; pictures go in as thumbnails.
"""

import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from markupsafe import Markup

from pipeline.errors import StoreError
from pipeline.evaluate import charts
from pipeline.evaluate.data_counts import data_counts
from pipeline.evaluate.kept import costs_nothing, ends
from pipeline.evaluate.neighbour_grid import neighbour_grid
from pipeline.evaluate.results import EvaluationResults, Kept, read_results
from pipeline.evaluate.spaces_table import kept_table, spaces_table
from pipeline.evaluate.verdict_text import opening
from pipeline.evaluate.ways_table import ways_table
from pipeline.evaluate.wording import READING, interval, number, space_text
from pipeline.store import Home, write_atomically
from pipeline.untrusted import data_address, page_environment, shown

Drawn = TypeVar("Drawn")
TEMPLATES = Path(__file__).resolve().parent / "templates"
LONGEST_VALUE = 600  # characters of one manifest value
PARTS = (
    ("spaces", "Every space, side by side"),
    ("ways", "Under other ways to split"),
    ("gap", "The gap, before and after"),
    ("neighbours", "Nearest pictures, before and after"),
    ("training", "Training, and what is kept"),
    ("data", "What it learned from"),
    ("provenance", "Recipe and provenance"),
    ("reading", "How to read this"),
)
NO_GATE = (
    "There is no gate between the person’s register and plain captions: one map serves both, and at full strength it has lost most of "
    "the literal ones. Whoever needs literal search as well should use the raw encoder for it, or a lower strength."
)
ONE_MAP = "One map serves the person’s register and plain captions alike"
SOME_LOST = f"{ONE_MAP}, and some of the literal ones are the price; a lower strength keeps more."
NONE_LOST = f"{ONE_MAP}, and at full strength it finds the literal ones as it did before."
EXAMPLES_NOTE = (
    "Passages were drawn by a rule that knows nothing of the result. Beside what belongs to each stand its five nearest held-out pictures, "
    "with their cosine. One that truly belongs has a double green border and the word “true”."
)


def report_path(home: Home, person: str) -> Path:
    """Where a person's report stands: `reports/<person>/report.html`."""
    return home.reports / person / "report.html"


def render_report(home: Home, person: str, model_id: str) -> Path:
    """Writes the report of a person's evaluated model, whole or not at all, and returns where it stands.

    Raises StoreError where there is no evaluation, where it judged another model, or where the model has no readable manifest.
    """
    results = read_results(home.reports, person)
    if results.model_id != model_id:
        raise StoreError(
            f"the evaluation of {person!r} judged model {results.model_id}, not {model_id}; materialise `evaluation` for it first."
        )
    manifest = _manifest(home.models / model_id / "manifest.json")
    html = page_environment(TEMPLATES).get_template("report.html").render(_view(home, results, manifest))
    path = report_path(home, person)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, html.encode("utf-8"))
    return path


def _view(home: Home, results: EvaluationResults, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template shows, by the names it uses."""
    data = data_counts(home, results.person)
    return {
        "person": results.person,
        "model_id": results.model_id,
        "verdict": opening(results, data.warnings),
        "figures": _figures(results),
        "parts": [{"id": name, "title": title} for name, title in PARTS],
        "spaces": spaces_table(results) | {"chart": _chart(charts.spaces_chart, results, results.scores, *SPACES_CHART)},
        "ways": ways_table(results.ways),
        "gap_told": _gap_told(results),
        "gap": _present(
            _chart(charts.gap_chart, results, results.histograms, *GAP_CHART), _chart(charts.map_chart, results, results.map, *MAP_CHART)
        ),
        "examples": neighbour_grid(home, results),
        "examples_note": EXAMPLES_NOTE,
        "training": _training(results),
        "data": data,
        "provenance": _provenance(results, manifest),
        "reading": READING,
    }


SPACES_CHART = (
    "mAP@R of every space on the held-out test, with intervals; the same numbers stand in the table below.",
    "On the held-out test, with 95% intervals. The shaded row is this model; controls should stand near the left edge.",
)
GAP_CHART = (
    "Curves of cosines before and after: matched pairs, random pairs, and within each modality.",
    "How many pairs of held-out items have which cosine, each curve scaled to the same area.",
)
MAP_CHART = (
    "Scatter of held-out passages and pictures on two axes, before and after.",
    "Held-out items on the two widest axes of each space. Two axes show the gap between modalities, and little else of so many dimensions.",
)
LOSS_CHART = (
    "Training loss and validation mAP@R over the steps.",
    "The loss on the same training pairs at every look, and what it bought on held-out validation groups, from before the first step to "
    "the most that selection tried. The line across says where selection stopped.",
)
STRENGTH_CHART = (
    "Recall of literal captions and mAP@R of associations over the adapter’s strength.",
    "From the raw encoder to full strength: what is gained of associations and lost of literal captions. Bands: 95% intervals.",
)


def _chart(draw: Callable[[Drawn, bool], bytes], subject: Drawn, needs: Sequence[object], alt: str, caption: str) -> dict[str, Any] | None:
    """A chart for light and dark pages; None where the evaluation holds nothing to draw."""
    if not needs:
        return None
    light, dark = draw(subject, False), draw(subject, True)
    width, height = struct.unpack(">II", light[16:24])  # of a PNG's first chunk
    return {
        "light": Markup(data_address(light, "image/png")),  # noqa: S704 - base64 of our own bytes
        "dark": Markup(data_address(dark, "image/png")),  # noqa: S704 - base64 of our own bytes
        "width": width // 2,
        "height": height // 2,
        "alt": alt,
        "caption": caption,
    }


def _present(*found: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [chart for chart in found if chart]


def _figures(results: EvaluationResults) -> list[dict[str, str]]:
    """The few numbers that stand large at the top."""
    champion = results.verdict.champion
    named = {"adapter": "this model", champion: f"{space_text(champion).name}, the best closed form", "raw": "the raw encoder"}
    scores = [(f"mAP@R, {label}", results.score(space, "map@r")) for space, label in named.items()]
    figures = [{"name": name, "value": number(s.value), "beside": interval(s.low, s.high) or "no interval"} for name, s in scores if s]
    full = ends(results.kept)
    if full:
        before, after = full
        figures.append(
            {
                "name": "R@10 kept on literal captions",
                "value": number(after.recall_at_10),
                "beside": f"of {number(before.recall_at_10)} with the raw encoder",
            }
        )
    return figures


def _gap_told(results: EvaluationResults) -> str:
    """How far apart the two modalities lie, and whether that took any true pair."""
    found = {space: results.score(space, "centre_distance", "") for space in ("raw", "adapter", "shuffled")}
    told = {space: f"{number(s.value)} ({interval(s.low, s.high)})" for space, s in found.items() if s}
    if len(told) < len(found):
        return ""
    return (
        f"The centres of the two lie {told['raw']} apart in the raw encoder, {told['adapter']} under the adapter, and {told['shuffled']} "
        "under the same training on shuffled pairs, which know nothing: closing the gap proves little by itself."
    )


def _training(results: EvaluationResults) -> dict[str, Any]:
    told = {"curve": [asdict(point) for point in results.curve], "settings": results.settings}
    loss = _chart(charts.loss_chart, told, results.curve, *LOSS_CHART)
    kept = _chart(charts.strength_chart, results, results.kept, *STRENGTH_CHART)
    missing = [] if loss else ["This recipe has no training curve."]
    missing += [] if kept else ["What is kept could not be measured: there are no literal captions."]
    sentences = [*_lost(results.kept), *missing, *(shown(remark, 600) for remark in results.remarks)]
    return {"sentences": sentences, "charts": _present(loss, kept), "kept": kept_table(results.kept)}


def _lost(kept: Sequence[Kept]) -> list[str]:
    """What one map for both registers has cost, as it was measured."""
    found = ends(kept)
    if found is None:
        return []
    before, after = found
    if costs_nothing(before, after):
        return [NONE_LOST]
    return [NO_GATE if after.recall_at_10 < before.recall_at_10 / 2 else SOME_LOST]


def _manifest(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StoreError(f"the model has no manifest ({path}); train it again, so that it can be told what it learned from.") from error
    except ValueError as error:
        raise StoreError(f"{path} is damaged: {error}. Delete the model's folder and train again.") from error
    if not isinstance(content, dict):
        raise StoreError(f"{path} holds {type(content).__name__}, needed: an object. Delete the model's folder and train again.")
    return content


def _provenance(results: EvaluationResults, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    chosen = {"recipe": results.recipe, "settings": results.settings, "encoder": results.encoder_id, "evaluation seed": results.seed}
    return [
        {"title": "Recipe", "caption": "What was trained, and what selection chose.", "open": True, "rows": list(_flat(chosen))},
        {"title": "Manifest", "caption": "As stored beside the weights.", "open": False, "rows": list(_flat(manifest))},
    ]


def _flat(content: object, name: str = "") -> Iterable[tuple[str, str]]:
    """A nested object as dotted names and values; long lists are cut and say so."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
        return
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    yield shown(name, 80), shown(text, LONGEST_VALUE)
