"""Builds a world: the person, the neighbourhood, and everything planted in it. Pictures are drawn later, on demand."""

from dataclasses import dataclass, replace

from pipeline.errors import SettingsError
from pipeline.simulate.essays import Byline, make_post
from pipeline.simulate.model import Mood, Person, Post, Publication, World, post_url
from pipeline.simulate.people import Habit, draw_moods, habit_of
from pipeline.simulate.pinning import make_pins
from pipeline.simulate.seeds import generator, seed

DEMO_SEED = 20_240_611
KINDRED_POSTS, QUOTES = 20, 3  # of the neighbour's posts, the first few quote the person's


@dataclass(frozen=True)
class WorldSettings:
    """What decides a world. Names: "demo" is compositional (every post has a mood of its own), "classes" is the control."""

    name: str = "demo"
    seed: int = DEMO_SEED
    posts: int = 300  # the person's own
    pictures: int = 3  # in a post on average, and as many again pinned
    moods: int = 0  # how many different moods the posts share; 0: each post has its own (1,080 there are)
    neighbours: bool = True  # the publications one and two links away


def settings(name: str) -> WorldSettings:
    """The settings of a world that people files may name: `demo`, `classes` (eight moods), or `demo-small` (40 posts).

    Raises SettingsError for any other.
    """
    known = {
        "demo": WorldSettings(),
        "classes": WorldSettings(name="classes", seed=DEMO_SEED + 1, moods=8),
        "demo-small": WorldSettings(name="demo-small", seed=DEMO_SEED + 2, posts=40),
    }
    if name not in known:
        raise SettingsError(f"no simulated world is called {name!r}; there are {', '.join(known)}")
    return known[name]


def _moods(wanted: WorldSettings) -> tuple[list[Mood], list[Mood]]:
    """The moods of the person's posts and of the neighbour's. Only a post that quotes one of the person's shares its mood (it
    is tied to it, and so on its side of any split): the others' are unseen, lest training see what is held out."""
    rng = generator("moods", wanted.name, wanted.seed)
    if wanted.moods:
        few = draw_moods(wanted.moods, rng)
        drawn = [few[int(i)] for i in rng.integers(0, len(few), wanted.posts + KINDRED_POSTS)]
    else:
        drawn = draw_moods(wanted.posts + KINDRED_POSTS, rng)
    own, unseen = drawn[: wanted.posts], drawn[wanted.posts :]
    return own, [*own[:QUOTES], *unseen[QUOTES:]]


def _own_posts(byline: Byline, moods: list[Mood], kindred: Publication | None) -> tuple[Post, ...]:
    """The person's posts; the first ones link to a post of the neighbour's each."""
    linked = dict(enumerate((post_url(kindred, post),) for post in kindred.posts)) if kindred else {}
    return tuple(make_post(byline, number, mood, linked.get(number, ())) for number, mood in enumerate(moods))


def _publication(subdomain: str, name: str, author: str, hop: int, posts: tuple[Post, ...], **more: object) -> Publication:
    return replace(Publication(seed("publication", subdomain) % 5_000_000, subdomain, name, author, hop, posts), **more)  # type: ignore[arg-type]


def _neighbour(habit: Habit, moods: list[Mood], world_seed: int) -> Publication:
    """Hop 1: somebody with the person's own habit; one post is paid."""
    byline = Byline("tidewater", habit, world_seed, days=9)
    posts = [make_post(byline, n, mood, audience="only_paid" if n == 7 else "everyone") for n, mood in enumerate(moods)]
    return _publication("tidewater", "Tidewater", "wren", 1, tuple(posts), recommends=("farfield",))


def _quoting(neighbour: Publication, own: Publication) -> Publication:
    """The neighbour with three own paragraphs replaced by quotes from the person's posts of the same mood."""
    posts = list(neighbour.posts)
    for number in range(min(QUOTES, len(posts), len(own.posts))):
        posts[number] = replace(posts[number], paragraphs=(*posts[number].paragraphs[:-1], own.posts[number].paragraphs[0]))
    return replace(neighbour, posts=tuple(posts))


def _strangers(world_seed: int) -> list[Publication]:
    """A subscribed publication that opted out of training, and one that the neighbour recommends, with other habits."""
    rng = generator("strangers", world_seed)
    quiet = Byline("quiethouse", habit_of("sol", world_seed), world_seed, days=30)
    far = Byline("farfield", habit_of("juno", world_seed), world_seed, days=21)
    return [
        _publication("quiethouse", "Quiet House", "sol", 1, tuple(make_post(quiet, n, m) for n, m in enumerate(draw_moods(5, rng))),
                     opted_out="block_ai_crawlers"),
        _publication("farfield", "Far Field", "juno", 2, tuple(make_post(far, n, m) for n, m in enumerate(draw_moods(8, rng)))),
    ]  # fmt: skip


def _people(wanted: WorldSettings, own: Publication, others: list[Publication], habit: Habit) -> dict[str, Person]:
    """The person; `other`, who has another habit and publishes nothing; and the other authors."""
    pins = make_pins(own, wanted.pictures, wanted.seed)
    subscribes = tuple(p.subdomain for p in others if p.hop == 1)
    people = [Person("demo", 4_001, habit, own.subdomain, subscribes, pins), Person("other", 4_002, habit_of("other", wanted.seed))]
    for number, publication in enumerate(others):
        theirs = habit if publication.author == "wren" else habit_of(publication.author, wanted.seed)
        people.append(Person(publication.author, 4_010 + number, theirs, publication.subdomain, publication.recommends))
    return {person.handle: person for person in people}


def build(wanted: WorldSettings | None = None) -> World:
    """The world: the same for the same settings, in a second or so for the demo."""
    wanted = wanted or WorldSettings()
    habit, (moods, kindred_moods) = habit_of("demo", wanted.seed), _moods(wanted)
    neighbour = _neighbour(habit, kindred_moods, wanted.seed) if wanted.neighbours else None
    posts = _own_posts(Byline("demoletters", habit, wanted.seed, wanted.pictures), moods, neighbour)
    own = _publication("demoletters", "Demo Letters", "demo", 0, posts, recommends=("tidewater",) if neighbour else ())
    others = [_quoting(neighbour, own), *_strangers(wanted.seed)] if neighbour else []
    publications = {publication.subdomain: publication for publication in [own, *others]}
    return World(wanted.name, wanted.seed, _people(wanted, own, others, habit), publications)
