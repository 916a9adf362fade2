"""A synthetic person: style factors that texts and images carry, each side through an encoder's own random map."""

import shutil
from copy import copy, deepcopy
from dataclasses import dataclass

import numpy as np

from pipeline.embed.cache import embed_missing
from pipeline.identifiers import sha256_of
from pipeline.pair import judged_version
from pipeline.train.pairs import Items, PairSet
from pipeline.train.spaces import unit


@dataclass(frozen=True)
class Synthetic:
    """Draws posts. `moods`: `compositional` (every combination may be new) or a number of discrete moods that come back."""

    dim: int = 64
    factors: int = 4
    levels: int = 5
    noise: float = 0.02
    nuisance: int = 24
    gap: float = 0.6
    moods: int = 0
    seed: int = 0

    def posts(self, count: int, texts: int = 3, images: int = 4, seed: int = 1, first_group: int = 0) -> PairSet:
        """Every text of a post paired with every image of it; one group a post."""
        codes = self._moods(count, seed)
        random = np.random.default_rng([self.seed, seed])
        text_groups, image_groups = np.repeat(np.arange(count), texts), np.repeat(np.arange(count), images)
        text_index = np.repeat(np.arange(count * texts), images)
        image_index = np.concatenate([np.tile(np.arange(images) + g * images, texts) for g in range(count)])
        return PairSet(
            texts=self._items(codes[text_groups], text_groups + first_group, "text", random),
            images=self._items(codes[image_groups], image_groups + first_group, "image", random),
            text_index=text_index.astype(np.int64),
            image_index=image_index.astype(np.int64),
            weights=np.ones(len(text_index), np.float32),
        )

    def _moods(self, count, seed):
        fixed, drawn = np.random.default_rng([self.seed, 7]), np.random.default_rng([self.seed, 8, seed])
        if self.moods:
            return fixed.integers(0, self.levels, (self.moods, self.factors))[drawn.integers(0, self.moods, count)]
        return drawn.integers(0, self.levels, (count, self.factors))

    def _items(self, codes, groups, side, random):
        fixed = np.random.default_rng([self.seed, 3 if side == "text" else 4])
        onehot = np.eye(self.levels)[codes].reshape(len(codes), -1)
        signal = onehot @ fixed.normal(size=(self.factors * self.levels, self.dim)) / self.dim**0.5
        nuisance = random.normal(size=(len(codes), self.nuisance)) @ fixed.normal(size=(self.nuisance, self.dim)) / self.dim**0.5
        offset = self.gap * unit(fixed.normal(size=(1, self.dim)))
        vectors = unit(signal * 0.3 + nuisance * 0.15 + offset + random.normal(size=(len(codes), self.dim)) * self.noise)
        names = tuple(f"{side}-{self.seed}-{group}-{i}" for i, group in enumerate(groups))
        return Items(vectors=vectors, groups=groups.astype(np.int64), ids=names, sha256=names)


class FixedEncoder:
    """An encoder that knows its contents by heart."""

    dim = 64
    encoder_id = "fixed"

    def __init__(self, vectors):
        self.vectors = vectors
        self.asked = []

    def embed_texts(self, texts):
        return self._look_up([text.encode() for text in texts])

    def embed_images(self, images):
        return self._look_up(images)

    def _look_up(self, contents):
        self.asked += contents
        return np.array([self.vectors[content] for content in contents], np.float32).reshape(len(contents), self.dim)


class Filled:
    """A warehouse as pairing left it, for one synthetic person: inline pairs of posts in three splits, and an encoder."""

    def __init__(self, home, world, person="ada", train=40, validation=12, test=24):
        self.home, self.person = home, person
        self.rows = {name: [] for name in ("passages", "pictures", "images", "pairs", "splits", "verdicts")}
        self.encoder = FixedEncoder({})
        for number, (split, count) in enumerate({"train": train, "validation": validation, "test": test}.items()):
            if count:
                self._posts(world.posts(count, 2, 3, seed=number + 10), split)
        verdicts = ("leak", "too_little_data", "vector_leak")
        self.rows["verdicts"] = [{"what": what, "ok": True, "detail": "as it should be"} for what in verdicts]

    def write(self):
        with self.home.warehouse.transaction() as t:
            for table, rows in self.rows.items():
                if table == "images":
                    t.upsert(table, rows, "image_url")
                else:
                    t.replace(table, [row | {"person": self.person} for row in rows], person=self.person)
        version = judged_version(self.home, self.person)
        verdicts = [{"person": self.person, "data_version": version} | row for row in self.rows["verdicts"]]
        with self.home.warehouse.transaction() as t:
            t.replace("verdicts", verdicts, person=self.person)
        embed_missing(self.home, self.person, self.encoder)
        return self

    def copied_to(self, home):
        """The same in another home, for a test to do with as it likes."""
        shutil.copytree(self.home.root, home.root, dirs_exist_ok=True)
        other = copy(self)
        other.home, (other.rows, other.encoder) = home, deepcopy((self.rows, self.encoder))
        return other

    def _posts(self, pairs, split):
        groups = sorted({int(g) for g in pairs.groups})
        self.rows["splits"] += [{"group_id": f"{split}-{g}", "split": split} for g in groups]
        for i in range(len(pairs.texts)):
            text, url = f"{split} {self.person} {pairs.texts.ids[i]}", f"https://{self.person}.example/{split}-{pairs.texts.groups[i]}"
            self.encoder.vectors[text.encode()] = pairs.texts.vectors[i]
            row = {"artefact_id": f"{split}-t{i}", "text": text, "sha256": sha256_of(text), "url": url, "hop": 0, "source_id": "own"}
            self.rows["passages"].append(row)
        for i in range(len(pairs.images)):
            content = f"picture {split} {self.person} {pairs.images.ids[i]}".encode()
            self.encoder.vectors[content] = pairs.images.vectors[i]
            sha256, address = self.home.blobs.put(content), f"https://images.example/{self.person}/{split}/{i}"
            self.rows["images"].append({"image_url": address, "sha256": sha256, "blob_sha256": sha256, "outcome": "kept"})
            self.rows["pictures"].append({"artefact_id": f"{split}-i{i}", "image_url": address, "hop": 0})
        for k, (text, image) in enumerate(zip(pairs.text_index, pairs.image_index, strict=True)):
            row = {"pair_id": f"{split}-p{k}", "text_id": f"{split}-t{text}", "image_id": f"{split}-i{image}", "kind": "inline", "hop": 0}
            ends = {"text_group": f"{split}-{pairs.texts.groups[text]}", "image_group": f"{split}-{pairs.images.groups[image]}"}
            self.rows["pairs"].append(row | ends | {"weight": 1.0, "page_id": f"page {ends['text_group']}", "evidence": "{}"})
