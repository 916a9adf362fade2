"""Pairs as arrays: what training fits on and evaluation asks about."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
Index: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Items:
    """The texts, or the images, of one set of pairs; an item is one content, wherever it stands.

    `vectors` float32[n, d] of the frozen encoder, unit norm; `groups` int64[n], codes shared by texts and images; `ids`
    the artefact that stands for each item, `sha256` its content.
    """

    vectors: Vectors
    groups: Index
    ids: tuple[str, ...]
    sha256: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, index: Index) -> "Items":
        """The items at `index`, in that order."""
        ids, sha256 = (tuple(names[i] for i in index) for names in (self.ids, self.sha256))
        return Items(vectors=self.vectors[index], groups=self.groups[index], ids=ids, sha256=sha256)


@dataclass(frozen=True, kw_only=True)
class PairSet:
    """Texts, images and which belong together: pair k ties text `text_index[k]` to image `image_index[k]` with `weights[k]`."""

    texts: Items
    images: Items
    text_index: Index
    image_index: Index
    weights: Vectors

    def __len__(self) -> int:
        return len(self.text_index)

    @property
    def groups(self) -> Index:
        """The codes of all groups that hold a text or an image, sorted."""
        found: Index = np.union1d(self.texts.groups, self.images.groups)
        return found

    def swapped(self) -> "PairSet":
        """The same pairs asked from the other side: images in the place of texts."""
        return PairSet(texts=self.images, images=self.texts, text_index=self.image_index, image_index=self.text_index, weights=self.weights)

    def select(self, keep: NDArray[np.bool_]) -> "PairSet":
        """The pairs where `keep` is true, with the items they need and no others."""
        texts, text_index = np.unique(self.text_index[keep], return_inverse=True)
        images, image_index = np.unique(self.image_index[keep], return_inverse=True)
        return PairSet(
            texts=self.texts.take(texts),
            images=self.images.take(images),
            text_index=text_index.astype(np.int64),
            image_index=image_index.astype(np.int64),
            weights=self.weights[keep],
        )

    def within(self, groups: Index) -> "PairSet":
        """The pairs both of whose sides lie in `groups`."""
        return self.select(np.isin(self.texts.groups[self.text_index], groups) & np.isin(self.images.groups[self.image_index], groups))

    def with_links(self, image_index: Index, image_groups: Index) -> "PairSet":
        """The same texts tied to other images, whose groups are named anew: for the shuffled control."""
        return replace(self, image_index=image_index, images=replace(self.images, groups=image_groups))


def folds_of(groups: Index, k: int, seed: int) -> list[Index]:
    """Deals distinct group codes into `k` folds of nearly equal number, in an order drawn from `seed`."""
    shuffled = np.random.default_rng(seed).permutation(np.unique(groups))
    return [np.sort(fold) for fold in np.array_split(shuffled, k)]
