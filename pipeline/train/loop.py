"""The training loop: resident arrays, one thread, a fixed seed, so that the same inputs give the same weights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn.functional import normalize

from pipeline.errors import NotEnoughData, RhizomeError
from pipeline.train.adapters import Start, start_of
from pipeline.train.batches import Batch, Sampler
from pipeline.train.objectives import symmetric_info_nce
from pipeline.train.pairs import PairSet
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.spaces import AffineSpace

Watch = Callable[[int, float, AffineSpace], None]


@contextmanager
def deterministic() -> Iterator[None]:
    """One thread and deterministic kernels within; whatever was set before stands again afterwards."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict)
        torch.set_num_threads(threads)


def fit(pairs: PairSet, recipe: Recipe, settings: Settings, watch: Watch | None = None) -> AffineSpace:
    """Trains an adapter on `pairs`; of no steps it is its start. `watch(step, loss, space)` is called before the first step, every
    `grid.every`, and at the end; the loss is that of one batch, always the same.

    Raises NotEnoughData below two groups with pairs (no negatives), RhizomeError where the loss is no longer a number.
    """
    if len(pairs) == 0 or len(pairs.groups) < 2:
        raise NotEnoughData(f"{len(pairs)} pairs in {len(pairs.groups)} groups; a contrast needs pairs in two groups at least.")
    start = start_of(pairs, recipe, settings)
    with deterministic():
        run = _Run(pairs, recipe, settings, start)
        for step, batch in zip(range(settings.steps), run.sampler, strict=False):
            if watch and step % recipe.grid.every == 0:
                watch(step, run.loss(), run.space())
            run.step(batch)
        if watch:
            watch(settings.steps, run.loss(), run.space())
        return run.space(turned=True)


class _Run:
    """Tensors of one training."""

    def __init__(self, pairs: PairSet, recipe: Recipe, settings: Settings, start: Start) -> None:
        self.start, self.settings = start, settings
        self.sampler = iter(Sampler(pairs, recipe.grid.batch, recipe.seed))
        self._looked_at = next(iter(Sampler(pairs, recipe.grid.batch, recipe.seed)))  # the same every time: a curve, not noise
        self._texts = torch.from_numpy(start.texts(pairs.texts.vectors))
        self._images = torch.from_numpy(start.images(pairs.images.vectors))
        begun = [matrix for matrix in (start.text, start.image) if matrix is not None]
        self._scale = [float(np.linalg.norm(matrix)) / len(matrix) ** 0.5 for matrix in begun]
        self._begun = [torch.from_numpy((m / s).astype(np.float32)) for m, s in zip(begun, self._scale, strict=True)]
        self._maps = [matrix.clone().requires_grad_(True) for matrix in self._begun]
        self._optimiser = torch.optim.Adam(self._maps, lr=recipe.grid.learning_rate)

    def _loss(self, batch: Batch) -> torch.Tensor:
        texts = normalize(self._texts[torch.from_numpy(batch.texts)] @ self._maps[0], dim=1)
        images = self._images[torch.from_numpy(batch.images)]
        images = normalize(images @ self._maps[1] if len(self._maps) > 1 else images, dim=1)
        contrast = symmetric_info_nce(
            texts @ images.T,
            torch.from_numpy(batch.rows),
            torch.from_numpy(batch.columns),
            torch.from_numpy(batch.weights),
            torch.from_numpy(batch.negatives),
            self.settings.temperature,
        )
        away = sum(((now - then) ** 2).sum() / len(now) for now, then in zip(self._maps, self._begun, strict=True))
        return contrast + self.settings.pull * away

    def loss(self) -> float:
        """The loss of the batch that is always looked at; raises RhizomeError where it is not finite."""
        with torch.no_grad():
            loss = float(self._loss(self._looked_at))
        if not np.isfinite(loss):
            raise RhizomeError(f"the training loss became {loss} under {self.settings}; lower the recipe's learning rate.")
        return loss

    def step(self, batch: Batch) -> None:
        """One step of Adam."""
        self._optimiser.zero_grad(set_to_none=True)
        self._loss(batch).backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()

    def space(self, *, turned: bool = False) -> AffineSpace:
        """The space as it is now; `turned` for keeps, not for a look at its cosines."""
        text, *image = [matrix.detach().numpy().astype(np.float64) for matrix in self._maps]
        return self.start.space(text, image[0] if image else None, turned=turned)
