"""Two pictures laid over each other: Gauss-Newton over a pyramid (Lucas and Kanade 1981), a stretch and a shift per axis.

A copy that was resized, re-encoded or cropped equals the original after that; a look-alike (the same dashboard with another
number, another plate by the same hand) keeps places where it does not. So what counts is the *worst* patch of the overlap,
not the mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

SIDE = 64  # pictures are compared as SIDE x SIDE, whatever the aspect ratio: the stretch per axis takes it up
PATCH = 8  # pixels a side of the patches that are compared
COARSE, COARSE_STEPS = 16, 8  # pixels a side and Gauss-Newton steps of the first level of the pyramid
FINER = ((32, 4), (64, 4))
HOPELESS = 0.3  # mean square error at the first level (copies reach 0.1 at most); the rest of the work is spared
STARTS = (1.0, 0.86, 1 / 0.86)  # stretches to start from: as they are, one cropped, the other cropped
STRETCH = (0.75, 1 / 0.75)  # a crop of an eighth off every side is the most that is looked for
ASPECT = 1.12  # the two axes may be stretched this differently (a crop off one side only, rounding)
VISIBLE = 0.25  # of the contrast: a patch that differs more is seen to differ
FLOOR = 6.0  # grey levels of 255: contrast below this is noise, and is not magnified


def shrink(thumbnails: Floats, side: int) -> Floats:
    """Means of square blocks: float32[n, side, side] from float32[n, SIDE, SIDE]."""
    step = thumbnails.shape[-1] // side
    small: Floats = thumbnails.reshape(len(thumbnails), side, step, side, step).mean((2, 4))
    return small


def misfits(a: Floats, b: Floats) -> Floats:
    """float32[n]: how far `b[i]` is from being a copy of `a[i]` (float32[n, SIDE, SIDE], grey 0 to 255), 0 for the same.

    The root mean square difference of the worst patch after alignment, in units of the picture's own contrast; infinite
    where even the coarse outlines differ.
    """
    warps, errors = coarsely(a, b)
    found: Floats = np.full(len(a), np.inf, dtype=np.float32)
    left = errors < HOPELESS
    if left.any():
        whole, part, warps = whole_first(a[left], b[left], warps[left])
        found[left] = differences(whole, part, finely(whole, part, warps), PATCH).worst
    return found


def coarsely(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Warps on thumbnails of COARSE pixels, and their errors.

    A warp is float32[4], (stretch x, shift x, stretch y, shift y) in [-1, 1] coordinates, so that b(p) is near a(stretch p + shift).
    """
    starts = [np.tile(np.array([s, 0, s, 0], dtype=np.float32), (len(a), 1)) for s in STARTS]
    found = [_descend(shrink(a, COARSE), shrink(b, COARSE), start, COARSE_STEPS) for start in starts]
    errors = np.stack([error for _, error in found])
    best, each = errors.argmin(0), np.arange(len(a))
    return np.stack([warps for warps, _ in found])[best, each], errors[best, each]


def whole_first(a: Floats, b: Floats, warps: Floats) -> tuple[Floats, Floats, Floats]:
    """Pairs and warps with the picture that shows more first: stretching the smaller view would alias (errors up to 3 times)."""
    swap = warps[:, 0] * warps[:, 2] > 1
    stretch, shift = warps[:, [0, 0, 2, 2]], warps[:, [1, 1, 3, 3]]
    inverse = np.where(np.array([True, False, True, False]), 1 / stretch, -shift / stretch)
    turn = swap[:, None, None]
    return np.where(turn, b, a), np.where(turn, a, b), np.where(swap[:, None], inverse, warps).astype(np.float32)


def finely(a: Floats, b: Floats, warps: Floats, levels: Sequence[tuple[int, int]] = FINER) -> Floats:
    """The warps, bettered on larger and larger thumbnails: (pixels a side, steps) by level."""
    for side, steps in levels:
        warps, _ = _descend(shrink(a, side), shrink(b, side), warps, steps)
    return warps


def _descend(a: Floats, b: Floats, warps: Floats, steps: int) -> tuple[Floats, Floats]:
    """Gauss-Newton steps on one level of the pyramid: the best warps met and their errors."""
    best, best_error = warps, _error(a, b, warps)
    for _ in range(steps):
        warps = _bounded(warps + _step(a, b, warps))
        error = _error(a, b, warps)
        better = error < best_error
        best, best_error = np.where(better[:, None], warps, best), np.minimum(error, best_error)
    return best.astype(np.float32), best_error


def _step(a: Floats, b: Floats, warps: Floats) -> Floats:
    """The least-squares step of the four numbers, with a little damping."""
    sampled, inside = _sample(a, warps)
    grid = _grid(a.shape[-1])
    target = _matched(sampled, b, inside)
    slope_y, slope_x = np.gradient(sampled, axis=(1, 2))
    half = a.shape[-1] / 2  # gradients are per pixel, the numbers per half side
    scale_x, scale_y = warps[:, 0, None, None], warps[:, 2, None, None]
    gx, gy = slope_x * half / scale_x * inside, slope_y * half / scale_y * inside
    jacobian = np.stack([gx * grid[None, None, :], gx, gy * grid[None, :, None], gy], -1).reshape(len(a), -1, 4)
    residual = ((target - sampled) * inside).reshape(len(a), -1, 1)
    turned = jacobian.transpose(0, 2, 1)
    normal = turned @ jacobian
    damping = 1e-3 * (np.trace(normal, axis1=1, axis2=2)[:, None, None] + 1) * np.eye(4, dtype=np.float32)
    step = np.linalg.solve(normal + damping, turned @ residual)[:, :, 0]
    return np.clip(step, -0.15, 0.15).astype(np.float32)


def _bounded(warps: Floats) -> Floats:
    """Stretches and shifts a crop can have."""
    stretch_x = np.clip(warps[:, 0], *STRETCH)
    stretch_y = np.clip(np.clip(warps[:, 2], *STRETCH), stretch_x / ASPECT, stretch_x * ASPECT)
    room_x, room_y = np.abs(1 - stretch_x) + 0.02, np.abs(1 - stretch_y) + 0.02
    shift_x, shift_y = np.clip(warps[:, 1], -room_x, room_x), np.clip(warps[:, 3], -room_y, room_y)
    return np.stack([stretch_x, shift_x, stretch_y, shift_y], 1).astype(np.float32)


def _grid(side: int) -> Floats:
    return ((np.arange(side, dtype=np.float32) + 0.5) * 2 / side - 1).astype(np.float32)


def _sample(pictures: Floats, warps: Floats) -> tuple[Floats, Floats]:
    """The pictures at the warped places (bilinear), and 1 where the place lies inside, else 0."""
    side = pictures.shape[-1]
    grid = _grid(side)
    along = [(warps[:, i, None] * grid + warps[:, i + 1, None] + 1) * side / 2 - 0.5 for i in (0, 2)]
    rows, columns = _interpolation(along[1], side), _interpolation(along[0], side)
    inside = [(v > -1) & (v < side) for v in along]
    sampled: Floats = (rows @ pictures @ columns.transpose(0, 2, 1)).astype(np.float32)
    mask: Floats = (inside[1][:, :, None] & inside[0][:, None, :]).astype(np.float32)
    return sampled, mask


def _interpolation(places: Floats, side: int) -> Floats:
    """float32[n, side, side]: row i holds the weights of the pixels that place i lies between."""
    distance = np.abs(np.clip(places, 0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32))
    weights: Floats = np.maximum(0, 1 - distance).astype(np.float32)
    return weights


def _moments(values: Floats, inside: Floats) -> tuple[Floats, Floats]:
    count = np.maximum(inside.sum((1, 2), keepdims=True), 1)
    mean = (values * inside).sum((1, 2), keepdims=True) / count
    spread = np.sqrt((((values - mean) * inside) ** 2).sum((1, 2), keepdims=True) / count)
    return mean.astype(np.float32), spread.astype(np.float32)


def _matched(like: Floats, values: Floats, inside: Floats) -> Floats:
    """`values` brought to the brightness and contrast of `like`, within reason."""
    (mean, spread), (own_mean, own_spread) = _moments(like, inside), _moments(values, inside)
    gain = np.clip((spread + FLOOR) / (own_spread + FLOOR), 0.7, 1 / 0.7)
    matched: Floats = (values - own_mean) * gain + mean
    return matched


def _error(a: Floats, b: Floats, warps: Floats) -> Floats:
    """float32[n]: mean square difference over the overlap, in units of contrast."""
    sampled, inside = _sample(a, warps)
    difference = (_matched(sampled, b, inside) - sampled) * inside
    spread = _moments(sampled, inside)[1][:, 0, 0] + FLOOR
    error: Floats = (difference**2).sum((1, 2)) / np.maximum(inside.sum((1, 2)), 1) / spread**2
    return error


@dataclass(frozen=True)
class Differences:
    """What is left between aligned pictures, float32[n] each, in units of the picture's own contrast.

    `worst`: root mean square of the worst patch; `weaker`: the same of brightening alone or of darkening alone, whichever is
    less; `covered`: the share of patches that differ more than VISIBLE.
    """

    worst: Floats
    weaker: Floats
    covered: Floats


def differences(a: Floats, b: Floats, warps: Floats, patch: int, smoothing: int = 1) -> Differences:
    """What differs between `a` and `b` under these warps, in patches of so many pixels a side.

    What is laid over a picture (a watermark) only darkens it or only brightens it; what stands there instead of something else
    does both. So `weaker` tells a copy from a look-alike where `worst` cannot.
    """
    sampled, inside = _sample(a, warps)
    left = (_matched(sampled, b, inside) - sampled) * inside
    for _ in range(smoothing):
        left = _smooth(left)
    spread = _moments(sampled, inside)[1] + FLOOR
    both, brighter, darker = (_patches(part, inside, patch) / spread for part in (left, np.maximum(left, 0), np.maximum(-left, 0)))
    weaker = np.minimum(brighter.max((1, 2)), darker.max((1, 2)))
    return Differences(both.max((1, 2)), weaker, (both > VISIBLE).mean((1, 2), dtype=np.float32))


def _patches(values: Floats, inside: Floats, patch: int) -> Floats:
    """Root mean square by patch; 0 where less than half of it lies inside."""
    squares, counts = (shrink(each, values.shape[-1] // patch) for each in (values**2, inside))
    means: Floats = np.sqrt(np.where(counts > 0.5, squares / np.maximum(counts, 1e-6), 0)).astype(np.float32)
    return means


def _smooth(values: Floats) -> Floats:
    """Weights 1 2 1 along both axes: what is finer than that comes from resampling and from JPEG, and says nothing."""
    for axis in (1, 2):
        padded = np.pad(values, [(0, 0)] + [(1, 1) if axis == other else (0, 0) for other in (1, 2)], mode="edge")
        parts = [np.take(padded, range(i, i + values.shape[axis]), axis=axis) for i in range(3)]
        values = ((parts[0] + 2 * parts[1] + parts[2]) / 4).astype(np.float32)
    return values
