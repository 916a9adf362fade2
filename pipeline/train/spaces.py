"""Spaces: whatever places texts and images together, so that the encoder, baselines, adapters and controls compare alike."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipeline.train.pairs import Vectors


@runtime_checkable
class Space(Protocol):
    """Scores texts against images."""

    @property
    def name(self) -> str:
        """The space's name in the table `evaluations`."""
        ...

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """float32[n_texts, n_images] from the encoder's vectors of both; higher is closer."""
        ...


@runtime_checkable
class VectorSpace(Space, Protocol):
    """A space with coordinates: cosines in it mean something, so gaps can be measured."""

    def map_texts(self, texts: Vectors) -> Vectors:
        """Unit vectors float32[n, k] of the encoder's text vectors float32[n, d]."""
        ...

    def map_images(self, images: Vectors) -> Vectors:
        """Unit vectors float32[n, k] of the encoder's image vectors float32[n, d]."""
        ...


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows divided by their length; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


@dataclass(frozen=True)
class AffineMap:
    """x -> unit((x - mean) matrix), `mean` float32[d], `matrix` float32[d, k]. With a zero mean it folds into a projection."""

    mean: Vectors
    matrix: Vectors

    def __call__(self, vectors: Vectors) -> Vectors:
        """Unit vectors float32[n, k]."""
        return unit((vectors - self.mean) @ self.matrix)


@dataclass(frozen=True)
class AffineSpace:
    """One affine map for each side; raw, centred, ridge, CCA, Procrustes and the linear adapter are all of this kind."""

    name: str
    text: AffineMap
    image: AffineMap

    def map_texts(self, texts: Vectors) -> Vectors:
        """Unit vectors float32[n, k] of texts."""
        return self.text(texts)

    def map_images(self, images: Vectors) -> Vectors:
        """Unit vectors float32[n, k] of images."""
        return self.image(images)

    def similarity(self, texts: Vectors, images: Vectors) -> Vectors:
        """Cosines float32[n_texts, n_images]."""
        cosines: Vectors = self.text(texts) @ self.image(images).T
        return cosines


def raw_space(dim: int) -> AffineSpace:
    """The encoder as it is."""
    nothing = AffineMap(np.zeros(dim, np.float32), np.eye(dim, dtype=np.float32))
    return AffineSpace("raw", nothing, nothing)
