"""The ladder of baselines that need no training: each fits in closed form on the training pairs.

centred (GR-CLIP, C3), standardised (I0T), orthogonal Procrustes, ridge towards the identity (RLA/ProLIP) and towards zero,
regularised CCA (CSA). All compete on equal terms with the adapter: their settings are chosen by the same figure (`select`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.train.pairs import PairSet
from pipeline.train.spaces import AffineMap, AffineSpace, raw_space
from pipeline.train.whiten import Matrix, Moments, inverse_root, moments_of, ridged

STRENGTHS = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)  # of ridges, relative to the average variance of a direction
SHRINKAGES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # of CCA
POWERS = (0.0, 0.5, 1.0)  # to which CCA weighs its directions by their correlations
SHARES = (1.0, 0.5, 0.25, 0.125)  # of the directions that CCA keeps


def _space(name: str, moments: Moments, text: Matrix, image: Matrix) -> AffineSpace:
    return AffineSpace(
        name,
        AffineMap(moments.text_mean.astype(np.float32), text.astype(np.float32)),
        AffineMap(moments.image_mean.astype(np.float32), image.astype(np.float32)),
    )


def centred(moments: Moments) -> AffineSpace:
    """Each side minus its own mean: unit(t - m_T), unit(v - m_I)."""
    identity = np.eye(len(moments.text_mean))
    return _space("centred", moments, identity, identity)


def standardised(moments: Moments) -> AffineSpace:
    """Each side minus its mean, each dimension divided by its standard deviation."""
    text, image = (1 / np.sqrt(np.maximum(np.diag(cov), 1e-12)) for cov in (moments.text_cov, moments.image_cov))
    return _space("standardised", moments, np.diag(text), np.diag(image))


def procrustes(moments: Moments) -> AffineSpace:
    """The rotation of centred texts that brings them closest to their images: U V^T of the cross-covariance (Schönemann, 1966)."""
    left, _, right = np.linalg.svd(moments.cross)
    turn: Matrix = left @ right
    return _space("procrustes", moments, turn, np.eye(len(turn)))


def ridge(moments: Moments, strength: float, *, towards_identity: bool) -> AffineSpace:
    """Texts regressed on images, shrunk: (S_TT + k I)^-1 (S_TI + k W0), W0 the identity or zero, k = strength * tr(S_TT)/d."""
    d = len(moments.text_cov)
    k = strength * float(np.trace(moments.text_cov)) / d
    target = moments.cross + (k * np.eye(d) if towards_identity else 0)
    name = "ridge_identity" if towards_identity else "ridge_zero"
    text: Matrix = np.linalg.solve(ridged(moments.text_cov, strength), target).astype(np.float64)
    return _space(name, moments, text, np.eye(d))


@dataclass(frozen=True)
class Canonical:
    """Whitenings of both sides and the whitened cross-covariance as left diag(correlations) right^T, float64[d, d] each."""

    text: Matrix
    image: Matrix
    left: Matrix
    correlations: Matrix
    right: Matrix


def canonical(moments: Moments, shrinkage: float) -> Canonical:
    """Regularised canonical correlations (Hotelling, 1936; Vinod, 1976)."""
    text, image = (inverse_root(ridged(cov, shrinkage)) for cov in (moments.text_cov, moments.image_cov))
    left, correlations, right = np.linalg.svd(text @ moments.cross @ image)
    return Canonical(text, image, left, correlations, right.T)


def ccas(moments: Moments) -> Iterator[tuple[dict[str, float], AffineSpace]]:
    """CCA under every setting of its grid, with the setting."""
    for shrinkage in SHRINKAGES:
        found = canonical(moments, shrinkage)
        for power in POWERS:
            for share in SHARES:
                yield {"shrinkage": shrinkage, "power": power, "share": share}, _cca(moments, found, power, share)


def cca(moments: Moments, shrinkage: float, power: float, share: float) -> AffineSpace:
    """CCA under one setting of its grid."""
    return _cca(moments, canonical(moments, shrinkage), power, share)


def _cca(moments: Moments, found: Canonical, power: float, share: float) -> AffineSpace:
    k = max(1, round(share * len(found.correlations)))
    scale = found.correlations[:k] ** power
    return _space("cca", moments, found.text @ (found.left[:, :k] * scale), found.image @ (found.right[:, :k] * scale))


def closed_forms(train: PairSet) -> Iterator[tuple[dict[str, float], AffineSpace]]:
    """Every rung under every setting of its grid, fitted on `train`; the raw encoder first."""
    moments = moments_of(train)
    yield {}, raw_space(len(moments.text_mean))
    for fit in (centred, standardised, procrustes):
        yield {}, fit(moments)
    for strength in STRENGTHS:
        yield {"strength": strength}, ridge(moments, strength, towards_identity=True)
        yield {"strength": strength}, ridge(moments, strength, towards_identity=False)
    yield from ccas(moments)
