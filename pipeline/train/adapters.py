"""The adapter: a linear map for each side, on whitened vectors, and where it starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from pipeline.train.closed_form import Canonical, canonical
from pipeline.train.pairs import PairSet, Vectors
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.spaces import AffineMap, AffineSpace
from pipeline.train.whiten import Matrix, Moments, inverse, moments_of


@dataclass(frozen=True)
class Start:
    """Where training begins: whitened inputs x -> (x - mean) whitening, then `text` and `image`, float64[d, d] each.

    `text_cov` and `image_cov` are the second moments that were whitened. `image` is None where images stay as the encoder placed them.
    """

    text_mean: Matrix
    image_mean: Matrix
    text_whitening: Matrix
    image_whitening: Matrix
    text_cov: Matrix
    image_cov: Matrix
    text: Matrix
    image: Matrix | None

    def texts(self, vectors: Vectors) -> Vectors:
        """Whitened texts float32[n, d]."""
        whitened: Vectors = ((vectors - self.text_mean) @ self.text_whitening).astype(np.float32)
        return whitened

    def images(self, vectors: Vectors) -> Vectors:
        """Whitened images float32[n, d]; as they are where the image side is left alone."""
        whitened: Vectors = ((vectors - self.image_mean) @ self.image_whitening).astype(np.float32)
        return whitened

    def space(self, text: Matrix, image: Matrix | None, *, turned: bool = True) -> AffineSpace:
        """The space of maps after whitening, folded into one affine map per side.

        Unless told otherwise it is turned as near to the encoder's as can be, which costs a decomposition and changes no cosine.
        """
        fold_text = _scaled(self.text_whitening @ text, self.text_cov)
        fold_image = self.image_whitening if image is None else _scaled(self.image_whitening @ image, self.image_cov)
        if image is not None and turned:
            turn = nearest_turn(fold_text.T @ self.text_cov + fold_image.T @ self.image_cov)
            fold_text, fold_image = fold_text @ turn, fold_image @ turn
        return AffineSpace("adapter", _affine(self.text_mean, fold_text), _affine(self.image_mean, fold_image))


def _affine(mean: Matrix, matrix: Matrix) -> AffineMap:
    return AffineMap(mean.astype(np.float32), matrix.astype(np.float32))


def _scaled(matrix: Matrix, covariance: Matrix) -> Matrix:
    """The map scaled to keep the data's mean square; cosines stay as they are."""
    scaled: Matrix = matrix * np.sqrt(np.trace(covariance) / np.sum(matrix * (covariance @ matrix)))
    return scaled


def nearest_turn(product: Matrix) -> Matrix:
    """The rotation Q that brings mapped data closest to where it was: minimises E|x W Q - x|^2 over both sides.

    `product` is the sum over both sides of W^T S, S the second moments; Q = U V^T of its SVD (a Procrustes problem). Cosines
    do not change when both maps are followed by the same rotation, so of all equal adapters this one is kept: a dial between
    the encoder and the adapter then turns as little as it must.
    """
    left, _, right = np.linalg.svd(product)
    turn: Matrix = left @ right
    return turn


def start_of(pairs: PairSet, recipe: Recipe, settings: Settings) -> Start:
    """Whitening and starting point, fitted on training pairs.

    Without centring, second moments about zero take the place of covariances, so the mean is one more direction to whiten
    and the map stays linear. The closed form is CCA, its directions weighed by correlation ** power (Hotelling, 1936).
    """
    moments = moments_of(pairs, centre=settings.centre)
    return _start(moments, canonical(moments, settings.shrinkage), recipe, settings)


def _start(moments: Moments, found: Canonical, recipe: Recipe, settings: Settings) -> Start:
    identity = np.eye(len(found.text))
    if recipe.adapter == "text_only":
        begin = inverse(found.text) if settings.start == "identity" else found.text @ moments.cross
        return Start(moments.text_mean, np.zeros(len(identity)), found.text, identity, moments.text_cov, moments.image_cov, begin, None)
    begun = (identity, identity)
    if settings.start == "closed_form":
        kept = np.arange(len(identity)) < max(1, round(settings.share * len(identity)))
        scale = found.correlations**settings.power * kept
        begun = (found.left * scale, found.right * scale)
    return Start(moments.text_mean, moments.image_mean, found.text, found.image, moments.text_cov, moments.image_cov, *begun)


def starts_of(pairs: PairSet, recipe: Recipe) -> Iterator[tuple[Settings, AffineSpace]]:
    """Every closed-form start of the grid with the space it gives before any training."""
    grid = recipe.grid
    for centre in grid.centres:
        moments = moments_of(pairs, centre=centre)
        for shrinkage in grid.shrinkages:
            found = canonical(moments, shrinkage)
            for power, share in product(grid.powers, grid.shares):
                settings = Settings(
                    start="closed_form", centre=centre, shrinkage=shrinkage, power=power, share=share,
                    pull=grid.pulls[0], temperature=grid.temperatures[0], steps=grid.steps,
                )  # fmt: skip
                start = _start(moments, found, recipe, settings)
                yield settings, start.space(start.text, start.image, turned=False)
