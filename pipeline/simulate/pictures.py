"""Makes pictures for a mood, and the near-duplicates that are planted."""

from dataclasses import replace

import numpy as np

from pipeline.simulate.captions import caption
from pipeline.simulate.model import Mood, Picture
from pipeline.simulate.people import style_of
from pipeline.simulate.seeds import digest, generator, seed
from pipeline.simulate.vocabulary import OBJECT_NAMES, PROP_KINDS

ALONE = 0  # the composition that has room for one object only


def contents(style: Mood, rng: np.random.Generator, most_props: int = 2) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """One to three objects and up to `most_props` props, whatever the mood."""
    count = 1 if style[2] == ALONE else int(rng.integers(1, 4))
    objects = rng.choice(len(OBJECT_NAMES), size=count, replace=False)
    props = rng.choice(len(PROP_KINDS), size=int(rng.integers(0, most_props + 1)), replace=False)
    return tuple(OBJECT_NAMES[i] for i in objects), tuple(PROP_KINDS[i] for i in props)


def make_picture(mood: Mood, *key: object, most_props: int = 2) -> Picture:
    """A picture in that mood, with some noise; `key` decides everything else about it."""
    rng = generator("contents", *key)
    style = style_of(mood, rng)
    objects, props = contents(style, rng, most_props)
    text = caption(objects, props, style, rng)
    return Picture(digest("picture", *key)[:32], style, objects, seed("drawing", *key), text, props=props)


def duplicate(picture: Picture, alteration: str, *key: object) -> Picture:
    """The same picture under another id; `alteration` "" is byte-identical, else see `drawing.alter`."""
    return replace(picture, picture_id=digest("duplicate", alteration, picture.picture_id, *key)[:32], alteration=alteration)
