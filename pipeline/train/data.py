"""From the warehouse to arrays: a person's pairs by split, with the encoder's vectors."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.embed.cache import load_vectors
from pipeline.errors import NotEnoughData
from pipeline.identifiers import version_of
from pipeline.pair.kinds import ASSOCIATIONS
from pipeline.store import Home
from pipeline.train.pairs import Items, PairSet
from pipeline.train.recipe import Recipe

PAIRS = """
    select p.pair_id, p.text_id, p.image_id, p.kind, p.weight, p.hop, p.text_group, p.image_group, p.page_id,
           t.sha256 as text_sha256, i.sha256 as image_sha256, t.source_id, a.split, b.split as image_split
    from pairs p
    join passages t on t.person = p.person and t.artefact_id = p.text_id
    join pictures c on c.person = p.person and c.artefact_id = p.image_id
    join images i using (image_url)
    left join splits a on a.person = p.person and a.group_id = p.text_group
    left join splits b on b.person = p.person and b.group_id = p.image_group
    where p.person = ? and i.blob_sha256 is not null order by p.pair_id"""

PLACED = "select variant, fold, pair_id, split, cell from split_variants where person = ? and split <> 'validation' order by all"

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """A person's pairs as arrays, by split. `captions` are literal pairs (a pin's own words) outside training.

    `rows` are the pairs trained on, for `training_rows`; `left_out` counts pairs whose sides fall in different splits.
    """

    train: PairSet
    validation: PairSet
    test: PairSet
    captions: PairSet
    rows: list[dict[str, Any]]
    left_out: int
    pairs_version: str
    splits_version: str


def load_pairs(home: Home, person: str, encoder_id: str, recipe: Recipe) -> TrainingData:
    """The pairs of one person with the vectors of one encoder.

    Training takes the kinds and hops that the recipe weighs above zero; validation and test take the person's own
    associations (hop 0, inline and link) alone. Raises NotEnoughData where a split has no pair, StoreError where vectors are
    missing.
    """
    everything = home.warehouse.rows(PAIRS, person)
    rows = [row for row in everything if row["split"] and row["split"] == row["image_split"]]
    train = [row | {"weight": weight} for row in rows if row["split"] == "train" and (weight := _weight(row, recipe)) > 0]
    own = [row for row in rows if row["hop"] == 0 and row["kind"] in ASSOCIATIONS]
    held = {name: [row for row in own if row["split"] == name] for name in ("validation", "test")}
    _require(person, {"train": train} | held)
    captions = [row for row in rows if row["kind"] == "text_pin" and row["split"] != "train"]
    build = _Builder(home, encoder_id, [*train, *held["validation"], *held["test"], *captions])
    return TrainingData(
        train=build(train),
        validation=build(held["validation"]),
        test=build(held["test"]),
        captions=build(captions),
        rows=train,
        left_out=len(everything) - len(rows),
        pairs_version=version_of(_content(row) for row in everything),
        splits_version=version_of((row["pair_id"], row["split"], row["image_split"]) for row in everything),
    )


@dataclass(frozen=True, kw_only=True)
class VariantData:
    """The pairs of one way to split (`pipeline.pair.variants`). `name`: the way, and of the grid its cell."""

    name: str
    fold: int
    train: PairSet
    test: PairSet


def load_variants(home: Home, person: str, encoder_id: str, recipe: Recipe) -> Iterator[VariantData]:
    """Every other way to split that has pairs to train on and to test, fold by fold, under the recipe's weights."""
    rows = {row["pair_id"]: row for row in home.warehouse.rows(PAIRS, person)}
    trained = {name: row | {"weight": weight} for name, row in rows.items() if (weight := _weight(row, recipe)) > 0}
    ways: dict[tuple[str, int], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for placed in home.warehouse.rows(PLACED, person):
        held = trained if placed["split"] == "train" else rows
        if placed["pair_id"] in held:
            ways[placed["variant"], placed["fold"]][placed["cell"] or placed["split"]].append(held[placed["pair_id"]])
    if not ways:
        return
    build = _Builder(home, encoder_id, [row for found in ways.values() for part in found.values() for row in part])
    for (variant, fold), found in ways.items():
        train = found.pop("train", None)
        for cell, test in found.items() if train else ():
            yield VariantData(
                name=variant if cell == "test" else f"{variant}: {cell}", fold=fold, train=build(train or ()), test=build(test)
            )


def _weight(row: Row, recipe: Recipe) -> float:
    hop = min(int(row["hop"]), len(recipe.hops) - 1)
    return float(row["weight"]) * recipe.kinds.get(row["kind"], 0.0) * recipe.hops[hop]


def _content(row: Row) -> tuple[object, ...]:
    names = ("pair_id", "text_sha256", "image_sha256", "kind", "hop", "text_group", "image_group")
    return (*(row[name] for name in names), round(float(row["weight"]), 9))


def _require(person: str, splits: Mapping[str, Sequence[Row]]) -> None:
    empty = [name for name, rows in splits.items() if not rows]
    if empty:
        counts = ", ".join(f"{len(rows)} for {name}" for name, rows in splits.items())
        raise NotEnoughData(
            f"{person!r} has no pairs for {' and '.join(empty)} ({counts}); needed: own posts with pictures, or pins that link to "
            "pages, in each split. Gather more, then materialise `pairs` and `splits` again."
        )


class _Builder:
    """Vectors of all contents, loaded once, and pair sets over them."""

    def __init__(self, home: Home, encoder_id: str, rows: Sequence[Row]) -> None:
        self._vectors = {}
        for side in ("text", "image"):
            names = sorted({row[f"{side}_sha256"] for row in rows})
            modality: Any = side
            self._vectors[side] = dict(zip(names, load_vectors(home, encoder_id, modality, names), strict=True))
        self._dim = len(next(iter(self._vectors["text"].values())))
        groups = sorted({row[f"{side}_group"] for row in rows for side in ("text", "image")})
        self._code = {name: code for code, name in enumerate(groups)}

    def __call__(self, rows: Sequence[Row]) -> PairSet:
        """Items by content, each standing for its lowest artefact id; the same two contents twice are one pair, the heaviest."""
        weights: dict[tuple[str, str], float] = {}
        for row in rows:
            link = (row["text_sha256"], row["image_sha256"])
            weights[link] = max(weights.get(link, 0.0), float(row["weight"]))
        links = sorted(weights)
        texts, images = self._items("text", rows), self._items("image", rows)
        column = {side: {name: i for i, name in enumerate(items.sha256)} for side, items in (("text", texts), ("image", images))}
        return PairSet(
            texts=texts,
            images=images,
            text_index=np.array([column["text"][text] for text, _ in links], np.int64),
            image_index=np.array([column["image"][image] for _, image in links], np.int64),
            weights=np.array([weights[link] for link in links], np.float32),
        )

    def _items(self, side: str, rows: Sequence[Row]) -> Items:
        first: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: str(row[f"{side}_id"])):
            first.setdefault(row[f"{side}_sha256"], row)
        names = sorted(first)
        vectors = [self._vectors[side][name] for name in names]
        return Items(
            vectors=np.array(vectors, np.float32).reshape(len(names), self._dim),
            groups=np.array([self._code[first[name][f"{side}_group"]] for name in names], np.int64),
            ids=tuple(str(first[name][f"{side}_id"]) for name in names),
            sha256=tuple(names),
        )
