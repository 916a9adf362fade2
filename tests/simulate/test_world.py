"""The simulated world: the same every time, with distinct moods, and planted what it says is planted."""

import re

import pytest

from pipeline.errors import SettingsError
from pipeline.simulate.drawing import jpeg
from pipeline.simulate.model import Picture, World, post_url
from pipeline.simulate.people import habit_of
from pipeline.simulate.prose import prose_words
from pipeline.simulate.vocabulary import LEVELS, MOOD_WORDS, OBJECT_NAMES, STYLE_PHRASES
from pipeline.simulate.world import WorldSettings, build, settings


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def all_pictures(world: World) -> list[Picture]:
    inline = [i.picture for publication in world.publications.values() for post in publication.posts for i in post.pictures]
    return inline + [pin.picture for person in world.people.values() for pin in person.pins]


def test_the_same_settings_give_the_same_world(demo: World) -> None:
    assert build(settings("demo")) == demo
    assert build(WorldSettings(seed=1, posts=12)) != build(WorldSettings(seed=2, posts=12))


def test_the_demo_has_the_size_it_promises(demo: World) -> None:
    own = demo.publications["demoletters"]
    associated = sum(len(post.pictures) for post in own.posts) + sum(bool(pin.link) for pin in demo.people["demo"].pins)
    assert 200 <= len(own.posts) <= 400
    assert 1500 <= associated <= 3000


def test_every_post_has_a_mood_of_its_own(demo: World) -> None:
    moods = [post.mood for post in demo.publications["demoletters"].posts]
    assert len(set(moods)) == len(moods)


def test_the_control_world_has_eight_moods_that_recur() -> None:
    moods = [post.mood for post in build(settings("classes")).publications["demoletters"].posts]
    assert len(set(moods)) == 8


def test_ids_and_addresses_are_unique(demo: World) -> None:
    posts = [post_url(publication, post) for publication in demo.publications.values() for post in publication.posts]
    pictures = [picture.picture_id for picture in all_pictures(demo)]
    pins = [pin.pin_id for pin in demo.people["demo"].pins]
    for ids in (posts, pictures, pins):
        assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{32}", picture) for picture in pictures)


def test_the_three_vocabularies_are_apart() -> None:
    literal = {word for factor in STYLE_PHRASES for level in factor for phrase in level for word in words(phrase)} | set(OBJECT_NAMES)
    prose = {word for text in prose_words() for word in words(text)}
    assert not MOOD_WORDS & (literal | prose)
    assert not prose & set(OBJECT_NAMES)


def test_mood_words_are_seldom_in_captions(demo: World) -> None:
    captions = [picture.caption for picture in all_pictures(demo)]
    share = sum(bool(words(caption) & MOOD_WORDS) for caption in captions) / len(captions)
    assert 0 < share <= 0.1


def test_habits_deal_the_same_words_differently() -> None:
    mine, theirs = habit_of("demo", 3), habit_of("other", 3)
    assert mine == habit_of("demo", 3)
    for habit in (mine, theirs):
        dealt = [word for factor in habit for level in factor for word in level]
        assert sorted(dealt) == sorted(MOOD_WORDS)
        assert tuple(len(factor) for factor in habit) == LEVELS
    agreeing = sum(bool(set(a) & set(b)) for f, g in zip(mine, theirs, strict=True) for a, b in zip(f, g, strict=True))
    assert agreeing <= 8


def test_about_nine_mood_words_in_ten_are_right(demo: World) -> None:
    habit = demo.people["demo"].habit
    right = total = 0
    for post in demo.publications["demoletters"].posts:
        for word in (w for text in post.paragraphs for w in re.findall(r"[a-z]+", text.lower()) if w in MOOD_WORDS):
            factor, level = next((f, n) for f, levels in enumerate(habit) for n, set_ in enumerate(levels) if word in set_)
            right, total = right + (post.mood[factor] == level), total + 1
    assert 0.88 < right / total < 0.92


def test_about_one_style_in_twenty_is_off(demo: World) -> None:
    off = [
        a != b
        for post in demo.publications["demoletters"].posts
        for inline in post.pictures
        for a, b in zip(post.mood, inline.picture.style, strict=True)
    ]
    assert 0.03 < sum(off) / len(off) < 0.07


def test_paragraphs_are_of_one_length_and_not_alike(demo: World) -> None:
    paragraphs = [text for post in demo.publications["demoletters"].posts[:60] for text in post.paragraphs]
    lengths = sorted(len(text.split()) for text in paragraphs)
    assert 45 <= lengths[len(lengths) // 10] <= lengths[-len(lengths) // 10] <= 75
    shingles = [{tuple(split[i : i + 5]) for i in range(len(split) - 4)} for split in (text.lower().split() for text in paragraphs)]
    closest = max(len(a & b) / len(a | b) for i, a in enumerate(shingles) for b in shingles[:i])
    assert closest < 0.35


def test_the_planted_things_are_there(demo: World) -> None:
    favourites = [pin for pin in demo.people["demo"].pins if pin.board == "Favourites"]
    assert {pin.picture.alteration for pin in favourites} == {"", "reencode", "resize", "crop"}
    inline = {i.picture.seed: i.picture for post in demo.publications["demoletters"].posts for i in post.pictures}
    exact = next(pin.picture for pin in favourites if not pin.picture.alteration)
    assert jpeg(exact) == jpeg(inline[exact.seed])
    assert demo.publications["quiethouse"].opted_out == "block_ai_crawlers"
    assert [post.audience for post in demo.publications["tidewater"].posts].count("only_paid") == 1
    assert any(pin.private for pin in demo.people["demo"].pins)


def test_an_unknown_world_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="demo, classes"):
        settings("nowhere")


def test_a_neighbour_of_the_same_habit_shares_a_mood_only_where_quoting(demo: World) -> None:
    own = demo.publications["demoletters"].posts
    paragraphs = {paragraph for post in own for paragraph in post.paragraphs}
    for post in demo.publications["tidewater"].posts:
        assert (post.mood in {other.mood for other in own}) == bool(paragraphs & set(post.paragraphs))
