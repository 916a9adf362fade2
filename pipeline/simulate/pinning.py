"""Makes a person's pins: pictures in the mood of their posts, kept on boards by what they show."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from pipeline.simulate.essays import FIRST_DAY, pictures_of
from pipeline.simulate.model import Picture, Pin, Post, Publication, post_url
from pipeline.simulate.people import draw_moods
from pipeline.simulate.pictures import duplicate, make_picture
from pipeline.simulate.seeds import generator, seed
from pipeline.simulate.vocabulary import article, board_of

FAVOURITES, UNSORTED, PRIVATE = "Favourites", "Unsorted", "Not for show"
DEAD_EVERY = 8  # of the stray pins one in eight is dead: its picture is gone
ALTERATIONS = ("", "reencode", "resize", "crop")


def _pin(picture: Picture, board: str, link: str, when: datetime, rng: np.random.Generator, private: bool = False) -> Pin:
    """A pin with its own literal words on about two in three."""
    pin_id = 500_000_000_000_000_000 + seed("pin id", picture.picture_id) % 400_000_000_000_000_000
    title = " and ".join(article(noun) for noun in picture.objects).capitalize() if rng.random() < 0.5 else ""
    details, alt = (picture.caption if rng.random() < share else "" for share in (0.4, 0.4))
    return Pin(pin_id, board, picture, link, when, title, details, alt, private)


def _for_post(publication: Publication, post: Post, count: int, world_seed: int) -> list[Pin]:
    """Pins that link to the post: other pictures in the post's mood, saved in the days after it appeared."""
    rng = generator("pins", world_seed, publication.subdomain, post.slug)
    pins = []
    for picture in pictures_of(
        post.mood, int(rng.integers(max(1, count - 1), count + 2)), "pin", world_seed, publication.subdomain, post.slug
    ):
        when = post.published_at + timedelta(hours=int(rng.integers(2, 200)))
        pins.append(_pin(picture, board_of(picture.objects[0]), post_url(publication, post), when, rng))
    return pins


def _stray(count: int, board: str, private: bool, world_seed: int) -> list[Pin]:
    """Pins without a link, in no particular mood, some of them dead."""
    rng = generator("stray", world_seed, board)
    pins = []
    for index, mood in enumerate(draw_moods(count, rng)):
        when = FIRST_DAY + timedelta(days=int(rng.integers(0, 900)), minutes=int(rng.integers(0, 1400)))
        pin = _pin(make_picture(mood, "stray", world_seed, board, index), board, "", when, rng, private)
        pins.append(replace(pin, alive=index % DEAD_EVERY != 0))
    return pins


def _favourites(publication: Publication, count: int, world_seed: int) -> list[Pin]:
    """The planted duplicates: inline pictures saved once more, as they are or altered, with a link to their post."""
    rng = generator("favourites", world_seed, publication.subdomain)
    pins = []
    for index, number in enumerate(rng.choice(len(publication.posts), size=min(count, len(publication.posts)), replace=False)):
        post = publication.posts[int(number)]
        copy = duplicate(post.pictures[0].picture, ALTERATIONS[index % len(ALTERATIONS)], world_seed)
        pins.append(replace(_pin(copy, FAVOURITES, post_url(publication, post), post.published_at + timedelta(days=9), rng), alt=""))
    return pins


def make_pins(publication: Publication, per_post: int, world_seed: int) -> tuple[Pin, ...]:
    """All pins of the person who writes `publication`, oldest first."""
    few = max(4, len(publication.posts) // 12)
    pins = [pin for post in publication.posts for pin in _for_post(publication, post, per_post, world_seed)]
    pins += _favourites(publication, few, world_seed)
    pins += _stray(few, UNSORTED, False, world_seed) + _stray(few // 3 + 1, PRIVATE, True, world_seed)
    return tuple(sorted(pins, key=lambda pin: (pin.created_at, pin.pin_id)))
