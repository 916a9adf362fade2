"""Writes what is true of a world, for whoever evaluates: nothing that gathers, pairs or trains may read it.

`truth.json` names each own post's mood, each picture's true style and the person's habit, so that an oracle which knows the
generator can score passages against pictures (`evaluate.oracles` does). Beside it stand three tables in parquet:
`oracle.parquet` (many pairs made with the person's habit), `other.parquet` (as many as the person's own, with another's
habit) and `captions.parquet` (held-out literal pairs).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.simulate.drawing import jpeg
from pipeline.simulate.model import FACTORS, Mood, Person, Picture, Publication, World, post_url
from pipeline.simulate.people import STYLE_NOISE, WORD_NOISE, Habit, all_moods, mood_words
from pipeline.simulate.pictures import make_picture
from pipeline.simulate.prose import TOPICS, paragraph
from pipeline.simulate.seeds import generator
from pipeline.simulate.vocabulary import LEVELS, MOOD_WORDS

ORACLE_PAIRS, CAPTION_PAIRS = 10, 1000  # for each own post; in all
SIZE = 128  # pixels a side of the pictures in the tables

Pair = tuple[str, Picture, str]  # post address, picture, "inline" or "pin"


def own_pairs(world: World, handle: str) -> Iterator[Pair]:
    """Every public association of the person: their own posts with the pictures in them and with the pins that link to them."""
    person = world.people[handle]
    own = world.publications[person.publication]
    for post in own.posts:
        yield from ((post_url(own, post), inline.picture, "inline") for inline in post.pictures)
    yield from ((pin.link, pin.picture, "pin") for pin in person.pins if pin.link and not pin.private)


def planted(world: World, handle: str) -> list[dict[str, Any]]:
    """The planted duplicates among the person's pictures: those drawn from one seed, with how each was altered."""
    by_seed: dict[int, list[Picture]] = {}
    for _, picture, _ in own_pairs(world, handle):
        by_seed.setdefault(picture.seed, []).append(picture)
    return [
        {"picture_ids": [p.picture_id for p in copies], "kinds": [p.alteration or "exact" for p in copies]}
        for copies in by_seed.values()
        if len({p.picture_id for p in copies}) > 1
    ]


def quoted(world: World) -> list[dict[str, Any]]:
    """Paragraphs that stand in more than one post, with the addresses of these posts."""
    places: dict[str, list[str]] = {}
    for publication in world.publications.values():
        for post in publication.posts:
            for text in post.paragraphs:
                places.setdefault(text, []).append(post_url(publication, post))
    return [{"text": text, "posts": posts} for text, posts in places.items() if len(posts) > 1]


def _served(picture: Picture) -> str:
    return hashlib.sha256(jpeg(picture)).hexdigest()


def facts(world: World, handle: str) -> dict[str, Any]:
    """The content of truth.json."""
    person = world.people[handle]
    own = world.publications[person.publication]
    pairs = list(own_pairs(world, handle))
    served = {picture.picture_id: _served(picture) for _, picture, _ in pairs}
    return {
        "world": world.name, "seed": world.seed, "person": handle, "factors": FACTORS, "levels": LEVELS,
        "noise": {"word": WORD_NOISE, "style": STYLE_NOISE},
        "habit": person.habit, "habits": {name: someone.habit for name, someone in world.people.items()},
        "moods": {post_url(publication, post): post.mood for publication in _publications(world, own) for post in publication.posts},
        "pairs": [{"post": post, "picture_id": p.picture_id, "sha256": served[p.picture_id], "kind": kind} for post, p, kind in pairs],
        "styles": {p.picture_id: {"sha256": served[p.picture_id], "style": p.style} for _, p, _ in pairs},
        "duplicates": planted(world, handle), "quoted": quoted(world),
    }  # fmt: skip


def _publications(world: World, own: Publication) -> list[Publication]:
    """The person's own first, then the others."""
    return [own, *(publication for publication in world.publications.values() if publication is not own)]


def _associated(habit: Habit, count: int, per_mood: int, *key: object) -> dict[str, list[Any]]:
    """`count` passages with a picture each, in one habit, `per_mood` of them in each mood."""
    rng = generator("associated", *key)
    moods = all_moods()
    columns: dict[str, list[Any]] = {"text": [], "image": [], "group": [], **{name: [] for name in FACTORS}}
    for index in range(count):
        if index % per_mood == 0:
            mood: Mood = moods[int(rng.integers(len(moods)))]
        columns["text"].append(paragraph(mood_words(habit, mood, rng), TOPICS[int(rng.integers(len(TOPICS)))], rng))
        columns["image"].append(jpeg(make_picture(mood, "truth", *key, index), SIZE))
        columns["group"].append(index // per_mood)
        for name, level in zip(FACTORS, mood, strict=True):
            columns[name].append(level)
    return columns


def _literal(count: int, *key: object) -> dict[str, list[Any]]:
    """Held-out literal captions with their pictures, and whether a mood word stands in the caption."""
    rng = generator("literal", *key)
    moods = all_moods()
    pictures = [make_picture(moods[int(rng.integers(len(moods)))], "literal", *key, index) for index in range(count)]
    return {
        "text": [picture.caption for picture in pictures],
        "image": [jpeg(picture, SIZE) for picture in pictures],
        "has_mood_word": [bool(MOOD_WORDS.intersection(re.findall(r"[a-z]+", picture.caption))) for picture in pictures],
    }


def _write(columns: dict[str, list[Any]], path: Path) -> None:
    pq.write_table(pa.table(columns), path, compression="zstd")


def write_truth(world: World, person_handle: str, directory: Path) -> None:
    """Write truth.json and the three tables into `directory`, which is made; some ten seconds for the demo."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "truth.json").write_text(json.dumps(facts(world, person_handle), indent=1) + "\n", encoding="utf-8")
    person, other = world.people[person_handle], another(world, person_handle)
    own = world.publications[person.publication]
    paragraphs = sum(len(post.paragraphs) for post in own.posts)
    _write(_associated(person.habit, ORACLE_PAIRS * len(own.posts), 1, "oracle", world.seed), directory / "oracle.parquet")
    _write(_associated(other.habit, max(paragraphs, 40), 4, "other", world.seed), directory / "other.parquet")
    _write(_literal(CAPTION_PAIRS, world.seed), directory / "captions.parquet")


def another(world: World, handle: str) -> Person:
    """Somebody with another habit than this person's."""
    mine = world.people[handle].habit
    return next(person for person in world.people.values() if person.habit != mine)
