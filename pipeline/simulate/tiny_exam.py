"""The held-out examination of `tiny`: `python -m pipeline.simulate.tiny_exam`.

It must find literal captions, read every factor on both sides, keep a gap between the modalities, and know nothing of the
person's associations, which a map fitted on some posts of the demo must then find on the others.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.embed.encoder import Encoder, load_encoder
from pipeline.evaluate.oracles import likelihoods
from pipeline.simulate.diet import one
from pipeline.simulate.drawing import jpeg
from pipeline.simulate.measures import Vectors, bridge, gap, interval, map_at_r, probe, ranks
from pipeline.simulate.model import FACTORS, Picture, World, post_url
from pipeline.simulate.people import STYLE_NOISE, WORD_NOISE, Habit, all_moods, habit_of, mood_words
from pipeline.simulate.pictures import make_picture
from pipeline.simulate.prose import TOPICS, paragraph
from pipeline.simulate.seeds import generator
from pipeline.simulate.world import build

EXAM_SEED = 5
PASSAGES = 4  # of an essay


def unseen(styles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: a third of all combinations of levels, whichever pictures or passages have them."""
    third = {mood for mood, chosen in zip(all_moods(), generator("unseen").random(len(all_moods())) < 1 / 3, strict=True) if chosen}
    return np.array([tuple(map(int, row)) in third for row in styles])


def literal(encoder: Encoder, count: int) -> tuple[Vectors, Vectors, list[Picture]]:
    """`count` held-out captions and their pictures, embedded."""
    pictures = [one("exam", EXAM_SEED, index, crowded=False)[0] for index in range(count)]
    texts = encoder.embed_texts([picture.caption for picture in pictures])
    return texts, encoder.embed_images([jpeg(picture) for picture in pictures]), pictures


def captions_found(texts: Vectors, pictures: Vectors) -> dict[str, Any]:
    """Recall of literal captions among 500 pictures, and the gap."""
    blocks = [slice(start, start + 500) for start in range(0, len(texts) - 499, 500)]
    placed = np.concatenate([ranks(texts[block], pictures[block]) for block in blocks])
    recalls = {f"recall@{k}": interval(placed < k)._asdict() for k in (1, 10)}
    return {**recalls, "among": 500, "captions": len(placed), "centre_distance": round(gap(texts, pictures), 4)}


def _by_factor(vectors: Vectors, levels: NDArray[np.int64]) -> dict[str, float]:
    held = unseen(levels)
    return {name: round(probe(vectors, levels[:, factor], held), 4) for factor, name in enumerate(FACTORS)}


def pictures_read(vectors: Vectors, pictures: list[Picture]) -> dict[str, float]:
    """How well a linear probe reads each factor from pictures, on unseen combinations."""
    return _by_factor(vectors, np.array([picture.style for picture in pictures]))


def passages(habit: Habit, count: int, *key: object) -> tuple[list[str], NDArray[np.int64]]:
    """`count` passages in moods of their own, four to a mood, with those moods."""
    rng = generator("passages", *key)
    moods = np.array(all_moods())[rng.integers(0, len(all_moods()), -(-count // PASSAGES))].repeat(PASSAGES, axis=0)[:count]
    texts = [paragraph(mood_words(habit, tuple(mood), rng), TOPICS[int(rng.integers(len(TOPICS)))], rng) for mood in moods]
    return texts, moods


def essays_read(encoder: Encoder, count: int) -> dict[str, dict[str, float]]:
    """How well a linear probe reads each factor from passages, and from the mean of an essay's four."""
    texts, moods = passages(habit_of("exam", EXAM_SEED), count, EXAM_SEED)
    vectors = encoder.embed_texts(texts)
    essays = vectors.reshape(-1, PASSAGES, vectors.shape[1]).mean(1)
    return {"passages": _by_factor(vectors, moods), "essays": _by_factor(essays, moods[::PASSAGES])}


def associations(world: World, handle: str) -> tuple[list[str], NDArray[np.int64], list[Picture], NDArray[np.int64]]:
    """A person's own passages and pictures (inline and pinned, without planted duplicates), each with the number of its post."""
    person = world.people[handle]
    own = world.publications[person.publication]
    number = {post_url(own, post): index for index, post in enumerate(own.posts)}
    texts = [(text, index) for index, post in enumerate(own.posts) for text in post.paragraphs]
    shown = [(inline.picture, index) for index, post in enumerate(own.posts) for inline in post.pictures]
    shown += [(pin.picture, number[pin.link]) for pin in person.pins if pin.link in number and pin.board != "Favourites"]
    return [t for t, _ in texts], np.array([i for _, i in texts]), [p for p, _ in shown], np.array([i for _, i in shown])


def _pairs(left: NDArray[np.int64], right: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of every pair of the same group."""
    found = np.nonzero(left[:, None] == right[None, :])
    return found[0], found[1]


def bridged(encoder: Encoder, supervised: int = 3000, shrink: float = 0.1) -> dict[str, float]:
    """mAP@R from passage to picture on a third of the demo's posts: by chance, raw, by CCA of the other posts, by an oracle.

    The oracle is the same CCA on many pairs from elsewhere, made with the person's habit: what the encoder lets one reach.
    `generator` knows how the world was made, and is held back by its noise alone.
    """
    world = build()
    texts, of_text, pictures, of_picture = associations(world, "demo")
    left, right = encoder.embed_texts(texts), encoder.embed_images([jpeg(picture) for picture in pictures])
    test_left, test_right = of_text % 3 == 0, of_picture % 3 == 0

    def score(scores: NDArray[Any]) -> float:
        return round(map_at_r(scores, of_text[test_left], of_picture[test_right]), 4)

    rows, columns = _pairs(of_text[~test_left], of_picture[~test_right])
    fitted = bridge(left[~test_left][rows], right[~test_right][columns], shrink)
    more, moods = passages(world.people["demo"].habit, supervised, "oracle", world.seed)
    drawn = [jpeg(make_picture(tuple(mood), "exam oracle", index)) for index, mood in enumerate(moods.tolist())]
    oracle = bridge(encoder.embed_texts(more), encoder.embed_images(drawn), shrink)
    raw = left[test_left] @ right[test_right].T
    styles = [picture.style for picture, held in zip(pictures, test_right, strict=True) if held]
    made = {"habit": world.people["demo"].habit, "noise": {"word": WORD_NOISE, "style": STYLE_NOISE}}
    known = likelihoods([text for text, held in zip(texts, test_left, strict=True) if held], styles, made)
    return {
        "chance": score(np.random.default_rng(0).random(raw.shape)), "raw": score(raw),
        "cca": score(fitted.scores(left[test_left], right[test_right])), "oracle": score(oracle.scores(left[test_left], right[test_right])),
        "generator": score(known),
    }  # fmt: skip


def examine(encoder: Encoder | None = None, captions: int = 2000, texts: int = 2400) -> dict[str, Any]:
    """All figures, for the card beside the weights; a few minutes at most."""
    encoder = encoder or load_encoder("tiny")
    left, right, pictures = literal(encoder, captions)
    return {
        "encoder_id": encoder.encoder_id, "literal": captions_found(left, right), "pictures": pictures_read(right, pictures),
        **essays_read(encoder, texts), "map@r": bridged(encoder),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(examine(), indent=1))
