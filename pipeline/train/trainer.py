"""From a person's pairs to a stored model."""

import logging
import platform
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from pipeline.errors import NotEnoughData, RhizomeError
from pipeline.identifiers import id_of, sha256_of
from pipeline.one_thread import one_thread
from pipeline.pair import judged_version
from pipeline.store import Home
from pipeline.train.data import TrainingData, load_pairs
from pipeline.train.folder import weights_of, write_folder
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.select import Exam, choose_settings
from pipeline.train.spaces import AffineSpace

log = logging.getLogger(__name__)

TRAINING_CODE_VERSION = "2"  # raised by hand whenever the same inputs would give other weights
LIBRARIES = ("numpy", "torch", "safetensors", "rhizome")
VERDICTS = {"leak": "splits", "too_little_data": "splits", "vector_leak": "embeddings"}  # -> the asset that looks
IN_WORDS = {"leak": "leaks", "too_little_data": "enough data", "vector_leak": "leaks that vectors show"}
TRAINED_ON = ("pair_id", "text_sha256", "image_sha256", "page_id", "source_id", "hop", "kind", "weight", "split")


@dataclass(frozen=True)
class TrainedModel:
    """A stored model: its identity, how it was fitted, the curve of its training, and how long it took.

    The curve runs on to the recipe's last step, so that it shows what stopping where selection stopped was worth.
    """

    model_id: str
    settings: Settings
    curve: list[dict[str, float]]  # step, loss, validation
    seconds: float


def train_adapter(home: Home, person: str, encoder_id: str, recipe: Recipe, run_id: str) -> TrainedModel:
    """Chooses the settings, trains, and stores the model. The same inputs give the same `model_id`.

    Raises NotEnoughData where a verdict or the pairs say so, RhizomeError where something leaks between the splits.
    """
    require_verdicts(home, person)
    began = time.monotonic()
    data = load_pairs(home, person, encoder_id, recipe)
    with one_thread():
        settings = choose_settings(data.train, data.validation, recipe)
        space, curve = _fit(data, recipe, settings)
    seconds = time.monotonic() - began
    model_id = _store(home, person, encoder_id, recipe, data, settings, space, {"curve": curve, "run_id": run_id, "seconds": seconds})
    log.info("%s: model %s in %.1f s, %s", person, model_id, seconds, settings)
    return TrainedModel(model_id, settings, curve, seconds)


def require_verdicts(home: Home, person: str) -> None:
    """Obeys what was decided of the pairs and splits as they are now: raises RhizomeError on a leak, or where nobody looked at them,
    NotEnoughData on too little data."""
    rows = home.warehouse.rows("select what, ok, detail, data_version from verdicts where person = ? order by recorded_at", person)
    latest, version = {row["what"]: row for row in rows}, judged_version(home, person)
    for what, asset in VERDICTS.items():
        if what not in latest:
            raise RhizomeError(f"nobody has checked the {asset} of {person!r} for {IN_WORDS[what]}; materialise `{asset}` first.")
        if latest[what]["data_version"] != version:
            raise RhizomeError(
                f"the {asset} of {person!r} were checked before the pairs or splits changed; materialise `{asset}` again, then `adapter`."
            )
        if not latest[what]["ok"]:
            refused = NotEnoughData if what == "too_little_data" else RhizomeError
            raise refused(f"{person!r} is not trained: {latest[what]['detail']}")


def _fit(data: TrainingData, recipe: Recipe, settings: Settings) -> tuple[AffineSpace, list[dict[str, float]]]:
    """The adapter, and the curve of training on to the recipe's last step."""
    from pipeline.train.loop import fit

    exam, curve = Exam.of(data.validation), list[dict[str, float]]()

    def watch(step: int, loss: float, space: AffineSpace) -> None:
        curve.append({"step": step, "loss": loss, "validation": exam.score(space)})

    fit(data.train, recipe, replace(settings, steps=recipe.grid.steps), watch)
    return fit(data.train, recipe, settings), curve


def _store(
    home: Home,
    person: str,
    encoder_id: str,
    recipe: Recipe,
    data: TrainingData,
    settings: Settings,
    space: AffineSpace,
    told: dict[str, Any],
) -> str:
    weights = weights_of(space)
    weights_sha256 = sha256_of(weights)
    identity = (recipe.recipe_id, encoder_id, data.pairs_version, data.splits_version, recipe.seed, TRAINING_CODE_VERSION, weights_sha256)
    model_id = id_of("model", *identity)
    config = _config(encoder_id, recipe, settings, space)
    manifest = config | told | _facts(data)
    manifest_sha256 = write_folder(home, model_id, weights, config, manifest)
    model = {
        "person": person, "model_id": model_id, "recipe": recipe.recipe_id, "encoder_id": encoder_id,
        "pairs_version": data.pairs_version, "splits_version": data.splits_version, "weights_sha256": weights_sha256,
        "manifest_sha256": manifest_sha256, "status": "trained", "created_at": datetime.now(UTC),
    }  # fmt: skip
    rows = [{"person": person, "model_id": model_id} | {name: row[name] for name in TRAINED_ON} for row in data.rows]
    with home.warehouse.transaction() as t:
        t.upsert("models", [model], "person", "model_id")
        t.replace("training_rows", rows, person=person, model_id=model_id)
    return model_id


def _config(encoder_id: str, recipe: Recipe, settings: Settings, space: AffineSpace) -> dict[str, Any]:
    """What it takes to use the model. A map without means folds exactly into an encoder's projection, an affine one does not."""
    folds = not np.any(space.text.mean) and not np.any(space.image.mean)
    return {
        "encoder_id": encoder_id, "dim": len(space.text.mean), "recipe": recipe.to_dict(), "recipe_id": recipe.recipe_id,
        "settings": asdict(settings), "folds_exactly": folds, "code_version": TRAINING_CODE_VERSION,
    }  # fmt: skip


def _facts(data: TrainingData) -> dict[str, Any]:
    sets = {"train": data.train, "validation": data.validation, "test": data.test, "captions": data.captions}
    counts = {name: {"texts": len(p.texts), "images": len(p.images), "pairs": len(p), "groups": len(p.groups)} for name, p in sets.items()}
    return {
        "pairs_version": data.pairs_version, "splits_version": data.splits_version, "counts": counts, "left_out": data.left_out,
        "created_at": datetime.now(UTC).isoformat(), "machine": platform.platform(), "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }  # fmt: skip
