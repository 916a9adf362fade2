"""What copies of a picture are found by, worked out once per content and kept: hashes of its crops, and its small grey views."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from pipeline.dedupe.alignment import SIDE
from pipeline.dedupe.crops import PROBES, Hashes, crop_hashes, low_waves, whole_hashes
from pipeline.dedupe.hamming import Index
from pipeline.dedupe.thumbnails import drawn
from pipeline.dedupe.views import COLOURS, Bytes, views
from pipeline.store import Home

VERSION = "3"  # raised when the same bytes would give other signatures, or the same signatures other copies
BATCH = 1024  # pictures at a time: 13 MB
AMPLITUDE, DETAIL = 16.0, 9  # waves that must have this amplitude (half a grey level each): a gradient has 8, real pictures 10 and more
HASHES = {"wholes": 1, "crops": PROBES}  # by view
GREY, COLOUR = SIDE * SIDE, 2 * COLOURS * COLOURS  # bytes of a view


@dataclass(frozen=True)
class Views:
    """Views of several pictures, one row each: whose it is (index into `names`), which of its views, and their hashes.

    `hashes`: uint64[n, 1] of the wholes, or uint64[n, PROBES] of the crops.
    """

    names: list[str]
    owners: Index
    ranks: Index
    hashes: Hashes


def add_missing(home: Home, blobs: Mapping[str, str]) -> None:
    """Works out and stores the signatures that are not held yet, for pictures by sha256 -> blob. One that cannot be read has none."""
    held = {row["sha256"] for row in home.warehouse.rows("select sha256 from picture_signatures where version = ?", VERSION)}
    for names in in_batches(sorted(set(blobs) - held)):
        made = drawn(home.blobs, (blobs[name] for name in names), signature)
        rows = [{"sha256": name, "version": VERSION} | made[blobs[name]] for name in names if blobs[name] in made]
        with home.warehouse.transaction() as t:
            t.upsert("picture_signatures", rows, "sha256")


def signature(content: bytes) -> dict[str, object]:
    """What is stored of a picture's bytes. One without detail has no views: solid colours, gradients and noise all look alike to
    a hash. Raises OSError where the bytes are no picture."""
    seen = views(content)
    greys = np.stack([view.grey for view in seen])
    detail = int((np.abs(low_waves(greys[-1:])).ravel()[1:] > AMPLITUDE).sum())
    kept = seen if detail >= DETAIL else []
    pixels = b"".join(view.grey.tobytes() + view.colours.tobytes() for view in kept)
    wholes, crops = (made(greys[: len(kept)]).astype("<u8").tobytes() for made in (whole_hashes, crop_hashes))
    return {"views": len(kept), "wholes": wholes, "crops": crops, "greys": pixels}


def comparable(home: Home, names: Iterable[str]) -> list[str]:
    """Those of these pictures that have a signature with a view at least, sorted."""
    return _read(home, "wholes", names).column("sha256").to_pylist()  # type: ignore[no-any-return]


def read_hashes(home: Home, names: Iterable[str], column: Literal["wholes", "crops"]) -> Views:
    """The hashes of these pictures, as far as they have any, in order of their names."""
    table = _read(home, column, names)
    counts = table.column("views").to_numpy()
    hashes = np.frombuffer(b"".join(table.column(column).to_pylist()), dtype="<u8").astype(np.uint64)
    ranks = np.concatenate([np.arange(count) for count in counts] or [np.empty(0, np.int64)])
    return Views(table.column("sha256").to_pylist(), np.repeat(np.arange(len(counts)), counts), ranks, hashes.reshape(-1, HASHES[column]))


def read_views(home: Home, names: Iterable[str]) -> dict[str, tuple[Bytes, Bytes]]:
    """Picture -> grey uint8[views, SIDE, SIDE] and colours uint8[views, 2, COLOURS, COLOURS]."""
    found = {}
    for row in _read(home, "greys", names).to_pylist():
        pixels = np.frombuffer(row["greys"], dtype=np.uint8).reshape(row["views"], GREY + COLOUR)
        found[row["sha256"]] = pixels[:, :GREY].reshape(-1, SIDE, SIDE), pixels[:, GREY:].reshape(-1, 2, COLOURS, COLOURS)
    return found


def in_batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """BATCH names at a time, so that memory does not grow with their number."""
    for start in range(0, len(names), BATCH):
        yield names[start : start + BATCH]


def _read(home: Home, column: str, names: Iterable[str]) -> pa.Table:
    sql = f"""select sha256, views::bigint as views, {column} from picture_signatures
        where version = ? and views > 0 and sha256 in (select unnest(?)) order by sha256"""  # noqa: S608 - one of three columns
    return home.warehouse.query(sql, VERSION, sorted(names))
