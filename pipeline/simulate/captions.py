"""Literal descriptions: short captions, and long ones that name everything that is to be seen."""

from collections.abc import Sequence

import numpy as np

from pipeline.simulate.model import Mood
from pipeline.simulate.vocabulary import PROP_NAMES, STYLE_PHRASES, article

PROP_SHARE = 0.08  # of captions that name a prop, and so may hold a mood word in its plain sense
ALL_STYLES_SHARE = 0.45  # of captions that name all four factors
STYLE_SHARE = 0.65  # else: how often each factor is named

_OPENINGS = ("{}", "a picture of {}", "a drawing of {}", "{} drawn simply", "this shows {}")
_PROP_PHRASES = ("with a small {}", "and a little {}", "beside a tiny {}")
_SHOWN = ("The picture shows {}.", "Here we see {}.", "There is {} to be seen.", "Someone has drawn {}.")
_STYLED = ("It is {}.", "Everything is {}.", "All of it is {}.", "The whole scene is {}.")
_SMALL = (
    "A small {w} lies near {a}.", "There is {a} and also a little {w}.", "One can find a {w} next to {a}.",
    "A tiny {w} was placed above {a}.", "Further on come {a} and a {w}.", "Nobody would miss the {w} under {a}.",
)  # fmt: skip


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def template_words() -> list[str]:
    """Every fixed piece of text here, for whoever builds a vocabulary."""
    return [*_OPENINGS, *_PROP_PHRASES, *_SHOWN, *_STYLED, *_SMALL]


def listing(nouns: Sequence[str]) -> str:
    """ "a boat, a cup and a house"."""
    named = [article(noun) for noun in nouns]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def name_of(prop: str, rng: np.random.Generator) -> str:
    """One of a prop's three names."""
    return _pick(PROP_NAMES[prop], rng)


def style_phrases(style: Mood, rng: np.random.Generator) -> list[str]:
    """One plain phrase for each factor of a style, in the factors' order."""
    return [_pick(STYLE_PHRASES[factor][level], rng) for factor, level in enumerate(style)]


def caption(objects: Sequence[str], props: Sequence[str], style: Mood, rng: np.random.Generator) -> str:
    """A literal caption: the objects, often the style, seldom a prop."""
    phrases = style_phrases(style, rng)
    if rng.random() > ALL_STYLES_SHARE:
        phrases = [phrase for phrase in phrases if rng.random() < STYLE_SHARE]
    rng.shuffle(phrases)
    if props and rng.random() < PROP_SHARE:
        phrases.insert(0, _pick(_PROP_PHRASES, rng).format(name_of(props[int(rng.integers(len(props)))], rng)))
    return ", ".join([_pick(_OPENINGS, rng).format(listing(objects)), *phrases])


def description(objects: Sequence[str], props: Sequence[str], style: Mood, rng: np.random.Generator) -> str:
    """A long literal text of several sentences that names the objects, the props and the style."""
    sentences = [_pick(_SHOWN, rng).format(listing(objects))]
    sentences += [_pick(_STYLED, rng).format(phrase) for phrase in style_phrases(style, rng) if rng.random() < 0.8]
    names = [name_of(prop, rng) for prop in props]
    for first, second in zip(names[::2], names[1::2], strict=False):
        sentences.append(_small(first, second, rng))
    rng.shuffle(sentences)
    return " ".join(sentences)


def _small(first: str, second: str, rng: np.random.Generator) -> str:
    """A sentence that names two props."""
    return _pick(_SMALL, rng).format(w=first, a=article(second))
