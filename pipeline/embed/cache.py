"""Vectors by content: computed once per encoder, for whichever person, kept in shards that are checked when read.

A shard is a parquet file `vectors/<encoder_id>/<shard>.parquet` with the columns `sha256` and `vector`; its own sha256 stands
in the table `shards`. It is written before the rows that point at it, so a killed run loses one shard's work at most.
"""

import io
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from pipeline.embed.encoder import Encoder
from pipeline.errors import EncoderError, StoreError
from pipeline.identifiers import id_of, sha256_of
from pipeline.store import Home, write_atomically

log = logging.getLogger(__name__)

SHARD = 1024  # items; at 1,024 dimensions 4 MB of float32
Modality = Literal["text", "image"]
Vectors: TypeAlias = NDArray[np.float32]

LENGTH_ERROR = 1e-3  # of a unit vector in float32; not-a-number compares false and so is faulty too
PASSAGES = """
    select distinct p.sha256, p.text as place from passages p
    where p.person = ? and p.artefact_id in (select text_id from pairs where person = ?) order by p.sha256"""
IMAGES = """
    select i.sha256, min(i.blob_sha256) as place from images i join pictures p using (image_url)
    where p.person = ? and i.blob_sha256 is not null and p.artefact_id in (select image_id from pairs where person = ?)
    group by i.sha256 order by i.sha256"""
MISSING = """
    with used as (select person, text_id as artefact_id from pairs union select person, image_id from pairs)
    select distinct a.sha256, a.modality from used join artefacts a using (person, artefact_id) where used.person = ?"""


@dataclass(frozen=True)
class EmbedSummary:
    """How many contents of each modality were embedded now, and how many had been before."""

    texts: int
    images: int
    texts_before: int
    images_before: int


def embed_missing(home: Home, person: str, encoder: Encoder) -> EmbedSummary:
    """Embeds every passage and kept image of the person's pairs that this encoder has not seen, for any person; notes it as theirs.

    Raises EncoderError where a vector is not finite or of the wrong size, StoreError where a picture's bytes are damaged.
    """
    _forget_lost(home, encoder)
    texts = {row["sha256"]: row["place"] for row in home.warehouse.rows(PASSAGES, person, person)}
    images = {row["sha256"]: row["place"] for row in home.warehouse.rows(IMAGES, person, person)}
    new_texts = _missing(home, encoder, "text", list(texts))
    new_images = _missing(home, encoder, "image", list(images))
    _embed(home, encoder, "text", new_texts, lambda names: encoder.embed_texts([texts[name] for name in names]))
    _embed(home, encoder, "image", new_images, lambda names: encoder.embed_images([home.blobs.get(images[name]) for name in names]))
    with home.warehouse.transaction() as t:
        t.upsert("person_encoders", [{"person": person, "encoder_id": encoder.encoder_id}], "person")
    return EmbedSummary(len(new_texts), len(new_images), len(texts) - len(new_texts), len(images) - len(new_images))


def embed_texts_cached(home: Home, encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """float32[len(texts), dim], from the cache where it has them and into it where not."""
    _forget_lost(home, encoder)
    by_name = {sha256_of(text): text for text in texts}
    new = _missing(home, encoder, "text", sorted(by_name))
    _embed(home, encoder, "text", new, lambda names: encoder.embed_texts([by_name[name] for name in names]))
    return load_vectors(home, encoder.encoder_id, "text", [sha256_of(text) for text in texts])


def embed_images_cached(home: Home, encoder: Encoder, images: Sequence[bytes]) -> Vectors:
    """float32[len(images), dim], from the cache where it has them and into it where not."""
    _forget_lost(home, encoder)
    by_name = {sha256_of(image): image for image in images}
    new = _missing(home, encoder, "image", sorted(by_name))
    _embed(home, encoder, "image", new, lambda names: encoder.embed_images([by_name[name] for name in names]))
    return load_vectors(home, encoder.encoder_id, "image", [sha256_of(image) for image in images])


def load_vectors(home: Home, encoder_id: str, modality: Modality, sha256s: Sequence[str]) -> Vectors:
    """float32[len(sha256s), dim] in that order. Raises StoreError where a vector is missing or a shard is damaged."""
    shard_of = {row["sha256"]: row["shard"] for row in _known(home, encoder_id, modality, sha256s)}
    lost = [name for name in sha256s if name not in shard_of]
    if lost:
        raise StoreError(f"{len(lost)} of {len(sha256s)} {modality}s have no vector of {encoder_id}; materialise `embeddings` first.")
    if not sha256s:
        return np.zeros((0, 0), np.float32)
    found: dict[str, Vectors] = {}
    for shard in sorted({shard_of[name] for name in sha256s}):
        names, vectors = read_shard(home, encoder_id, shard)
        found |= {name: vector for name, vector in zip(names, vectors, strict=True) if shard_of.get(name) == shard}
    return np.stack([found[name] for name in sha256s])


def read_shard(home: Home, encoder_id: str, shard: str) -> tuple[list[str], Vectors]:
    """The names and vectors of one shard. Raises StoreError where the file is missing or no longer has its own hash."""
    path = shard_path(home, encoder_id, shard)
    rows = home.warehouse.rows("select sha256 from shards where shard = ?", shard)
    content = path.read_bytes() if path.exists() else b""
    if not rows or sha256_of(content) != rows[0]["sha256"]:
        raise StoreError(f"the vectors in {path} are missing or damaged; delete that file and materialise `embeddings` again.")
    table = pq.read_table(io.BytesIO(content))
    vectors = table.column("vector").combine_chunks()
    return table.column("sha256").to_pylist(), np.asarray(vectors.values, np.float32).reshape(len(vectors), -1)


def _forget_lost(home: Home, encoder: Encoder) -> None:
    """Shards whose file is gone are made anew."""
    for row in home.warehouse.rows("select shard from shards where encoder_id = ?", encoder.encoder_id):
        if not shard_path(home, encoder.encoder_id, row["shard"]).exists():
            forget_shard(home, encoder.encoder_id, row["shard"])


def forget_shard(home: Home, encoder_id: str, shard: str) -> None:
    """Removes a shard and all that points at it, so that its contents are embedded anew."""
    with home.warehouse.transaction() as t:
        t.execute("delete from embeddings where shard = ?", shard)
        t.execute("delete from shards where shard = ?", shard)
    shard_path(home, encoder_id, shard).unlink(missing_ok=True)


def shard_path(home: Home, encoder_id: str, shard: str) -> Path:
    """Where a shard stands. An encoder id that could not be a folder's name is spelt with its hash."""
    safe = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", encoder_id)
    folder = encoder_id if safe else f"{re.sub(r'[^A-Za-z0-9]+', '-', encoder_id)}-{id_of(encoder_id)}"
    return home.vectors / folder / f"{shard}.parquet"


def faulty_vectors(home: Home, person: str, encoder_id: str) -> list[str]:
    """sha256 of the person's paired contents without a vector of this encoder, or with one that is not finite or not of length one."""
    used = {(row["sha256"], row["modality"]) for row in home.warehouse.rows(MISSING, person)}
    found = home.warehouse.rows("select sha256, modality, shard from embeddings where encoder_id = ?", encoder_id)
    held = [row for row in found if (row["sha256"], row["modality"]) in used]
    faulty = {name for name, _ in used - {(row["sha256"], row["modality"]) for row in held}}
    for shard in sorted({row["shard"] for row in held}):
        names, vectors = read_shard(home, encoder_id, shard)
        faulty |= {name for name, vector in zip(names, vectors, strict=True) if not abs(np.linalg.norm(vector) - 1) < LENGTH_ERROR}
    return sorted(faulty & {name for name, _ in used})


def _known(home: Home, encoder_id: str, modality: Modality, names: Sequence[str]) -> list[dict[str, Any]]:
    sql = "select sha256, shard from embeddings where encoder_id = ? and modality = ? and sha256 in (select unnest(?))"
    return home.warehouse.rows(sql, encoder_id, modality, list(names))


def _missing(home: Home, encoder: Encoder, modality: Modality, names: Sequence[str]) -> list[str]:
    known = {row["sha256"] for row in _known(home, encoder.encoder_id, modality, names)}
    return [name for name in names if name not in known]


def _embed(home: Home, encoder: Encoder, modality: Modality, names: Sequence[str], compute: Callable[[Sequence[str]], Vectors]) -> None:
    """Shard by shard: compute, check, write the file, then its rows."""
    starts = range(0, len(names), SHARD)
    for start in tqdm(starts, desc=f"embedding {modality}s", unit="shard", disable=None):
        chunk = names[start : start + SHARD]
        vectors = compute(chunk)
        _check(vectors, encoder, modality, chunk)
        _write(home, encoder.encoder_id, modality, chunk, vectors)
        log.info("embedded %d of %d %ss", start + len(chunk), len(names), modality)


def _check(vectors: Vectors, encoder: Encoder, modality: Modality, names: Sequence[str]) -> None:
    if vectors.shape != (len(names), encoder.dim):
        raise EncoderError(
            f"{encoder.encoder_id} gave {vectors.shape} for {len(names)} {modality}s; needed: ({len(names)}, {encoder.dim})."
        )
    broken = [name for name, vector in zip(names, vectors, strict=True) if not np.isfinite(vector).all()]
    if broken:
        raise EncoderError(
            f"{encoder.encoder_id} gave vectors that are not finite for {len(broken)} {modality}s, the first is {broken[0]}; "
            "nothing of this shard was kept. Check the encoder's weights and its number format."
        )


def _write(home: Home, encoder_id: str, modality: Modality, names: Sequence[str], vectors: Vectors) -> None:
    shard = id_of(encoder_id, modality, *names)
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).ravel())
    table = pa.table({"sha256": list(names), "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    path = shard_path(home, encoder_id, shard)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, stream.getvalue())
    shared = {"encoder_id": encoder_id, "modality": modality, "shard": shard}
    rows = [shared | {"sha256": name} for name in names]
    with home.warehouse.transaction() as t:
        t.upsert("shards", [shared | {"sha256": sha256_of(stream.getvalue()), "n": len(names)}], "shard")
        t.upsert("embeddings", rows, "encoder_id", "sha256", "modality")
