"""Whitening: coordinates in which every direction varies alike, as far as the data can tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.train.pairs import PairSet

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Weighted first and second moments over pairs: means float64[d], covariances and cross-covariance float64[d, d]."""

    text_mean: Matrix
    image_mean: Matrix
    text_cov: Matrix
    image_cov: Matrix
    cross: Matrix  # texts in rows, images in columns


def moments_of(pairs: PairSet, *, centre: bool = True) -> Moments:
    """Moments of both sides over the pairs, each pair counted by its weight; about zero, with zero means, unless `centre`."""
    weights = pairs.weights.astype(np.float64) / pairs.weights.sum(dtype=np.float64)
    texts = pairs.texts.vectors.astype(np.float64)[pairs.text_index]
    images = pairs.images.vectors.astype(np.float64)[pairs.image_index]
    text_mean, image_mean = (weights @ side * centre for side in (texts, images))
    texts, images = texts - text_mean, images - image_mean
    weighted = texts * weights[:, None]
    return Moments(text_mean, image_mean, weighted.T @ texts, (images * weights[:, None]).T @ images, weighted.T @ images)


def ridged(covariance: Matrix, shrinkage: float) -> Matrix:
    """S + shrinkage * tr(S)/d * I."""
    d = len(covariance)
    return covariance + shrinkage * float(np.trace(covariance)) / d * np.eye(d)


def inverse_root(matrix: Matrix) -> Matrix:
    """The symmetric inverse square root of a positive matrix; directions with next to no variance are left at zero.

    The symmetric root (ZCA) keeps the axes where they were, so that the identity after whitening is still the encoder's own
    arrangement (Kessy, Lewin and Strimmer, 2018).
    """
    values, axes = np.linalg.eigh(matrix)
    keep = values > values.max(initial=0) * 1e-10
    scale = np.where(keep, 1 / np.sqrt(np.where(keep, values, 1)), 0)
    root: Matrix = (axes * scale) @ axes.T
    return root


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a symmetric matrix, pseudo where a direction has nothing."""
    inverted: Matrix = np.linalg.pinv(matrix, hermitian=True).astype(np.float64)
    return inverted
