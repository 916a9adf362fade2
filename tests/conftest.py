"""What tests share: a home of their own, a person file, and a neighbourhood filled by hand."""

import importlib.util
import io
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw
from properties import LIGHT, THOROUGH

from pipeline.identifiers import id_of, sha256_of
from pipeline.people import Person, load_person
from pipeline.store import Home

LONGEST = ("test_replica.py", "test_simulated.py", "test_trainer.py", "test_select.py")
PERSON_FILE = """
person: ada
consent: {granted_by: ada, date: 2026-01-01, expires: 2027-01-01, scope: a private model}
handles: {substack: ada, publications: [ada.substack.com], pinterest: ada}
limits: {requests_per_second: 1000, posts_per_source: 100}
contact: https://rhizome.example/contact
"""


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(THOROUGH if "properties" in config.option.markexpr else LIGHT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first: begun at the end, one of them would keep one core busy while the others wait."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def person(tmp_path: Path) -> Person:
    path = tmp_path / "ada.yaml"
    path.write_text(PERSON_FILE)
    return load_person(path)


class Scene:
    """A neighbourhood filled by hand: what scraping would have written for the person `ada`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def source(self, url: str, *, hop: int = 0, opted_out: str | None = None) -> str:
        self.rows["sources"].append({"source_id": id_of("source", url), "url": url, "hop": hop, "opted_out": opted_out})
        return id_of("source", url)

    def page(
        self, url: str, source: str, *, hop: int = 0, kind: str = "substack_post", title: str = "", opted_out: str | None = None
    ) -> str:
        ids = {"page_id": id_of("page", url), "document_id": id_of("document", url), "source_id": id_of("source", source)}
        self.rows["pages"].append(ids | {"url": url, "hop": hop, "kind": kind, "title": title, "opted_out": opted_out, "current": True})
        return str(ids["document_id"])

    def text(self, url: str, position: int, words: str, role: str = "body") -> str:
        return self._artefact("passages", url, position, text=words, sha256=sha256_of(words), role=role)

    def picture(self, url: str, position: int, content: bytes, image_url: str = "", phash: int | None = None) -> str:
        """A picture of these bytes; its hash is worked out from the pixels unless one is given."""
        sha256 = self.home.blobs.put(content)
        address = image_url or f"https://images.example/{sha256}"
        image = Image.open(io.BytesIO(content))
        found = {"sha256": sha256, "blob_sha256": sha256, "width": image.width, "height": image.height, "outcome": "kept"}
        if address not in {row["image_url"] for row in self.rows["images"]}:
            self.rows["images"].append({"image_url": address, "phash": phash_of(image) if phash is None else phash, **found})
        return self._artefact("pictures", url, position, image_url=address)

    def missing_picture(self, url: str, position: int, image_url: str) -> str:
        self.rows["images"].append({"image_url": image_url, "outcome": "rejected", "reason": "not_found"})
        return self._artefact("pictures", url, position, image_url=image_url)

    def save(self, picture: str, url: str) -> None:
        self.rows["edges"].append({"src_id": picture, "dst_id": id_of("document", url), "kind": "saves"})

    def pin(self, board: str, number: int, content: bytes, link: str = "", words: str = "") -> str:
        """An own pin on a board: its page, its words, its picture, and what it saves."""
        url = f"https://www.pinterest.com/pin/{number}"
        self.page(url, board, kind="pinterest_pin")
        if words:
            self.text(url, 0, words, "pin")
        picture = self.picture(url, 1, content)
        if link:
            self.save(picture, link)
        return picture

    def write(self) -> None:
        """Puts all rows into the warehouse, in place of what was there."""
        with self.home.warehouse.transaction() as t:
            for table, rows in self.rows.items():
                shared = {} if table == "images" else {"person": "ada"}
                t.replace(table, [row | shared for row in rows], **shared)

    def _artefact(self, table: str, url: str, position: int, **fields: Any) -> str:
        page = next(row for row in self.rows["pages"] if row["url"] == url)
        artefact_id = id_of(table, url, position)
        ids = {"artefact_id": artefact_id, "page_id": page["page_id"], "source_id": page["source_id"], "hop": page["hop"]}
        self.rows[table].append(ids | {"url": url, "position": position, **fields})
        return artefact_id


def phash_of(image: Image.Image) -> int:
    """64 bits: which of the 64 lowest cosine coefficients of the 32 x 32 grey picture lie above their median."""
    side = np.arange(32)
    waves = np.cos(np.pi * (2 * side[None, :] + 1) * side[:, None] / 64)
    grey = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=float)
    low = (waves @ grey @ waves.T)[:8, :8].ravel()
    return int(sum(1 << i for i in range(64) if low[i] > np.median(low)))


def drawn(seed: int, size: int = 160) -> Image.Image:
    """A picture of loose shapes, another for each seed."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (size, size), tuple(int(v) for v in rng.integers(120, 255, 3)))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        (x, y), (w, h) = rng.uniform(0, size, 2), rng.uniform(size / 20, size / 4, 2)
        pen.ellipse((x - w, y - h, x + w, y + h), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    return image


def encoded(image: Image.Image, quality: int = 90, file_format: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, file_format, quality=quality)
    return stream.getvalue()


@pytest.fixture
def scene(home: Home) -> Scene:
    return Scene(home)


@pytest.fixture
def draw() -> Callable[[int], Image.Image]:
    return drawn


@pytest.fixture
def encode() -> Callable[..., bytes]:
    return encoded


@pytest.fixture(scope="session")
def synthetic_person() -> Any:
    """The module `synthetic_person.py`: people without texts and pictures, for the stages that see vectors alone."""
    spec = importlib.util.spec_from_file_location("synthetic_person", Path(__file__).parent / "synthetic_person.py")
    assert spec
    assert spec.loader
    module = sys.modules["synthetic_person"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def synthetic(synthetic_person: Any) -> Any:
    """The class of synthetic worlds, so that a test names the one it needs."""
    return synthetic_person.Synthetic


@pytest.fixture
def filled(synthetic_person: Any, home: Home) -> Callable[..., Any]:
    """A warehouse as pairing left it, for a synthetic person."""

    def fill(**more: Any) -> Any:
        return synthetic_person.Filled(home, more.pop("world", None) or synthetic_person.Synthetic(), **more)

    return fill
