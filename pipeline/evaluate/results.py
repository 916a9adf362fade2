"""What an evaluation found, as plain data: the shape of `reports/<person>/evaluation.json`.

The report reads this file and computes nothing anew. Names of spaces, metrics, directions and splits are those of the table
`evaluations`. One evaluation is one `EvaluationResults`:

    {"person": "demo", "model_id": "…", "encoder_id": "tiny:…", "recipe": {…}, "settings": {…}, "seed": 0,
     "counts":     [{"split": "train", "texts": 900, "images": 1400, "pairs": 3600, "groups": 240}, …],
     "scores":     [{"space": "adapter", "split": "test", "metric": "map@r", "direction": "text_to_image",
                     "value": 0.61, "low": 0.56, "high": 0.66, "n": 400, "gallery": 620}, …],
     "verdict":    {"promoted": true, "sentence": "…", "reasons": […], "champion": "cca", …},
     "validation": {"cca": 0.55, "ridge_identity": 0.31, …},          # mAP@R by which settings and champion were chosen
     "neighbours": [{"passage_id": "…", "text": "…", "before": [{…}], "after": [{…}]}, …],
     "histograms": [{"space": "raw", "what": "matched", "edges": [-1.0, …], "counts": […]}, …],
     "ways":       [{"space": "cca", "split": "random", "metric": "one_of_100", …}, …],
     "kept":       [{"strength": 0.25, "captions": "all", "recall_at_10": …, "association": …}, …],
     "curve":      [{"step": 0, "loss": 3.1, "validation": 0.55}, …],
     "map":        [{"modality": "text", "x": 0.1, "y": -0.4, "group": "…", "space": "adapter"}, …]}

A value that does not exist (the oracle of a real person, the distance between centres of a space without vectors) has no
row; `low` and `high` are null where no interval is meant.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import StoreError
from pipeline.store import write_atomically

Direction = Literal["text_to_image", "image_to_text", ""]
Split = Literal["test", "validation", "captions"]
Captions = Literal["all", "without_mood_words"]
Similarities = Literal["matched", "unmatched", "text_text", "image_image"]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much there is in one split: train, validation, test or captions."""

    split: str
    texts: int
    images: int
    pairs: int
    groups: int


@dataclass(frozen=True, kw_only=True)
class Score:
    """One figure: a row of the table `evaluations`.

    `n` counts queries (items for gap metrics, refits for the interval of `shuffled`), `gallery` what was ranked.
    `low` and `high` are the 2.5th and 97.5th percentile over resampled groups, or over refits for `shuffled`.
    """

    space: str
    split: str  # a `Split`, or another way to split (`pipeline.evaluate.ways`)
    metric: str
    direction: Direction
    value: float
    low: float | None
    high: float | None
    n: int
    gallery: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The adapter beside another space on the test split, mAP@R from text to image; the interval resamples groups in pairs."""

    space: str
    ratio: float  # adapter / space
    ratio_low: float
    ratio_high: float
    difference: float  # adapter - space
    difference_low: float
    difference_high: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the figures come to. `sentence` is the report's first line; `reasons` say why a model was not promoted."""

    promoted: bool
    sentence: str
    reasons: list[str]
    champion: str  # the best closed-form rung, chosen on folds of training and validation
    comparisons: list[Comparison]  # with the champion first, then raw, centred and every other rung and oracle
    permutation_p: float | None  # share of shuffled refits that reach the adapter, counted with the adapter itself
    reached: int  # the number of those refits


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """One retrieved picture: its artefact, its bytes in the blob store, its similarity, whether it belongs to the passage."""

    artefact_id: str
    sha256: str
    blob_sha256: str
    similarity: float
    relevant: bool


@dataclass(frozen=True, kw_only=True)
class Example:
    """A held-out passage with its nearest pictures in the raw encoder (`before`) and under the adapter (`after`).

    Passages are drawn by the lowest sha256, one per group: a rule that knows nothing of the result.
    """

    passage_id: str
    text: str
    url: str
    before: list[Neighbour]
    after: list[Neighbour]
    positives: list[Neighbour]  # with their similarity under the adapter


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Cosines of one kind of pair of held-out items in one space: `counts[i]` lie between `edges[i]` and `edges[i + 1]`."""

    space: str
    what: Similarities
    edges: list[float]
    counts: list[int]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left of finding pictures by literal captions when the adapter is turned up to `strength` (0 is the raw encoder).

    `association` is the test mAP@R (text to image) at the same strength: what is bought with it.
    """

    strength: float
    captions: Captions
    recall_at_1: float
    recall_at_10: float
    recall_at_10_low: float
    recall_at_10_high: float
    association: float
    n: int
    gallery: int


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The loss of a fixed batch and the validation mAP@R (text to image) after `step` steps, on to the recipe's last one."""

    step: int
    loss: float
    validation: float


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """A held-out item on the plane of the two main axes of the pooled test items in one space."""

    space: str
    modality: Literal["text", "image"]
    artefact_id: str
    group: str
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class EvaluationResults:
    """One evaluation of one model, whole."""

    person: str
    model_id: str
    encoder_id: str
    recipe: dict[str, Any]
    settings: dict[str, Any]  # what selection chose: start, centring, shrinkage, pull, temperature, steps
    seed: int
    counts: list[Counts]
    scores: list[Score]
    verdict: Verdict
    validation: dict[str, float]
    neighbours: list[Example] = field(default_factory=list)
    histograms: list[Histogram] = field(default_factory=list)
    ways: list[Score] = field(default_factory=list)  # under other ways to split
    kept: list[Kept] = field(default_factory=list)
    curve: list[CurvePoint] = field(default_factory=list)
    map: list[MapPoint] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what could not be measured, and why

    def score(self, space: str, metric: str, direction: Direction = "text_to_image", split: Split = "test") -> Score | None:
        """One figure, or None where it was not measured."""
        found = (s for s in self.scores if (s.space, s.metric, s.direction, s.split) == (space, metric, direction, split))
        return next(found, None)


_adapter = TypeAdapter(EvaluationResults)


def results_path(reports: Path, person: str) -> Path:
    """Where a person's last evaluation stands: `<reports>/<person>/evaluation.json`."""
    return reports / person / "evaluation.json"


def write_results(reports: Path, results: EvaluationResults) -> Path:
    """Writes the results whole or not at all; returns where."""
    path = results_path(reports, results.person)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _adapter.dump_json(results, indent=1))
    return path


def read_results(reports: Path, person: str) -> EvaluationResults:
    """Reads what was written. Raises StoreError where there is none, or where it is not of this shape."""
    path = results_path(reports, person)
    try:
        return _adapter.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise StoreError(f"{person!r} has no evaluation ({path}); materialise `evaluation` first.") from error
    except ValidationError as error:
        raise StoreError(f"{path} is not an evaluation of this version: {error}. Materialise `evaluation` again.") from error
