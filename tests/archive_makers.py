"""Archives in the shapes of the real tools, made anew by the tests, and a person to import them."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from pipeline.people import Person
from pipeline.scrape import archives
from pipeline.scrape.imported_pictures import PictureIntake
from pipeline.store import Blobs


def someone(folder: Path, **fields: Any) -> Person:
    whole: dict[str, Any] = {
        "person": "maker",
        "consent": {"granted_by": "m", "date": "2026-01-01", "expires": "2027-01-01", "scope": "own"},
        "handles": {"substack": "maker", "publications": ["maker.substack.com"], "pinterest": "maker"},
        "contact": "https://contact.example",
        "path": folder / "maker.yaml",
        "file_sha256": "",
    }
    return Person(**(whole | fields))


def read_archive(path: Path, person: Person) -> archives.ImportedArchive:
    """Reads an archive with an intake of pictures beside the person file."""
    return archives.read_archive(path, person, PictureIntake(Blobs(person.path.parent / "blobs"), person.person))


def photo(seed: int = 0, width: int = 64, height: int = 48, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture of noise that every decoder takes, another for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def located(seed: int = 0) -> bytes:
    """A photograph that says in its EXIF where it was taken and by whom."""
    exif = Image.Exif()
    exif[0x013B] = "PLANTED-NAME"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(seed, exif=exif)


def write_files(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def write_tar(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    """A plain tar, as webdataset writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A parquet file with the columns of the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    return path


def sample_row(key: str, url: str, status: str = "success", message: str | None = None, **fields: Any) -> dict[str, Any]:
    """A row of img2dataset's metadata."""
    sizes = dict.fromkeys(("width", "height", "original_width", "original_height"))
    return {
        "url": url,
        "caption": f"caption {key}",
        "key": key,
        "status": status,
        "error_message": message,
        "sha256": None,
        **sizes,
        **fields,
    }


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
