"""Voyage's multimodal embeddings, over their HTTPS interface.

Both sides are sent without `input_type`: with it, queries and documents get different prompts, which would make a gap between
texts and images that the model does not have. The key comes from VOYAGE_API_KEY and appears in no message.
"""

import base64
import io
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pipeline.errors import EncoderError

BASE_URL = "https://api.voyageai.com/v1"
DIM = 1024  # of voyage-multimodal-3 and the default of 3.5
TEXTS, IMAGES = 128, 8  # in a request: at most 1,000 inputs and 320,000 tokens; a picture of 16 MP takes some 30,000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PATIENCE = (10.0, 120.0)  # seconds to connect, to answer


class VoyageEncoder:
    """`voyage:<model>`. Raises EncoderError where the key is missing, refused, or the answer is not what was asked for."""

    def __init__(self, model: str, api_key: str | None = None, base_url: str = BASE_URL, backoff: float = 1.0) -> None:
        self._key = api_key or os.environ.get("VOYAGE_API_KEY", "")
        if not self._key:
            raise EncoderError(
                f"voyage:{model} needs a key; found no VOYAGE_API_KEY in the environment. Set it, or choose another encoder."
            )
        self._model, self._url = model, f"{base_url}/multimodalembeddings"
        retry = Retry(
            total=5, backoff_factor=backoff, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None, raise_on_status=False
        )
        self._session = requests.Session()
        self._session.mount(base_url, HTTPAdapter(max_retries=retry))

    @property
    def encoder_id(self) -> str:
        """The model, its size, and that no input type is sent."""
        return f"voyage-{self._model}-{DIM}-plain"

    @property
    def dim(self) -> int:
        """1024."""
        return DIM

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """float32[len(texts), 1024], unit norm; what is longer than 32,000 tokens is cut by the service."""
        return self._embed([{"type": "text", "text": text} for text in texts], TEXTS)

    def embed_images(self, images: list[bytes]) -> NDArray[np.float32]:
        """float32[len(images), 1024], unit norm."""
        return self._embed([{"type": "image_base64", "image_base64": _data_url(image)} for image in images], IMAGES)

    def _embed(self, contents: Sequence[dict[str, str]], size: int) -> NDArray[np.float32]:
        batches = list(self._batches(contents, size))
        vectors = np.concatenate(batches) if batches else np.zeros((0, DIM), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or not (lengths > 0).all():
            raise EncoderError(f"voyage:{self._model} gave vectors that are zero or not finite; nothing was kept. Try again later.")
        unit: NDArray[np.float32] = vectors / lengths
        return unit

    def _batches(self, contents: Sequence[dict[str, str]], size: int) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(contents), size):
            yield self._ask(contents[start : start + size])

    def _ask(self, contents: Sequence[dict[str, str]]) -> NDArray[np.float32]:
        body = {"model": self._model, "inputs": [{"content": [content]} for content in contents], "input_type": None, "truncation": True}
        try:
            answer = self._session.post(self._url, json=body, headers={"Authorization": f"Bearer {self._key}"}, timeout=PATIENCE)
        except requests.RequestException as error:
            raise EncoderError(f"{self._url} did not answer ({type(error).__name__}); check the connection and run again.") from error
        if answer.status_code != 200:
            raise EncoderError(
                f"{self._url} answered {answer.status_code} for {self._model}: {_detail(answer)}{_advice(answer.status_code)}"
            )
        return self._vectors(answer, len(contents))

    def _vectors(self, answer: requests.Response, count: int) -> NDArray[np.float32]:
        try:
            rows = sorted(answer.json()["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise EncoderError(f"{self._url} gave no embeddings for {self._model} ({error!r}); its interface may have changed.") from error
        if vectors.shape != (count, DIM):
            raise EncoderError(f"{self._url} gave {vectors.shape} for {count} inputs to {self._model}; needed: ({count}, {DIM}).")
        return vectors


def _data_url(image: bytes) -> str:
    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
            kind = str(opened.format).lower()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise EncoderError(f"a picture of {len(image)} bytes is none of {', '.join(FORMATS)}; leave it out and embed again.") from error
    return f"data:image/{kind};base64,{base64.b64encode(image).decode('ascii')}"


def _detail(answer: requests.Response) -> str:
    try:
        content: Any = answer.json()
    except ValueError:
        return "no reason given"
    return str(content.get("detail", "no reason given"))[:300] if isinstance(content, dict) else "no reason given"


def _advice(status: int) -> str:
    known = {401: "; check VOYAGE_API_KEY.", 403: "; check VOYAGE_API_KEY.", 429: "; the rate limit is used up, run again later."}
    return known.get(status, "; run again, what was embedded is kept.")
