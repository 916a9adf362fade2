"""Controls: the same adapter learned from shuffled pairs, another person's adapter, and where the adapter itself began."""

import logging
from dataclasses import replace

import numpy as np

from pipeline.errors import StoreError
from pipeline.store import Home
from pipeline.train.folder import load_adapter
from pipeline.train.pairs import PairSet
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.spaces import AffineSpace

log = logging.getLogger(__name__)

REFITS = 20
OTHERS = """
    select person, model_id from models where person <> ? and encoder_id = ?
    qualify row_number() over (partition by person order by created_at desc, model_id) = 1 order by person"""


def shuffled_pairs(pairs: PairSet, seed: int) -> PairSet:
    """The same texts tied to the images of another group, whole groups at a time.

    Image groups change places under a random permutation; the j-th image of a group is replaced by the j-th of the group that
    took its place (counting round where that is smaller). The newcomers take the name of the group they stand for, so that
    masking works as it did.
    """
    random = np.random.default_rng([seed, 0x5AFE])
    groups = np.unique(pairs.images.groups)
    members = {int(g): np.flatnonzero(pairs.images.groups == g) for g in groups}
    stands_for, renamed = np.empty(len(pairs.images), np.int64), pairs.images.groups.copy()
    for old, new in zip(groups, random.permutation(groups), strict=True):
        here, there = members[int(old)], members[int(new)]
        stands_for[here] = there[np.arange(len(here)) % len(there)]
        renamed[there] = old
    return pairs.with_links(stands_for[pairs.image_index], renamed)


def shuffled_refits(train: PairSet, recipe: Recipe, settings: Settings, refits: int = REFITS) -> list[AffineSpace]:
    """Adapters trained with the chosen settings on shuffled pairs, each shuffled anew."""
    from pipeline.train.loop import fit

    spaces = []
    for seed in range(refits):
        spaces.append(replace(fit(shuffled_pairs(train, recipe.seed + seed), recipe, settings), name="shuffled"))
        log.info("shuffled pairs: %d of %d refits", seed + 1, refits)
    return spaces


def other_person(pairs: PairSet, recipe: Recipe, settings: Settings) -> AffineSpace:
    """An adapter trained in the same way on another person's pairs."""
    from pipeline.train.loop import fit

    return replace(fit(pairs, recipe, settings), name="other_person")


def start_space(pairs: PairSet, recipe: Recipe, settings: Settings) -> AffineSpace:
    """What the adapter is before any step."""
    from pipeline.train.loop import fit

    return replace(fit(pairs, recipe, replace(settings, steps=0)), name="start")


def other_models(home: Home, person: str, encoder_id: str) -> list[str]:
    """Everybody else's newest model of this encoder, by person: one of them is what `stored_other` gives."""
    return [row["model_id"] for row in home.warehouse.rows(OTHERS, person, encoder_id)]


def stored_other(home: Home, person: str, encoder_id: str) -> tuple[AffineSpace | None, list[str]]:
    """The newest model of the first other person, by name, whose model of this encoder is sound; and what is to be remarked.

    A damaged model is a remark: it is somebody else's, and no reason to fail this person.
    """
    remarks: list[str] = []
    for row in home.warehouse.rows(OTHERS, person, encoder_id):
        try:
            return replace(load_adapter(home, row["model_id"]), name="other_person"), remarks
        except StoreError as error:
            remarks.append(f"the model of {row['person']!r} could not stand beside this one: {error}")
    return None, [*remarks, "no other person's model of this encoder: whether the adapter is personal was not measured"]
