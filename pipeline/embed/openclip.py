"""Encoders of open_clip's architectures: `tiny`, and whatever `openclip:<model>/<pretrained>` names.

Batches have one fixed shape each (the last is padded), so that what is embedded today and what a resumed run embeds tomorrow
agree to the bit. Only safetensors are read: other checkpoints are pickles, which can run code.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipeline.embed import tiny
from pipeline.embed.tiny import ClipModel
from pipeline.embed.tiny_tokenizer import WORDS_FILE, TinyTokenizer
from pipeline.embed.torchvision_guard import open_clip
from pipeline.errors import EncoderError

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 64
TINY_WINDOWS = 8  # of a long text; the rest is not read
WEIGHTS_NAME = "open_clip_model.safetensors"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

Rows = tuple["Tensor", list[int]]  # token ids, and the text that each row belongs to


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """So many threads in every operation of torch; 0 leaves them as they are."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def decode(data: bytes) -> Image.Image:
    """The picture upright, in RGB, on white where it is transparent; of a moving one its first frame.

    Raises EncoderError for bytes that are no such picture, or one too large to be harmless.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        image = ImageOps.exif_transpose(image)
        if image.has_transparency_data:
            above = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
        return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EncoderError(f"a picture of {len(data)} bytes cannot be read ({error}); needed: {', '.join(FORMATS)}") from error


class OpenClipEncoder:
    """An open_clip model with its tokenizer and its preprocessing."""

    def __init__(
        self,
        model: ClipModel,
        tokenize: Callable[[Sequence[str]], Rows],
        preprocess: Callable[[Image.Image], "Tensor"],
        identity: str,
        threads: int = 0,
    ) -> None:
        """`tokenize` may give a text several rows: their vectors are averaged and brought back to unit norm.

        `threads` are torch's in each operation (0: as many as it is set to).
        """
        self._model, self._tokenize, self._preprocess, self._identity = model.eval(), tokenize, preprocess, identity
        self._threads = threads
        self._dim = int(self._vectors(self._model.encode_image, self._black()).shape[1])

    @property
    def encoder_id(self) -> str:
        """Name, long-text rule and a hash of weights, preprocessing and vocabulary."""
        return self._identity

    @property
    def dim(self) -> int:
        """How long the vectors are."""
        return self._dim

    def _black(self) -> "Tensor":
        return self._preprocess(Image.new("RGB", (8, 8))).unsqueeze(0)

    def _vectors(self, encode: Callable[..., "Tensor"], rows: "Tensor") -> NDArray[np.float32]:
        """Unit vectors of up to BATCH rows, computed in a batch of exactly BATCH."""
        import torch

        padded = torch.cat([rows, rows[:1].expand(BATCH - len(rows), *rows.shape[1:])]) if len(rows) < BATCH else rows
        with _threads(self._threads), torch.inference_mode():
            vectors = torch.nn.functional.normalize(encode(padded).float(), dim=-1)
        return np.asarray(vectors[: len(rows)].numpy(), dtype=np.float32)

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """float32[len(texts), dim], unit norm."""
        if not texts:
            return np.empty((0, self._dim), np.float32)
        rows, owners = self._tokenize(texts)
        parts = [self._vectors(self._model.encode_text, rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
        return _averaged(np.concatenate(parts), owners, len(texts))

    def embed_images(self, images: list[bytes]) -> NDArray[np.float32]:
        """float32[len(images), dim], unit norm. Raises EncoderError for bytes that are no picture."""
        import torch

        parts = [np.empty((0, self._dim), np.float32)]
        for start in range(0, len(images), BATCH):
            rows = torch.stack([self._preprocess(decode(data)) for data in images[start : start + BATCH]])
            parts.append(self._vectors(self._model.encode_image, rows))
        return np.concatenate(parts)


def _averaged(vectors: NDArray[np.float32], owners: list[int], count: int) -> NDArray[np.float32]:
    """The mean of each owner's vectors, at unit norm; an owner's only vector is left as it is, to the bit."""
    if len(vectors) == count:
        return vectors
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, owners, vectors)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def _hash(*parts: bytes | Path) -> str:
    """Twelve hex characters for these bytes and files."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part.read_bytes() if isinstance(part, Path) else part).digest())
    return total.hexdigest()[:12]


def load_tiny() -> OpenClipEncoder:
    """The embedded encoder. A text longer than its context is read in up to eight windows, whose vectors are averaged.

    It computes in one thread: it is too small to gain from a second (on a busy machine two took five times as long), and so
    its vectors do not depend on how many there are.
    """
    package = open_clip()
    if not tiny.WEIGHTS.is_file():
        raise EncoderError(f"{tiny.WEIGHTS} is missing; check it out again, or make it: python -m pipeline.simulate.train_tiny")
    tokenizer = TinyTokenizer.shipped(tiny.CONTEXT)
    settings = package.transform.PreprocessCfg(size=tiny.SIZE, mean=tiny.MEAN, std=tiny.STD)

    def tokenize(texts: Sequence[str]) -> Rows:
        windows = [(owner, window) for owner, text in enumerate(texts) for window in tokenizer.windows(text, TINY_WINDOWS)]
        return tokenizer.rows([window for _, window in windows]), [owner for owner, _ in windows]

    identity = f"tiny-pool{TINY_WINDOWS}-{_hash(tiny.WEIGHTS, tiny.MODEL, WORDS_FILE, repr(settings).encode())}"
    return OpenClipEncoder(tiny.load(), tokenize, package.transform.image_transform_v2(settings, is_train=False), identity, threads=1)


def _refuse_pickles(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise EncoderError(
            f"{path} is not a .safetensors file; other checkpoints are pickles, which can run code, and are never loaded. "
            f"Convert it, or take the {WEIGHTS_NAME} that the model's page on Hugging Face offers"
        )


def _local_weights(pretrained: str) -> Path:
    """The weights file at a path: a file, or a folder that holds `open_clip_model.safetensors` and `open_clip_config.json`."""
    given = Path(pretrained).expanduser()
    path = given if given.suffix else given / WEIGHTS_NAME
    _refuse_pickles(path)
    missing = [p for p in ([path] if given.suffix else [path, given / "open_clip_config.json"]) if not p.is_file()]
    if missing:
        raise EncoderError(f"{' and '.join(map(str, missing))} missing; put the model's file there, or name another path")
    return path


def _fetched_weights(model: str, tag: str, known: dict[str, Any]) -> Path:
    """The safetensors of a published tag, from the cache of Hugging Face or downloaded into it."""
    from huggingface_hub import hf_hub_download

    repository, _, filename = str(known.get("hf_hub", "")).rpartition("/")
    wanted = Path(filename).with_suffix(".safetensors").name if filename else WEIGHTS_NAME
    advice = f"put it anywhere on this machine and name its path: openclip:{model}/path/to/{wanted}"
    if not repository:
        raise EncoderError(f"openclip:{model}/{tag} is published as a pickle only, which is never loaded; convert it, then {advice}")
    try:
        return Path(hf_hub_download(repository, wanted))
    except (OSError, ValueError) as error:  # the hub's errors, its own and the network's, are OSErrors
        raise EncoderError(f"{wanted} of https://huggingface.co/{repository} could not be downloaded ({error}); {advice}") from error


def load_openclip(spec: str) -> OpenClipEncoder:
    """The model `<model>/<pretrained>`: a tag that open_clip knows, a .safetensors file, or a folder with one and its config.

    A text longer than the model's context is cut there. Raises EncoderError when the model or its weights are not to be had.
    """
    package = open_clip()
    name, _, pretrained = spec.partition("/")
    known = package.get_pretrained_cfg(name, pretrained)
    is_path = not known and ("/" in pretrained or Path(pretrained).suffix != "")
    if not is_path and not known:
        tags = ", ".join(package.list_pretrained_tags_by_model(name)) or "none"
        raise EncoderError(
            f"openclip:{spec} is not known; the published tags of {name}: {tags}; "
            "needed: openclip:<model>/<tag>, or openclip:<model>/<path of a .safetensors file, or of a folder with one>"
        )
    weights = _local_weights(pretrained) if is_path else _fetched_weights(name, pretrained, known)
    in_folder = is_path and not Path(pretrained).suffix
    model, tokenizer = _assemble(package, f"local-dir:{weights.parent}" if in_folder else name, weights, known)
    settings = package.transform.PreprocessCfg(**{**model.visual.preprocess_cfg, **_described(known)})

    def tokenize(texts: Sequence[str]) -> Rows:
        return tokenizer(list(texts)), list(range(len(texts)))

    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    identity = f"openclip-{safe}-cut-{_hash(weights, repr(settings).encode(), repr(tokenizer.__class__).encode())}"
    return OpenClipEncoder(model, tokenize, package.transform.image_transform_v2(settings, is_train=False), identity)


def _described(known: dict[str, Any]) -> dict[str, Any]:
    """What a published tag says about preprocessing."""
    return {key: known[key] for key in ("mean", "std", "interpolation", "resize_mode") if key in known}


def _assemble(package: ModuleType, name: str, weights: Path, known: dict[str, Any]) -> tuple[ClipModel, Any]:
    """The model with these weights, and its tokenizer."""
    quick = {"force_quick_gelu": True} if known.get("quick_gelu") else {}
    given = {} if name.startswith("local-dir:") else {"pretrained": str(weights)}
    try:
        return package.create_model(name, precision="fp32", **given, **quick), package.get_tokenizer(name)
    except (RuntimeError, ValueError, KeyError, OSError, AssertionError) as error:  # open_clip asserts that shapes agree
        raise EncoderError(f"open_clip could not build {name} from {weights}: {error}") from error
