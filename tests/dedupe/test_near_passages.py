"""Quoted passages, cross-posts with edits and what a source repeats: the figures by kind are printed (pytest -s)."""

import random
from collections import Counter, defaultdict

from pipeline.dedupe import find_duplicates
from pipeline.simulate.world import build


def exchanged(words, rng):
    """One word in twenty is another."""
    return [rng.choice(["however", "quite", "rather"]) if rng.random() < 0.05 else word for word in words]


EDITS = {
    "the same words": lambda words, rng: words,
    "other case and signs": lambda words, rng: ["“" + words[0].upper(), *words[1:-1], words[-1] + "!?”"],
    "a word exchanged": lambda words, rng: [*words[:5], "instead", *words[6:]],
    "one word in twenty exchanged": exchanged,
    "a beginning added": lambda words, rng: ["As", "I", "wrote", "before:", *words],
    "an end added": lambda words, rng: [*words, *["and"] * (len(words) // 10), "so", "on"],
    "an eighth cut": lambda words, rng: words[len(words) // 8 :],
    "two words swapped": lambda words, rng: [*words[:8], words[9], words[8], *words[10:]],
}
FLOOR = 0.95  # of each kind; all were found when this was written
FOOTER = "Thank you for reading this far; if you liked it, send it to a friend who would like it as well, and write to me."


def paragraphs(least):
    """Different paragraphs of the demo's world, of so many words or more."""
    found = {text for publication in build().publications.values() for post in publication.posts for text in post.paragraphs}
    return sorted(text for text in found if len(text.split()) >= least)


def test_edited_copies_are_found_other_passages_and_footers_are_not(scene):
    rng = random.Random(0)
    originals = rng.sample(paragraphs(30), 200)
    copy_of, how = {}, {}
    scene.source("https://first.example")
    scene.source("https://second.example", hop=1)
    for number, text in enumerate(originals):
        for source in ("first", "second"):
            scene.page(f"https://{source}.example/{number}", f"https://{source}.example", hop=int(source == "second"))
        original = scene.text(f"https://first.example/{number}", 1, text)
        scene.text(f"https://first.example/{number}", 9, FOOTER)
        kind = list(EDITS)[number % (len(EDITS) + 1)] if number % (len(EDITS) + 1) < len(EDITS) else None
        if kind:
            copy = scene.text(f"https://second.example/{number}", 1, " ".join(EDITS[kind](text.split(), rng)))
            copy_of[frozenset((original, copy))], how[copy] = kind, original
    scene.write()
    find_duplicates(scene.home, "ada")
    rows = scene.home.warehouse.rows("select artefact_id, canonical_id from duplicates")
    cluster = {row["artefact_id"]: row["canonical_id"] for row in rows}
    hits = defaultdict(Counter)
    for pair, kind in copy_of.items():
        one, other = pair
        hits[kind][one in cluster and cluster[one] == cluster.get(other)] += 1
    for kind, count in hits.items():
        print(f"{kind:30} {count[True]:3} of {count.total()}")
    members = defaultdict(set)
    for name, kept in cluster.items():
        members[kept].add(name)
    wrong = [found for found in members.values() if frozenset(found) not in copy_of]
    assert sum(count[True] for count in hits.values()) >= 0.98 * len(copy_of)
    assert all(count[True] >= FLOOR * count.total() for count in hits.values())
    assert wrong == []
    aside = scene.home.warehouse.rows("select count(*) as n from duplicate_links where method = 'boilerplate'")
    assert aside[0]["n"] == len(originals) - 1


def quoted_in(words, other, kind):
    """The words of a longer paragraph that holds these, and of another."""
    return {
        "at its beginning": [*words, "he", "wrote", *other],
        "at its end": [*other, "and", "then", *words],
        "in its middle": [*other[:20], *words, *other[20:]],
        "a word exchanged": [*other, *words[:9], "instead", *words[10:]],
        "a word put in": [*other, *words[:9], "sic", *words[9:]],
        "its ends cut": [*other, *words[1:-1]],
    }[kind]


QUOTED = ("at its beginning", "at its end", "in its middle", "a word exchanged", "a word put in", "its ends cut")


def test_passages_that_are_quoted_inside_longer_ones_are_found_and_nothing_else(scene):
    some = random.Random(1).sample(paragraphs(32), 240)
    truth = {}
    scene.source("https://first.example")
    scene.source("https://second.example", hop=1)
    for number, (text, other) in enumerate(zip(some[::2], some[1::2], strict=True)):
        for source in ("first", "second"):
            scene.page(f"https://{source}.example/{number}", f"https://{source}.example", hop=int(source == "second"))
        kind = QUOTED[number % len(QUOTED)]
        quoted = scene.text(f"https://first.example/{number}", 1, text)
        longer = scene.text(f"https://second.example/{number}", 1, " ".join(quoted_in(text.split(), other.split(), kind)))
        truth[frozenset((quoted, longer))] = kind
    scene.write()
    find_duplicates(scene.home, "ada")
    rows = scene.home.warehouse.rows("select a, b from duplicate_links where method in ('quoted', 'near_words')")
    found = {frozenset((row["a"], row["b"])) for row in rows}
    of, all_of = Counter(truth[pair] for pair in found & truth.keys()), Counter(truth.values())
    print("\n" + "\n".join(f"{kind:30} {of[kind]:3} of {all_of[kind]}" for kind in QUOTED))
    assert found - truth.keys() == set()
    assert all(of[kind] >= 0.95 * all_of[kind] for kind in QUOTED)


def test_the_kept_one_of_a_cross_post_is_ones_own(scene):
    scene.source("https://ada.example")
    scene.source("https://b.example", hop=1)
    scene.page("https://ada.example/1", "https://ada.example")
    scene.page("https://b.example/1", "https://b.example", hop=1)
    text = paragraphs(30)[0]
    own = scene.text("https://ada.example/1", 1, text)
    scene.text("https://b.example/1", 1, text + " And more of it, there.")
    scene.write()
    find_duplicates(scene.home, "ada")
    assert {row["canonical_id"] for row in scene.home.warehouse.rows("select canonical_id from duplicates")} == {own}
