"""Hashes of pictures from JPEG bytes, beside imagehash. Prints ratios and bits apart, asserts nothing."""

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import imagehash
import numpy as np
from PIL import Image

from pipeline.dedupe.crops import whole_hashes
from pipeline.dedupe.picture_signatures import signature
from pipeline.dedupe.thumbnails import THREADS
from pipeline.dedupe.views import views

PICTURES, SIDE, ROUNDS = 400, 512, 5


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


def ours(contents: list[bytes]) -> np.ndarray:
    """One hash each, from the views that everything near is decided on, decoded in as many threads as in the stage."""
    with ThreadPoolExecutor(THREADS) as pool:
        return whole_hashes(np.stack(list(pool.map(lambda content: views(content)[0].grey, contents))))


def with_crops(contents: list[bytes]) -> list[dict[str, object]]:
    """All that the stage works out: the hashes of every crop as well, and the colours."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(signature, contents))


def theirs(contents: list[bytes]) -> np.ndarray:
    """imagehash.phash, as its manual has it."""
    found = [imagehash.phash(Image.open(io.BytesIO(content))).hash for content in contents]
    return np.packbits(np.stack(found).reshape(len(found), 64), axis=1).view(">u8").ravel().astype(np.uint64)


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    started = time.perf_counter()
    found = run()
    return time.perf_counter() - started, found


def main() -> None:
    """In turn, several times; the medians: the machine may be busy with other things."""
    contents, ways = jpegs(), {"ours": ours, "crops": with_crops, "peer": theirs}
    turns = [{name: timed(lambda run=run: run(contents)) for name, run in ways.items()} for _ in range(ROUNDS)]
    mine, crops, peer = (float(np.median([turn[name][0] for turn in turns])) for name in ways)
    apart = np.bitwise_count(turns[0]["ours"][1] ^ turns[0]["peer"][1])
    print(f"{PICTURES} JPEG of {SIDE} x {SIDE}: ours {PICTURES / mine:.0f}/s, imagehash {PICTURES / peer:.0f}/s: ratio {peer / mine:.1f}")
    print(f"  with the 162 hashes of crops {PICTURES / crops:.0f}/s: ratio {peer / crops:.1f}")
    for name in ("ours", "crops"):
        ratios = sorted(turn["peer"][0] / turn[name][0] for turn in turns)
        print(f"  ratio of {name} in a turn: {ratios[0]:.1f} to {ratios[-1]:.1f}")
    print(f"  bits apart: median {np.median(apart):.0f}, 99 of 100 within {np.quantile(apart, 0.99):.0f}, at most {apart.max()}")


if __name__ == "__main__":
    main()
