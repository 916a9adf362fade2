"""Baselines that remember instead of learning a map: a nearest-neighbour cache and a topic-only model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.train.pairs import Index, PairSet, Vectors
from pipeline.train.spaces import unit

SHARPNESSES = (5.0, 20.0, 80.0)
MIXES = (0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class KnnCache:
    """A cross-modal cache after Tip-Adapter (Zhang et al., 2022): keys are training texts, values their images' mean.

    score(t, v) = cos(t, v) + mix * cos(sum_j a_j(t) value_j, v), with a_j proportional to exp(-sharpness (1 - cos(t, key_j))),
    all centred on the training means.
    """

    text_mean: Vectors
    image_mean: Vectors
    keys: Vectors
    values: Vectors
    sharpness: float
    mix: float
    name: str = "knn_cache"

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """float32[n_texts, n_images]."""
        queries, gallery = unit(texts - self.text_mean), unit(images - self.image_mean)
        affinity = np.exp(self.sharpness * (queries @ self.keys.T - 1))
        remembered = unit(affinity @ self.values)
        scores: Vectors = (queries + np.float32(self.mix) * remembered) @ gallery.T
        return scores


@dataclass(frozen=True)
class TopicOnly:
    """Text -> nearest training group by its texts' centroid -> cosine to the centroid of that group's images.

    If it ties the adapter, nothing but topics was learned.
    """

    text_mean: Vectors
    image_mean: Vectors
    text_centroids: Vectors
    image_centroids: Vectors
    name: str = "topic_only"

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """float32[n_texts, n_images]."""
        nearest = np.argmax(unit(texts - self.text_mean) @ self.text_centroids.T, axis=1)
        scores: Vectors = self.image_centroids[nearest] @ unit(images - self.image_mean).T
        return scores


def _means(vectors: Vectors, index: Index, rows: int) -> Vectors:
    """Directions of the sums of the vectors with the same index, float32[rows, d]."""
    total = np.zeros((rows, vectors.shape[1]), np.float32)
    np.add.at(total, index, vectors)
    return unit(total)


def knn_caches(train: PairSet) -> Iterator[tuple[dict[str, float], KnnCache]]:
    """The cache under every setting of its grid, with the setting."""
    text_mean, image_mean = train.texts.vectors.mean(0), train.images.vectors.mean(0)
    keys, images = unit(train.texts.vectors - text_mean), unit(train.images.vectors - image_mean)
    values = _means(images[train.image_index] * train.weights[:, None], train.text_index, len(keys))
    for sharpness in SHARPNESSES:
        for mix in MIXES:
            yield {"sharpness": sharpness, "mix": mix}, KnnCache(text_mean, image_mean, keys, values, sharpness, mix)


def topic_only(train: PairSet) -> TopicOnly:
    """Centroids of the training groups' texts and of the images these are paired with."""
    text_mean, image_mean = train.texts.vectors.mean(0), train.images.vectors.mean(0)
    texts, images = unit(train.texts.vectors - text_mean), unit(train.images.vectors - image_mean)
    groups, inverse = np.unique(train.texts.groups[train.text_index], return_inverse=True)
    group = inverse.astype(np.int64)
    return TopicOnly(
        text_mean,
        image_mean,
        _means(texts[train.text_index], group, len(groups)),
        _means(images[train.image_index] * train.weights[:, None], group, len(groups)),
    )
