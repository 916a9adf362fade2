"""A small evaluated person, made by hand: results with plausible figures, a warehouse, a manifest, and drawn pictures in the blobs."""

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.evaluate.report import render_report
from pipeline.evaluate.results import (
    Comparison,
    Counts,
    CurvePoint,
    EvaluationResults,
    Example,
    Histogram,
    Kept,
    MapPoint,
    Neighbour,
    Score,
    Verdict,
    write_results,
)
from pipeline.identifiers import id_of, sha256_of
from pipeline.store import Home

PERSON, MODEL = "ada", "0123456789abcdef"
MAP_AT_R = {
    "chance": 0.004,
    "raw": 0.005,
    "centred": 0.007,
    "ridge_identity": 0.27,
    "ridge_zero": 0.31,
    "cca": 0.55,
    "knn_cache": 0.10,
    "topic_only": 0.05,
    "adapter": 0.59,
    "shuffled": 0.006,
    "other_person": 0.03,
    "oracle_encoder": 0.74,
    "oracle": 0.86,
}
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class World:
    """A home with one evaluated person, and what was written there."""

    home: Home
    results: EvaluationResults

    def judged(self, **changes: Any) -> EvaluationResults:
        """The results with some fields changed, stored in place of the old ones."""
        changed = replace(self.results, **changes)
        write_results(self.home.reports, changed)
        return changed


@pytest.fixture
def evaluated(tmp_path: Path) -> World:
    """An adapter that beats its champion on the test split, is promoted, and costs most of the literal captions."""
    return build_world(tmp_path / "home")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of that person, for tests that only read it."""
    return render_report(build_world(tmp_path_factory.mktemp("rendered") / "home").home, PERSON, MODEL)


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Home]:
    """Writes one text into every field that strangers fill, in place of the text before, and gives the home."""
    world = build_world(tmp_path_factory.mktemp("hostile") / "home")

    def poison(payload: str) -> Home:
        example = replace(world.results.neighbours[0], text=payload, url=payload)
        undrawn = {"scores": [], "histograms": [], "kept": [], "curve": [], "map": []}  # charts hold no stranger's word and take seconds
        world.judged(neighbours=[example], remarks=[payload], encoder_id=payload, **undrawn)
        fill_warehouse(world.home, [neighbour.blob_sha256 for neighbour in example.before], payload, payload)
        path = world.home.models / MODEL / "manifest.json"
        path.write_text(json.dumps({"title": payload, payload: payload}))
        return world.home

    return poison


def build_world(root: Path) -> World:
    """A home with the pictures, the results, the manifest and the warehouse of one evaluated person."""
    home = Home(root)
    blobs = [home.blobs.put(picture(seed)) for seed in range(16)]
    results = make_results(blobs)
    write_results(home.reports, results)
    folder = home.models / MODEL
    folder.mkdir()
    manifest = {
        "model_id": MODEL,
        "recipe": {"adapter": "linear", "objective": "infonce"},
        "versions": {"torch": "2.13.0"},
        "weights_sha256": "ab" * 32,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    fill_warehouse(home, blobs, "A quiet title", "A passage about rivers.")
    return World(home, results)


def picture(seed: int) -> bytes:
    """A small drawn scene as PNG."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(30, 230, (4, 3))
    image = Image.new("RGB", (240, 180), tuple(colours[0]))
    draw = ImageDraw.Draw(image)
    for colour in colours[1:]:
        x, y, size = (int(v) for v in rng.integers(10, 130, 3))
        draw.ellipse((x, y, x + size, y + size), fill=tuple(int(c) for c in colour))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def make_results(blobs: list[str], champion: str = "cca") -> EvaluationResults:
    """Plausible results: every space, both ways, histograms, curves, examples."""
    rng = np.random.default_rng(7)
    return EvaluationResults(
        person=PERSON,
        model_id=MODEL,
        encoder_id="tiny:0f3a",
        recipe={"adapter": "linear", "sides": "both", "pair_kinds": {"inline": 1.0, "link": 0.5}},
        settings={"start": "cca", "temperature": 0.05, "steps": 600, "pull": 0.01},
        seed=0,
        counts=[
            Counts(split="train", texts=900, images=1400, pairs=3600, groups=240),
            Counts(split="test", texts=310, images=420, pairs=1210, groups=104),
        ],
        scores=_scores(),
        verdict=Verdict(
            promoted=True,
            sentence="The adapter is promoted: it finds held-out associations 1.08 times as well as CCA, the best closed form.",
            reasons=[],
            champion=champion,
            comparisons=[compare(space, 0.59 - value) for space, value in MAP_AT_R.items() if space in ("cca", "raw", "centred")],
            permutation_p=0.048,
            reached=0,
        ),
        validation={"adapter": 0.6, "cca": 0.56, "ridge_zero": 0.33, "ridge_identity": 0.29, "raw": 0.006},
        neighbours=[_example(blobs, number) for number in range(4)],
        histograms=_histograms(),
        ways=[
            Score(
                space=space,
                split=way,
                metric="one_of_100",
                direction="text_to_image",
                value=value,
                low=value - 0.02,
                high=value + 0.02,
                n=310,
                gallery=100,
            )
            for way in ("test", "random")
            for space, value in (("chance", 0.01), ("raw", 0.02), ("topic_only", 0.26), ("cca", 0.84))
        ],
        kept=[_kept(strength, captions) for captions in ("all", "without_mood_words") for strength in (0.0, 0.25, 0.5, 0.75, 1.0)],
        curve=[
            CurvePoint(step=s, loss=1.2 + 2 * float(np.exp(-s / 90)), validation=0.55 + 0.05 * s / (s + 120)) for s in range(0, 601, 30)
        ],
        map=[_point(rng, space, modality, n) for space in ("raw", "adapter") for modality in ("text", "image") for n in range(120)],
        remarks=["Mood words occur in 9 % of the captions."],
    )


def compare(space: str, difference: float, half_width: float = 0.02) -> Comparison:
    """The adapter beside a space, `difference` above it."""
    base = 0.59 - difference
    return Comparison(
        space=space,
        ratio=0.59 / base,
        ratio_low=(0.59 - half_width) / base,
        ratio_high=(0.59 + half_width) / base,
        difference=difference,
        difference_low=difference - half_width,
        difference_high=difference + half_width,
    )


def fill_warehouse(home: Home, blobs: list[str], title: str, text: str) -> None:
    """Two sources, three documents, passages, pictures, one duplicate, pairs in every split; texts as given."""
    sources = [
        {"source_id": "s0", "platform": "substack", "kind": "publication", "title": title, "hop": 0, "reported": 12, "fetched": 10},
        {"source_id": "s1", "platform": "pinterest", "kind": "board", "handle": "own/board", "hop": 1, "fetched": 0, "opted_out": title},
    ]
    pages = [{"page_id": f"p{n}", "kind": "post", "via": "crawl", "hop": n % 2, "current": True, "title": title} for n in range(3)]
    images = [{"image_url": f"https://img.example/{n}", "blob_sha256": blob, "outcome": "fetched"} for n, blob in enumerate(blobs)]
    pictures = [
        {"artefact_id": id_of("image", n), "page_id": "p0", "image_url": image["image_url"], "alt": text} for n, image in enumerate(images)
    ]
    passages = [{"artefact_id": id_of("text", n), "page_id": "p0", "text": text} for n in range(4)]
    duplicates = [{"artefact_id": id_of("image", n), "canonical_id": id_of("image", max(n - 1, 0) if n == 1 else n)} for n in range(4)]
    groups = [{"artefact_id": id_of("text", n), "group_id": f"g{n}", "tie": "document"} for n in range(4)]
    splits = [{"group_id": f"g{n}", "split": split} for n, split in enumerate(("train", "train", "validation", "test"))]
    ends = [(0, 0), (1, 1), (2, 2), (3, 3), (0, 3)]
    pairs = [
        {"pair_id": f"q{n}", "kind": "inline", "hop": 0, "text_group": f"g{a}", "image_group": f"g{b}"} for n, (a, b) in enumerate(ends)
    ]
    with home.warehouse.transaction() as warehouse:
        warehouse.replace("images", images)
        _replace(warehouse, sources=sources, pages=pages, pictures=pictures, passages=passages, duplicates=duplicates, groups=groups)
        _replace(warehouse, splits=splits, pairs=pairs, skips=[{"source_id": "s0", "reason": "paid", "n": 2}])
        _replace(warehouse, verdicts=[{"what": "leak", "ok": True, "detail": title, "recorded_at": NOW}])


def _replace(warehouse: Any, **tables: list[dict[str, Any]]) -> None:
    for table, rows in tables.items():
        warehouse.replace(table, [{"person": PERSON} | row for row in rows], person=PERSON)


def _scores() -> list[Score]:
    found = []
    for space, value in MAP_AT_R.items():
        for direction, factor in (("text_to_image", 1.0), ("image_to_text", 0.93)):
            for metric, power in (("map@r", 1.0), ("recall@1", 0.9), ("recall@5", 0.55), ("recall@10", 0.4)):
                middle = (value * factor) ** power
                found.append(_score(space, metric, direction, middle, 0.06 * middle))
        found.extend(
            _score(space, metric, "", middle, 0.01) for metric, middle in (("centre_distance", 0.82), ("rmg", 0.5), ("separability", 0.97))
        )
    own = _score("adapter", "map@r", "text_to_image", 0.6, 0.03)
    return [score for score in found if not (score.space in ("chance", "oracle") and not score.direction)] + [
        replace(own, split="validation")
    ]


def _score(space: str, metric: str, direction: Any, value: float, half: float) -> Score:
    interval = {"low": None, "high": None} if space == "chance" else {"low": value - half, "high": value + half}
    n = 20 if space == "shuffled" else 310
    return Score(space=space, split="test", metric=metric, direction=direction, value=value, n=n, gallery=420, **interval)


def _example(blobs: list[str], number: int) -> Example:
    order = np.random.default_rng(number).permutation(len(blobs))
    places = [int(place) for place in order]
    return Example(
        passage_id=id_of("text", number),
        text="The river keeps its own calendar, and in March it hands back what the winter borrowed: a boot, a bottle, a blue door. " * 2,
        url="https://own.example/p/river",
        before=[_neighbour(blobs, place, 0.4 - 0.02 * n, False) for n, place in enumerate(places[:5])],
        after=[_neighbour(blobs, place, 0.8 - 0.05 * n, n in (0, 2)) for n, place in enumerate(places[5:10])],
        positives=[_neighbour(blobs, place, 0.8 - 0.1 * n, True) for n, place in enumerate((places[5], places[7], places[11]))],
    )


def _neighbour(blobs: list[str], place: int, similarity: float, relevant: bool) -> Neighbour:
    sha256 = sha256_of(blobs[place])
    return Neighbour(artefact_id=id_of("image", place), sha256=sha256, blob_sha256=blobs[place], similarity=similarity, relevant=relevant)


def _histograms() -> list[Histogram]:
    edges = np.linspace(-1, 1, 81)
    centres = {"raw": (0.12, 0.11, 0.62, 0.55), "adapter": (0.62, 0.05, 0.2, 0.18)}
    kinds = ("matched", "unmatched", "text_text", "image_image")
    return [_histogram(space, what, mean, edges) for space, means in centres.items() for what, mean in zip(kinds, means, strict=True)]


def _histogram(space: str, what: Any, mean: float, edges: np.ndarray) -> Histogram:
    counts, _ = np.histogram(np.random.default_rng(3).normal(mean, 0.11, 4000), edges)
    return Histogram(space=space, what=what, edges=edges.tolist(), counts=counts.tolist())


def _kept(strength: float, captions: Any) -> Kept:
    recall = 0.98 - 0.8 * strength**0.7 + (0.03 if captions != "all" else 0)
    return Kept(
        strength=strength,
        captions=captions,
        recall_at_1=recall / 2,
        recall_at_10=min(recall, 1.0),
        recall_at_10_low=recall - 0.03,
        recall_at_10_high=min(recall + 0.03, 1.0),
        association=0.005 + 0.585 * strength**2,
        n=500,
        gallery=500,
    )


def _point(rng: np.random.Generator, space: str, modality: Any, number: int) -> MapPoint:
    x, y = rng.normal(0, 0.3, 2) + (0.8 if space == "raw" and modality == "text" else 0)
    return MapPoint(space=space, modality=modality, artefact_id=id_of(modality, number), group=f"g{number}", x=float(x), y=float(y))
