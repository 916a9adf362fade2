"""People's habits: which words stand for which level of which style factor, to whom."""

import numpy as np

from pipeline.simulate.model import Mood
from pipeline.simulate.seeds import generator
from pipeline.simulate.vocabulary import LEVELS, PROP_KINDS, PROP_NAMES

Habit = tuple[tuple[tuple[str, ...], ...], ...]

WORD_NOISE = 0.1  # a mood word comes from another level of its factor
STYLE_NOISE = 0.05  # a picture's factor is of another level
WORDS_PER_FACTOR = 3  # in a paragraph


def habit_of(handle: str, seed: int) -> Habit:
    """The habit of a person: the props dealt out over all levels of all factors, two to each.

    A prop's three names stay together (the encoder cannot tell them apart, nor would a person), so a level has six words.
    Another handle gets the same words dealt differently.
    """
    dealt = generator("habit", handle, seed).permutation(len(PROP_KINDS))
    hands = iter(np.array_split(dealt, sum(LEVELS)))
    return tuple(
        tuple(tuple(name for kind in next(hands) for name in PROP_NAMES[PROP_KINDS[kind]]) for _ in range(levels)) for levels in LEVELS
    )


def _another(level: int, levels: int, rng: np.random.Generator) -> int:
    return (level + int(rng.integers(1, levels))) % levels


def mood_words(habit: Habit, mood: Mood, rng: np.random.Generator) -> list[str]:
    """Words for one paragraph: three for each factor, about nine in ten of the right level, in random order."""
    words = []
    for factor, level in enumerate(mood):
        for _ in range(WORDS_PER_FACTOR):
            source = _another(level, LEVELS[factor], rng) if rng.random() < WORD_NOISE else level
            options = [word for word in habit[factor][source] if word not in words]
            words.append(options[int(rng.integers(len(options)))])
    rng.shuffle(words)
    return words


def style_of(mood: Mood, rng: np.random.Generator) -> Mood:
    """The style of one picture in that mood: each factor is off once in twenty."""
    a, b, c, d = (_another(level, LEVELS[f], rng) if rng.random() < STYLE_NOISE else level for f, level in enumerate(mood))
    return a, b, c, d


def all_moods() -> list[Mood]:
    """Every combination of levels, in a fixed order."""
    return [(a, b, c, d) for a in range(LEVELS[0]) for b in range(LEVELS[1]) for c in range(LEVELS[2]) for d in range(LEVELS[3])]


def draw_moods(count: int, rng: np.random.Generator) -> list[Mood]:
    """`count` moods, distinct as long as there are enough combinations (1,080)."""
    moods = all_moods()
    rounds = [rng.permutation(len(moods)) for _ in range(-(-count // len(moods)))]
    return [moods[i] for i in np.concatenate([np.empty(0, int), *rounds])[:count].astype(int)]
