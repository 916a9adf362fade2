"""Hashes of pictures from JPEG bytes, beside imagehash. Prints ratios and bits apart, asserts nothing."""

import io
import time
from concurrent.futures import ThreadPoolExecutor

import imagehash
import numpy as np
from PIL import Image

from pipeline.dedupe.crops import crop_hashes, whole_hashes
from pipeline.dedupe.thumbnails import THREADS
from pipeline.dedupe.views import views

PICTURES, SIDE, ROUNDS, BATCH = 400, 512, 3, 200


def jpegs() -> list[bytes]:
    """Pictures of soft shapes and some grain, 512 x 512."""
    rng = np.random.default_rng(0)
    return [jpeg(rng) for _ in range(PICTURES)]


def jpeg(rng: np.random.Generator) -> bytes:
    """One of them."""
    soft = Image.fromarray(rng.integers(0, 255, (9, 9, 3), dtype=np.uint8)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 5, (SIDE, SIDE, 1))
    out = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def greys(contents: list[bytes]) -> np.ndarray:
    """The views that everything near is decided on, decoded in two threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        return np.stack(list(pool.map(lambda content: views(content)[0].grey, contents)))


def ours(contents: list[bytes]) -> np.ndarray:
    """One hash each."""
    return whole_hashes(greys(contents))


def with_crops(contents: list[bytes]) -> np.ndarray:
    """All that the stage works out: the hashes of every crop as well."""
    return np.concatenate([crop_hashes(greys(contents[start : start + BATCH])) for start in range(0, len(contents), BATCH)])


def theirs(contents: list[bytes]) -> np.ndarray:
    """imagehash.phash, as its manual has it."""
    found = [imagehash.phash(Image.open(io.BytesIO(content))).hash for content in contents]
    return np.packbits(np.stack(found).reshape(len(found), 64), axis=1).view(">u8").ravel().astype(np.uint64)


def main() -> None:
    """In turn, three times; the medians."""
    contents = jpegs()
    seconds: dict[str, list[float]] = {run.__name__: [] for run in (ours, with_crops, theirs)}
    found = {}
    for _ in range(ROUNDS):
        for run in (ours, with_crops, theirs):
            started = time.perf_counter()
            found[run.__name__] = run(contents)
            seconds[run.__name__].append(time.perf_counter() - started)
    mine, crops, peer = (float(np.median(seconds[name])) for name in ("ours", "with_crops", "theirs"))
    apart = np.bitwise_count(found["ours"] ^ found["theirs"])
    print(f"{PICTURES} JPEG of {SIDE} x {SIDE}: ours {PICTURES / mine:.0f}/s, imagehash {PICTURES / peer:.0f}/s: ratio {peer / mine:.1f}")
    print(f"  with the 162 hashes of crops {PICTURES / crops:.0f}/s: ratio {peer / crops:.1f}")
    print(f"  bits apart: median {np.median(apart):.0f}, 99 of 100 within {np.quantile(apart, 0.99):.0f}, at most {apart.max()}")


if __name__ == "__main__":
    main()
