"""Makes posts: an essay on a literal topic whose words carry the author's mood, with pictures in that mood."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from pipeline.simulate.model import Inline, Mood, Picture, Post
from pipeline.simulate.people import Habit, mood_words
from pipeline.simulate.pictures import make_picture
from pipeline.simulate.prose import TOPICS, Topic, paragraph
from pipeline.simulate.seeds import generator, seed

FIRST_DAY = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)
_TITLES = (
    "On the {a} and the {b}", "What the {a} taught me", "Against the {a}", "A {a}, a {b}", "Notes from a {a}", "The {b} before the {a}",
    "Letter about a {a}", "{doing}, again", "How I lost a {a}", "The last {a} of {topic}", "{a} or {b}", "Learning {topic} by {doing}",
)  # fmt: skip
_SUBTITLES = ("Some thoughts on {topic}", "An essay on {topic}", "More about {topic}", "A short piece on {topic} and one {a}", "")


class Byline(NamedTuple):
    """Who writes, and how much."""

    subdomain: str
    habit: Habit
    seed: int
    pictures: int = 3  # in a post, on average
    days: int = 4  # between posts


def _headline(template: str, topic: Topic, rng: np.random.Generator) -> str:
    first, second = rng.choice(len(topic.nouns), size=2, replace=False)
    doing = topic.doings[int(rng.integers(len(topic.doings)))]
    text = template.format(a=topic.nouns[first], b=topic.nouns[second], doing=doing, topic=topic.name)
    return text[:1].upper() + text[1:]


def slug_of(title: str, number: int) -> str:
    """The title as Substack would put it into an address, told apart by the post's number."""
    kept = "".join(c if c.isalnum() else " " for c in title.lower())
    return "-".join([*kept.split(), str(number)])


def make_paragraphs(habit: Habit, mood: Mood, topic: Topic, count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """`count` paragraphs of some sixty words on `topic`, each with a dozen words of that mood."""
    return tuple(paragraph(mood_words(habit, mood, rng), topic, rng) for _ in range(count))


def pictures_of(mood: Mood, count: int, *key: object) -> list[Picture]:
    """`count` different pictures in that mood."""
    return [make_picture(mood, *key, index) for index in range(count)]


def _inline(picture: Picture, after: int, rng: np.random.Generator) -> Inline:
    """Half of the pictures have an alternative text, and one in five a visible caption, both literal."""
    return Inline(after, picture, alt=picture.caption if rng.random() < 0.5 else "", caption=picture.caption if rng.random() < 0.2 else "")


def make_post(byline: Byline, number: int, mood: Mood, links: tuple[str, ...] = (), audience: str = "everyone") -> Post:
    """Post `number` of a publication, the same for the same byline."""
    key = (byline.seed, byline.subdomain, number)
    rng = generator("post", *key)
    topic = TOPICS[int(rng.integers(len(TOPICS)))]
    title, subtitle = (_headline(options[int(rng.integers(len(options)))], topic, rng) for options in (_TITLES, _SUBTITLES))
    paragraphs = make_paragraphs(byline.habit, mood, topic, int(rng.integers(3, 6)), rng)
    shown = pictures_of(mood, int(rng.integers(max(1, byline.pictures - 1), byline.pictures + 2)), "inline", *key)
    places = np.sort(rng.integers(0, len(paragraphs), len(shown)))
    inline = tuple(_inline(picture, int(after), rng) for picture, after in zip(shown, places, strict=True))
    published = FIRST_DAY + timedelta(days=byline.days * number, minutes=int(rng.integers(0, 600)))
    post_id = 100_000_000 + seed("post id", *key) % 80_000_000
    return Post(post_id, slug_of(title, number), title, subtitle, published, mood, topic.name, paragraphs, inline, links, audience)
