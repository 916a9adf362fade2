"""What an encoder is, and how one is loaded by name."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EncoderError


class Encoder(Protocol):
    """A frozen model that places texts and pictures in one space.

    `encoder_id` pins the name, the weights, the preprocessing, and how long texts are cut or pooled: equal ids, equal
    vectors. It is short and safe as a folder's name.
    """

    @property
    def encoder_id(self) -> str:
        """The identity under which vectors are kept."""

    @property
    def dim(self) -> int:
        """How long the vectors are."""

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """float32[len(texts), dim], unit norm."""

    def embed_images(self, images: list[bytes]) -> NDArray[np.float32]:
        """float32[len(images), dim], unit norm, of the bytes of picture files. Raises EncoderError for one it can't read."""


def load_encoder(spec: str) -> Encoder:
    """The encoder called `tiny`, `openclip:<model>/<pretrained tag or path>` or `voyage:<model>`.

    Raises EncoderError for any other name, and where weights are missing; the message says which, and where to put them.
    """
    family, _, rest = spec.partition(":")
    if spec == "tiny":
        from pipeline.embed.openclip import load_tiny

        return load_tiny()
    if family == "openclip" and rest:
        from pipeline.embed.openclip import load_openclip

        return load_openclip(rest)
    if family == "voyage" and rest:
        from pipeline.embed.voyage import VoyageEncoder

        voyage: Encoder = VoyageEncoder(rest)
        return voyage
    raise EncoderError(f"no encoder is called {spec!r}; needed: tiny, openclip:<model>/<pretrained tag or path> or voyage:<model>")
