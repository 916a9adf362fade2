"""What `tiny` is trained on: pictures at 64 pixels, short literal captions, and long texts that name what is to be seen.

A long text is either a literal description of several sentences, or prose on some topic into which the names of the picture's
props are set, in their plain sense: the encoder learns to keep such words in a passage, and nothing about what they may evoke.
"""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.embed.tiny_tokenizer import WORDS_FILE, TinyTokenizer
from pipeline.simulate import captions, prose
from pipeline.simulate.drawing import pixels
from pipeline.simulate.model import Picture
from pipeline.simulate.pictures import contents
from pipeline.simulate.seeds import generator, seed
from pipeline.simulate.vocabulary import LEVELS, OBJECT_NAMES, PROP_KINDS, PROP_NAMES, STYLE_PHRASES

CHUNK = 500
CROWDED = 9  # props in a crowded picture, at most
CROWDED_SHARE = 0.5
DESCRIPTION_SHARE = 0.4  # of long texts; the others are prose

# Everything that can be seen and named: the levels of all factors, the objects, the props.
LEVEL_STARTS = tuple(sum(LEVELS[:factor]) for factor in range(len(LEVELS)))
FIRST_OBJECT = sum(LEVELS)
FIRST_PROP = FIRST_OBJECT + len(OBJECT_NAMES)
CONCEPTS = FIRST_PROP + len(PROP_KINDS)


class Diet(NamedTuple):
    """n pictures with two texts each, and what is to be seen and named in them."""

    pictures: NDArray[np.uint8]  # [n, 64, 64, 3]
    texts: NDArray[np.int16]  # [n, 2, context]: token ids of a caption and of a long text, zero-padded
    seen: NDArray[np.bool_]  # [n, CONCEPTS]: what the picture shows
    named: NDArray[np.bool_]  # [n, 2, CONCEPTS]: which of it each text names


def vocabulary() -> list[str]:
    """Every word that the simulator's own texts are made of, sorted."""
    texts = [*OBJECT_NAMES, *(name for names in PROP_NAMES.values() for name in names), *prose.prose_words(), *captions.template_words()]
    texts += [phrase for factor in STYLE_PHRASES for level in factor for phrase in level]
    return sorted({word for text in texts for word in re.findall(r"[a-z]+", re.sub(r"\{\w*\}", " ", text.lower()))} | {"a", "an"})


def write_vocabulary() -> None:
    """Write the word list that is shipped beside the weights."""
    WORDS_FILE.write_text(json.dumps(vocabulary(), indent=0) + "\n", encoding="utf-8")


def _stretched(words: list[str], rng: np.random.Generator) -> list[str]:
    """The words for one passage: each prop once or twice under one of its names, a dozen at most, in random order."""
    doubled = [*words, *(word for word in words if rng.random() < 0.5)][:12]
    names = [captions.name_of(word, rng) for word in doubled]
    rng.shuffle(names)
    return names


def long_text(objects: Sequence[str], props: Sequence[str], style: tuple[int, int, int, int], rng: np.random.Generator) -> str:
    """A description, or prose about something else that names the props."""
    if len(props) < 3 or rng.random() < DESCRIPTION_SHARE:
        return captions.description(objects, props, style, rng)
    topic = prose.TOPICS[int(rng.integers(len(prose.TOPICS)))]
    return prose.paragraph(_stretched(list(props), rng), topic, rng)


def _style(rng: np.random.Generator) -> tuple[int, int, int, int]:
    a, b, c, d = (int(rng.integers(levels)) for levels in LEVELS)
    return a, b, c, d


def one(name: str, run_seed: int, index: int, crowded: bool) -> tuple[Picture, str]:
    """One picture (its caption in it) with a long text."""
    rng = generator(name, run_seed, index)
    style = _style(rng)
    objects, props = contents(style, rng)
    if crowded:
        props = tuple(PROP_KINDS[i] for i in rng.choice(len(PROP_KINDS), size=int(rng.integers(4, CROWDED + 1)), replace=False))
    caption = captions.caption(objects, props, style, rng)
    return Picture("", style, objects, seed(name, run_seed, index), caption, props=props), long_text(objects, props, style, rng)


def small(picture: Picture) -> NDArray[np.uint8]:
    """The picture as the encoder will see it: uint8[64, 64, 3]."""
    return np.asarray(Image.fromarray(pixels(picture)).resize((64, 64), Image.Resampling.BICUBIC))


def seen_in(picture: Picture) -> dict[int, tuple[str, ...]]:
    """The concepts in a picture, each with the plain expressions that name it."""
    levels = {LEVEL_STARTS[factor] + level: STYLE_PHRASES[factor][level] for factor, level in enumerate(picture.style)}
    objects = {FIRST_OBJECT + OBJECT_NAMES.index(name): (name,) for name in picture.objects}
    return levels | objects | {FIRST_PROP + PROP_KINDS.index(kind): PROP_NAMES[kind] for kind in picture.props}


def names(text: str, expressions: Sequence[str]) -> bool:
    """Whether a text uses one of these expressions."""
    spaced = f" {re.sub(r'[^a-z]+', ' ', text.lower())} "
    return any(f" {expression} " in spaced for expression in expressions)


def _chunk(name: str, run_seed: int, start: int, context: int) -> Diet:
    tokenizer = TinyTokenizer(vocabulary(), context)
    diet = Diet(
        np.empty((CHUNK, 64, 64, 3), np.uint8), np.zeros((CHUNK, 2, context), np.int16),
        np.zeros((CHUNK, CONCEPTS), np.bool_), np.zeros((CHUNK, 2, CONCEPTS), np.bool_),
    )  # fmt: skip
    for row in range(CHUNK):
        index = start + row
        picture, long = one(name, run_seed, index, index % 100 < 100 * CROWDED_SHARE)
        diet.pictures[row] = small(picture)
        concepts = seen_in(picture)
        diet.seen[row, list(concepts)] = True
        for kind, text in enumerate((picture.caption, long)):
            ids = tokenizer.windows(text, 1)[0]
            diet.texts[row, kind, : len(ids) + 1] = [*ids, tokenizer.end]
            diet.named[row, kind, [concept for concept, expressions in concepts.items() if names(text, expressions)]] = True
    return diet


def prepare(run_seed: int, count: int, context: int, workers: int = 2) -> Diet:
    """`count` (rounded up to whole chunks) pictures with their texts, drawn by `workers` processes."""
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:  # a fork would copy torch's threads half
        chunks = list(pool.map(_chunk, repeat("train"), repeat(run_seed), starts, repeat(context)))
    return Diet(*(np.concatenate(part) for part in zip(*chunks, strict=True)))
