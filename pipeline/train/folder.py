"""A model's folder: `adapter.safetensors`, `config.json` and `manifest.json`, written whole or not at all, checked when read."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of
from pipeline.store import Home, write_atomically
from pipeline.train.pairs import Vectors
from pipeline.train.spaces import AffineMap, AffineSpace

WEIGHTS, CONFIG, MANIFEST = "adapter.safetensors", "config.json", "manifest.json"


def weights_of(space: AffineSpace) -> bytes:
    """The maps as the bytes of a safetensors file: the same maps, the same bytes."""
    from safetensors.numpy import save

    tensors = {
        "text.mean": space.text.mean,
        "text.matrix": space.text.matrix,
        "image.mean": space.image.mean,
        "image.matrix": space.image.matrix,
    }
    content: bytes = save({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()})
    return content


def write_folder(home: Home, model_id: str, weights: bytes, config: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Writes a model under a temporary name and renames it; returns the manifest's sha256. One that is there and whole stays."""
    target = home.models / model_id
    if _is_whole(home, model_id):
        return sha256_of((target / MANIFEST).read_bytes())
    files = {WEIGHTS: weights, CONFIG: _json(config)}
    files[MANIFEST] = _json({**manifest, "model_id": model_id, "files": {name: sha256_of(content) for name, content in files.items()}})
    temporary = home.models / f".{model_id}.{os.getpid()}.{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        for name, content in files.items():
            write_atomically(temporary / name, content)
        shutil.rmtree(target, ignore_errors=True)  # what a lost or damaged file left of it
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sha256_of(files[MANIFEST])


def _is_whole(home: Home, model_id: str) -> bool:
    try:
        read_folder(home, model_id)
    except StoreError:
        return False
    return True


def read_folder(home: Home, model_id: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """(files, manifest) of a model. Raises StoreError where a file is missing or no longer has the hash that the manifest states."""
    folder = home.models / model_id
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        files = {name: (folder / name).read_bytes() for name in manifest["files"]}
    except FileNotFoundError as error:
        raise StoreError(f"model {model_id} is incomplete: {error.filename} is missing; train again.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"the manifest in {folder} cannot be read ({error}); train again.") from error
    damaged = [name for name, content in files.items() if sha256_of(content) != manifest["files"][name]]
    if damaged or WEIGHTS not in files:
        raise StoreError(
            f"model {model_id} is damaged: {', '.join(damaged) or WEIGHTS} no longer as written; delete {folder} and train again."
        )
    return files, manifest


def read_manifest(home: Home, model_id: str) -> dict[str, Any]:
    """The manifest of a model whose files are all as written."""
    return read_folder(home, model_id)[1]


def load_adapter(home: Home, model_id: str) -> AffineSpace:
    """The adapter as a space. Raises StoreError where it is missing or damaged, or differs from what the warehouse knows."""
    from safetensors.numpy import load

    files, _ = read_folder(home, model_id)
    known = home.warehouse.rows("select weights_sha256, manifest_sha256 from models where model_id = ?", model_id)
    manifest_sha256 = sha256_of((home.models / model_id / MANIFEST).read_bytes())
    if any(row["weights_sha256"] != sha256_of(files[WEIGHTS]) or row["manifest_sha256"] != manifest_sha256 for row in known):
        raise StoreError(f"model {model_id} is not the one the warehouse knows; delete {home.models / model_id} and train again.")
    tensors: dict[str, Vectors] = load(files[WEIGHTS])
    text, image = (AffineMap(tensors[f"{side}.mean"], tensors[f"{side}.matrix"]) for side in ("text", "image"))
    return AffineSpace("adapter", text, image)


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()
