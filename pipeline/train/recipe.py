"""Recipes: everything that decides a training run."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pipeline.errors import SettingsError
from pipeline.identifiers import id_of

Start = Literal["identity", "closed_form"]
KINDS = ("inline", "link", "hypertext", "board", "text_pin", "moment", "judged")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What selection decides: how one adapter is fitted.

    `start`: the identity after whitening, or the closed form (CCA for two sides, ridge for the text side alone); `centre`:
    whether means are taken off first (then the map is affine); `shrinkage` of the whitening, relative to the average
    variance; `power` to which the closed form weighs its directions, and the `share` of them it begins with; `pull` towards
    the start, times the squared distance per direction; `temperature` of the contrast; `steps` of Adam, none where training did
    not better its start (then pull and temperature are those with which it came nearest).
    """

    start: Start
    centre: bool
    shrinkage: float
    power: float
    share: float
    pull: float
    temperature: float
    steps: int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The small grid that selection searches, and what it holds fixed.

    Measured on the folds and validation of the demo (tiny's vectors, 688 texts), where the start by itself has 0.735: from a
    closed-form start training loses from the first steps at this learning rate, the more the lower the temperature (50 steps:
    0.715 at 0.1, 0.733 at 0.3), and at a quarter of it gains 0.0003 at most. From the identity it peaks near 100 steps (0.711)
    and is down to 0.693 at 400. So no step at all is a choice, and more than 200 are not worth their time. Training is worth more
    where the start is less: the text side alone gains 0.008 over its ridge.
    """

    starts: tuple[Start, ...] = ("identity", "closed_form")
    centres: tuple[bool, ...] = (False, True)
    shrinkages: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)
    powers: tuple[float, ...] = (0.5, 1.0)
    shares: tuple[float, ...] = (1.0, 0.5, 0.25, 0.125)
    pulls: tuple[float, ...] = (0.1, 1.0)
    temperatures: tuple[float, ...] = (0.1, 0.3)
    steps: int = 200  # at most
    every: int = 20  # steps between two looks at the held-out figure
    batch: int = 256  # texts in a step
    learning_rate: float = 0.002
    folds: int = 2

    def __post_init__(self) -> None:
        """Raises SettingsError on an empty or impossible grid."""
        for name in ("starts", "centres", "shrinkages", "powers", "shares", "pulls", "temperatures"):
            if not getattr(self, name):
                raise SettingsError(f"the recipe's grid has no {name}; needed: at least one.")
        positive = (*self.shrinkages, *self.shares, *self.temperatures, self.learning_rate, self.steps, self.every, self.batch)
        if not all(math.isfinite(value) and value > 0 for value in positive) or min(*self.pulls, *self.powers) < 0:
            raise SettingsError(f"{self} has a value that must be above zero (pulls and powers: not below).")
        if self.folds < 2 or self.every > self.steps:
            raise SettingsError(f"folds={self.folds}, steps={self.steps}, every={self.every}; needed: two folds, every <= steps.")


def _default_kinds() -> dict[str, float]:
    """What a person is tested on, and what they said themselves. The others were not measured to help, or are captions."""
    return {"inline": 1.0, "link": 1.0, "judged": 1.0}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run. `kinds` and `hops` weigh pairs on top of their own weights; a kind that is not named is not trained on.

    `adapter`: `linear` maps both sides; `text_only` leaves images as the encoder placed them, for whoever keeps an image
    index. Raises SettingsError on unknown kinds or weights below zero.
    """

    adapter: Literal["linear", "text_only"] = "linear"
    objective: Literal["info_nce"] = "info_nce"
    kinds: dict[str, float] = field(default_factory=_default_kinds)
    hops: tuple[float, float, float] = (1.0, 0.5, 0.25)
    seed: int = 0
    grid: Grid = Grid()

    def __post_init__(self) -> None:
        """Raises SettingsError where a recipe could not be followed."""
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise SettingsError(f"the recipe weighs pairs of kind {', '.join(unknown)}; there are {', '.join(KINDS)}.")
        weights = (*self.kinds.values(), *self.hops)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not any(self.kinds.values()):
            raise SettingsError(f"the recipe's weights are {weights}; needed: finite, not below zero, and a kind above it.")
        if self.adapter not in ("linear", "text_only") or self.objective != "info_nce":
            raise SettingsError(f"no adapter {self.adapter!r} with objective {self.objective!r}; needed: linear or text_only, info_nce.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in the manifest."""
        return asdict(self)

    @property
    def recipe_id(self) -> str:
        """16 hex characters: the same for equal recipes."""
        return id_of("recipe", _sorted(self.to_dict()))


def recipe_with(kinds: Mapping[str, float]) -> Recipe:
    """The default recipe with these kinds of pairs weighed otherwise (zero: off). Raises SettingsError that names the kinds there are."""
    return Recipe(kinds=_default_kinds() | dict(kinds))


def _sorted(value: object) -> object:
    """The same content in one order: dicts keep the order of their making, hashes must not."""
    return [(key, _sorted(value[key])) for key in sorted(value)] if isinstance(value, dict) else value
