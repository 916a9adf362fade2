"""The truth of a simulated person, read from files: nothing but evaluation may know it, and nobody real has any."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pipeline.embed.cache import embed_images_cached, embed_texts_cached
from pipeline.embed.encoder import Encoder
from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of
from pipeline.store import Home
from pipeline.train.pairs import Index, Items, PairSet, Vectors

FILES = ("truth.json", "oracle.parquet", "other.parquet", "captions.parquet")


@dataclass(frozen=True)
class Truth:
    """`facts` of truth.json; many pairs made with the person's habit, their factors int64[n, 4]; another's pairs; literal captions."""

    facts: Mapping[str, Any]
    oracle: PairSet
    factors: Index
    other: PairSet
    captions: PairSet
    has_mood_word: Index  # int64[n_captions], 1 where a mood word stands in the caption


def truth_version(folder: Path) -> str:
    """A hash of everything that `read_truth` reads there."""
    return sha256_of("".join(sha256_of((folder / name).read_bytes()) for name in FILES))


def read_truth(home: Home, encoder: Encoder, folder: Path) -> Truth:
    """The truth with the encoder's vectors, through the cache. Raises StoreError where a file is missing or of another shape."""
    try:
        facts = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        oracle, other, captions = (pq.read_table(folder / f"{name}.parquet").to_pydict() for name in ("oracle", "other", "captions"))
        factors = np.stack([np.array(oracle[name], np.int64) for name in facts["factors"]], axis=1)
        mood_word = np.array(captions["has_mood_word"], np.int64)
        return Truth(
            facts,
            _pairs(home, encoder, oracle, np.arange(len(oracle["text"]))),
            factors,
            _pairs(home, encoder, other, np.array(other["group"], np.int64)),
            _pairs(home, encoder, captions, np.arange(len(captions["text"]))),
            mood_word,
        )
    except (OSError, KeyError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise StoreError(f"the truth in {folder} cannot be read ({what}); write it again with the simulator.") from error


def with_recurring_moods(home: Home, person: str, pairs: PairSet, facts: Mapping[str, Any]) -> PairSet:
    """The pairs, and those of each text with the pictures of other groups whose post has the very same mood.

    In a world of few moods these show what is to be found, and counting them as wrong punishes every space alike. Where each
    post has a mood of its own nothing is added. A picture's mood is that of the post it is paired with.
    """
    rows = home.warehouse.rows("select artefact_id, url from passages where person = ?", person)
    url = {row["artefact_id"]: row["url"] for row in rows}
    code = {mood: number for number, mood in enumerate(sorted({tuple(mood) for mood in facts["moods"].values()}))}
    of_post = {post: code[tuple(mood)] for post, mood in facts["moods"].items()}
    texts = np.array([of_post.get(url[name], -1) for name in pairs.texts.ids], np.int64)
    images = np.full(len(pairs.images), -1, np.int64)
    images[pairs.image_index] = texts[pairs.text_index]
    alike = (texts[:, None] == images[None, :]) & (texts >= 0)[:, None]
    text, image = np.nonzero(alike & (pairs.texts.groups[:, None] != pairs.images.groups[None, :]))
    return replace(
        pairs,
        text_index=np.concatenate([pairs.text_index, text]),
        image_index=np.concatenate([pairs.image_index, image]),
        weights=np.concatenate([pairs.weights, np.ones(len(text), np.float32)]),
    )


def _pairs(home: Home, encoder: Encoder, columns: Mapping[str, list[Any]], groups: Index) -> PairSet:
    """Row i ties text i to image i; texts and images of one group belong together too."""
    texts = _items(embed_texts_cached(home, encoder, columns["text"]), groups, [sha256_of(text) for text in columns["text"]])
    images = _items(embed_images_cached(home, encoder, columns["image"]), groups, [sha256_of(image) for image in columns["image"]])
    rows = np.arange(len(groups), dtype=np.int64)
    return PairSet(texts=texts, images=images, text_index=rows, image_index=rows, weights=np.ones(len(rows), np.float32))


def _items(vectors: Vectors, groups: Index, names: list[str]) -> Items:
    return Items(vectors=vectors, groups=groups.astype(np.int64), ids=tuple(names), sha256=tuple(names))
