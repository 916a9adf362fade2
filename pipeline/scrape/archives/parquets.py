"""Reading strangers' parquet files: a few rows at a time, only the columns that are known, sizes capped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ArchiveError
from pipeline.scrape.archives.members import LARGEST_PICTURE

TEXTS = ("url", "caption", "txt", "key", "status", "error_message", "sha256")
NUMBERS = ("width", "height", "original_width", "original_height")
BYTES = ("jpg", "png", "webp")
AT_ONCE = 16  # rows; of the largest pictures 320 MB
MOST_ROWS = 5_000_000
Row = dict[str, Any]


def rows_of(path: Path) -> Iterator[tuple[Row, bytes | None]]:
    """(known fields, picture bytes) of each row; columns of an unexpected type are left out. Raises ArchiveError for a damaged file."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            texts, pictures = _columns(file, path)
            for batch in file.iter_batches(AT_ONCE, columns=[*texts, *pictures], use_threads=False):
                yield from _rows(batch, texts, pictures)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise ArchiveError(f"{path} is no parquet file that can be read: {str(error)[:200]}") from error


def _columns(file: pq.ParquetFile, path: Path) -> tuple[list[str], list[str]]:
    schema, rows = file.schema_arrow, file.metadata.num_rows
    if rows > MOST_ROWS:
        raise ArchiveError(f"{path} says that it holds {rows:,} rows; read are {MOST_ROWS:,}. Split it.")
    named = [(column.name, column.type) for column in schema]
    texts = [name for name, kind in named if (name in TEXTS and _is_text(kind)) or (name in NUMBERS and pa.types.is_integer(kind))]
    pictures = [name for name, kind in named if name in BYTES and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))]
    if "url" not in texts:
        raise ArchiveError(f"{path} has no text column `url`; its columns are {', '.join(name[:40] for name, _ in named[:20])}.")
    return texts, pictures


def _rows(batch: pa.RecordBatch, texts: list[str], pictures: list[str]) -> Iterator[tuple[Row, bytes | None]]:
    for row in batch.to_pylist():
        content = next((row[name] for name in pictures if row[name]), None)
        fields = {name: row[name] for name in texts if row[name] is not None}
        yield fields, content if content is None or len(content) <= LARGEST_PICTURE else b""


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
