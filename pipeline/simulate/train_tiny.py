"""Trains the encoder `tiny`: `python -m pipeline.simulate.train_tiny [--minutes 20] [--seed 11]`.

Contrastive learning as CLIP does it, of captions and of long texts with their pictures. Beside it each tower, through a
linear head that is thrown away afterwards, says which of the things in the picture it shows or names: with some ten thousand
pictures instead of millions this is what makes the towers read every factor and every word. The person's associations play no
part. The two towers run in one thread each, forwards and backwards: on two cores that is twice as fast as two threads in
every operation, and waits less for whoever else uses the machine.
"""

import argparse
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from pipeline.embed import tiny
from pipeline.simulate.diet import CONCEPTS, CROWDED_SHARE, FIRST_OBJECT, LEVEL_STARTS, Diet, prepare, write_vocabulary
from pipeline.simulate.tiny_exam import examine
from pipeline.simulate.vocabulary import LEVELS

PICTURES = 30_000
SHORT_BATCH, LONG_BATCH, LONG_SHARE = 192, 112, 0.45
RATE, WARMUP, DECAY, COLDEST = 2e-3, 100, 0.05, 60.0
STYLE_WEIGHT = 0.25  # of naming each factor's level, beside the contrastive loss
THINGS_WEIGHTS = (0.05, 0.3)  # of naming objects and props, summed over them: from pictures, from texts

Rows = NDArray[np.int64]


class Namer(nn.Module):
    """A linear head on a tower's unit vectors that names concepts; used in training only."""

    def __init__(self, dim: int, things_weight: float) -> None:
        super().__init__()
        self.things_weight = things_weight
        self.linear = nn.Linear(dim, CONCEPTS)
        self.scale = nn.Parameter(torch.tensor(2.3))

    def forward(self, vectors: Tensor, named: Tensor) -> Tensor:
        """The loss of naming: a choice among levels for each factor that is named, yes or no for each object and prop.

        `vectors` float[n, dim], unit norm; `named` bool[n, CONCEPTS].
        """
        logits = self.linear(vectors * self.scale.exp())
        loss = F.binary_cross_entropy_with_logits(logits[:, FIRST_OBJECT:], named[:, FIRST_OBJECT:].float(), reduction="none")
        total = self.things_weight * loss.sum(1).mean()
        for start, levels in zip(LEVEL_STARTS, LEVELS, strict=True):
            says = named[:, start : start + levels]
            rows = says.any(1)
            if rows.any():
                total = total + STYLE_WEIGHT * F.cross_entropy(logits[rows, start : start + levels], says[rows].int().argmax(1))
        return total


def contrast(pictures: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """CLIP's loss: each picture finds its text among the batch's, and each text its picture (arXiv:2103.00020)."""
    logits = scale * texts @ pictures.T
    own = torch.arange(len(texts))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def choose(count: int, long: bool, rng: np.random.Generator) -> Rows:
    """Rows for a batch: long texts come mostly from crowded pictures, captions mostly from uncluttered ones."""
    size, share = (LONG_BATCH, 0.75) if long else (SHORT_BATCH, 0.1)
    crowded = np.arange(count) % 100 < 100 * CROWDED_SHARE
    of_each = round(size * share)
    some = (rng.choice(np.flatnonzero(side), n, replace=False) for side, n in ((crowded, of_each), (~crowded, size - of_each)))
    return np.concatenate(list(some))


class Trainer:
    """The model, its heads, its optimiser and its data, step by step."""

    def __init__(self, diet: Diet, run_seed: int) -> None:
        torch.manual_seed(run_seed)
        torch.set_num_threads(1)
        self.diet, self.rng = diet, np.random.default_rng(run_seed)
        self.model: tiny.ClipModel = tiny.build()
        self.heads = nn.ModuleList([Namer(self.model.visual.output_dim, weight) for weight in THINGS_WEIGHTS])
        weights = [*self.model.parameters(), *self.heads.parameters()]
        matrices = {"params": [w for w in weights if w.ndim > 1], "weight_decay": DECAY}
        groups: list[dict[str, Any]] = [matrices, {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, RATE, betas=(0.9, 0.98), eps=1e-6, fused=True)
        self.pool = ThreadPoolExecutor(2)

    def _look(self, rows: Rows) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = self.model.encode_image(tiny.normalise(torch.from_numpy(self.diet.pictures[rows])))
        return F.normalize(vectors.float(), dim=-1)

    def _read(self, rows: Rows, kind: int) -> Tensor:
        ids = self.diet.texts[rows, kind].astype(np.int64)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = tiny.encode_ids(self.model, torch.from_numpy(ids[:, : (ids > 0).sum(1).max()]))
        return F.normalize(vectors.float(), dim=-1)

    def step(self, rate: float) -> tuple[bool, float, float]:
        """One update; whether it was on long texts, the contrastive loss and the naming loss."""
        long = bool(self.rng.random() < LONG_SHARE)
        rows = choose(len(self.diet.pictures), long, self.rng)
        outputs = list(self.pool.map(lambda tower: tower(), (lambda: self._look(rows), lambda: self._read(rows, int(long)))))
        leaves = [output.detach().requires_grad_() for output in outputs]
        contrastive = contrast(leaves[0], leaves[1], self.model.logit_scale.exp())
        shown = (self.diet.seen[rows], self.diet.named[rows, int(long)])
        naming = sum(
            (head(leaf, torch.from_numpy(said)) for head, leaf, said in zip(self.heads, leaves, shown, strict=True)), torch.zeros(())
        )
        self.optimiser.zero_grad()
        (contrastive + naming).backward()  # type: ignore[no-untyped-call]
        list(self.pool.map(lambda pair: pair[0].backward(pair[1].grad), zip(outputs, leaves, strict=True)))
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(COLDEST))
        return long, contrastive.item(), naming.item()


def train(diet: Diet, minutes: float, run_seed: int, steps: int = 0) -> tuple[tiny.ClipModel, list[dict[str, float]]]:
    """A model trained for so many minutes (or steps, where given), and its curve: mean losses over each hundred steps."""
    trainer, started, curve, done = Trainer(diet, run_seed), time.monotonic(), [], 0
    recent: list[tuple[bool, float, float]] = []
    with sdpa_kernel(SDPBackend.MATH):
        while (share := done / steps if steps else (time.monotonic() - started) / 60 / minutes) < 1:
            recent.append(trainer.step(RATE * min(1.0, (done + 1) / WARMUP) * (0.02 + 0.98 * math.cos(math.pi * share / 2) ** 2)))
            done += 1
            if done % 100 == 0:
                curve.append(_summary(recent, done, time.monotonic() - started, float(trainer.model.logit_scale.detach().exp())))
                print(" ".join(f"{name} {value:g}" for name, value in curve[-1].items()), flush=True)
                recent = []
            if done % 300 == 0:
                tiny.save(trainer.model)  # a run that is stopped leaves something to look at
    return trainer.model, curve


def _summary(recent: list[tuple[bool, float, float]], done: int, seconds: float, scale: float) -> dict[str, float]:
    def mean(values: list[float]) -> float:
        return round(sum(values) / max(1, len(values)), 4)

    return {
        "step": done, "seconds": round(seconds), "captions": mean([c for long, c, _ in recent if not long]),
        "long": mean([c for long, c, _ in recent if long]), "naming": mean([n for *_, n in recent]), "scale": round(scale, 2),
    }  # fmt: skip


def main() -> None:
    """Draw the diet, train, write the weights and their card."""
    parser = argparse.ArgumentParser(description="Train the embedded encoder")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--steps", type=int, default=0, help="so many updates, however long they take; 0: by --minutes")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    given = parser.parse_args()
    write_vocabulary()
    started = time.monotonic()
    diet = prepare(given.seed, given.pictures, tiny.CONTEXT)
    print(f"{len(diet.pictures)} pictures in {time.monotonic() - started:.0f} s", flush=True)
    model, curve = train(diet, given.minutes, given.seed, given.steps)
    minutes = round((time.monotonic() - started) / 60, 1)
    trained = {"seed": given.seed, "steps": curve[-1]["step"], "pictures": len(diet.pictures), "minutes": minutes}
    tiny.save(model)
    card = {"trained": trained, "held_out": examine(), "curve": curve}
    tiny.CARD.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card["held_out"], indent=1))


if __name__ == "__main__":
    main()
