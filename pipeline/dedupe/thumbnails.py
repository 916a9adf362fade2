"""Small grey copies of stored pictures, for looking whether two show the same."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from pipeline.dedupe.alignment import Floats
from pipeline.dedupe.views import views
from pipeline.errors import StoreError
from pipeline.store import Blobs

log = logging.getLogger(__name__)

THREADS = 2  # Pillow decodes outside the interpreter's lock
Drawn = TypeVar("Drawn")


def thumbnail(content: bytes) -> Floats:
    """float32[SIDE, SIDE], grey 0 to 255, of a picture's bytes; transparent places are white. Raises OSError where they are no picture."""
    return views(content)[0].grey.astype(np.float32)


def thumbnails(blobs: Blobs, names: Iterable[str]) -> dict[str, Floats]:
    """Thumbnails by blob name. One that cannot be read is left out and logged: its picture is compared with none."""
    return drawn(blobs, names, thumbnail)


def drawn(blobs: Blobs, names: Iterable[str], draw: Callable[[bytes], Drawn]) -> dict[str, Drawn]:
    """What `draw` makes of each blob, by name. One that cannot be read is left out and logged: its picture is compared with none."""
    wanted = sorted(set(names))
    with ThreadPoolExecutor(THREADS) as pool:
        made = tqdm(pool.map(lambda name: _drawn(blobs, name, draw), wanted), total=len(wanted), desc="looking at pictures", disable=None)
        return {name: one for name, one in zip(wanted, made, strict=True) if one is not None}


def _drawn(blobs: Blobs, name: str, draw: Callable[[bytes], Drawn]) -> Drawn | None:
    try:
        return draw(blobs.get(name))
    except (StoreError, OSError, Image.DecompressionBombError) as error:
        log.warning("picture %s is compared with none: %s", name, error)
        return None
