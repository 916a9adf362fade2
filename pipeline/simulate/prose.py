"""Prose on a literal topic, into which words are set: the essays of the simulated world, and long texts to train on.

A sentence is an opening, a core about the topic, and a tail; the words stand in similes, as nouns. The pieces combine to some
hundred thousand sentences, so that two paragraphs seldom share five words in a row.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.simulate.vocabulary import article


class Topic(NamedTuple):
    """A literal subject: its name, things that belong to it, and what one does there."""

    name: str
    nouns: tuple[str, ...]
    doings: tuple[str, ...]


def _topic(name: str, nouns: str, doings: str) -> Topic:
    return Topic(name, tuple(nouns.split()), tuple(doings.split(", ")))


TOPICS: tuple[Topic, ...] = (
    _topic("taxes", "invoice receipt deduction refund ledger deadline auditor allowance",
           "filing the return, adding up receipts, calling the office"),
    _topic("sleep", "pillow alarm nap mattress dream insomnia blanket bedtime", "counting hours, turning over again, waking before six"),
    _topic("grammar", "comma verb adverb clause tense pronoun syllable dictionary",
           "parsing a sentence, dropping the article, learning exceptions"),
    _topic("rent", "landlord lease deposit tenant hallway mortgage agent notice", "signing the lease, chasing the deposit, moving again"),
    _topic("choir", "soprano rehearsal tenor conductor hymn chorus solo descant", "holding a note, missing the entry, singing in parts"),
    _topic("elections", "ballot candidate turnout recount mandate coalition voter campaign",
           "knocking on doors, counting votes, waiting for results"),
    _topic("chess", "gambit endgame opening opponent blunder tournament rating draw",
           "losing a pawn, studying endings, playing too fast"),
    _topic("software", "bug compiler release server patch database deployment password",
           "reading the log, fixing the build, rolling back"),
    _topic("insurance", "premium claim policy excess broker coverage liability form",
           "filling in forms, disputing a claim, reading the small print"),
    _topic("allergies", "pollen sneeze antihistamine rash doctor prescription season symptom",
           "avoiding peanuts, carrying tissues, reading labels"),
    _topic("radio", "broadcast presenter jingle interview signal schedule listener studio",
           "tuning in late, reading the news, phoning the host"),
    _topic("bread", "yeast dough flour crust oven crumb starter bakery", "kneading by hand, feeding the starter, waiting overnight"),
    _topic("meetings", "agenda minutes chairman motion quorum vote committee proposal",
           "taking minutes, tabling a motion, going round the room"),
    _topic("languages", "accent tutor phrase vocabulary translation idiom fluency exam",
           "practising aloud, guessing meanings, mixing up genders"),
    _topic("running", "marathon blister lap coach stretch injury pace finish", "getting up early, timing laps, resting a knee"),
    _topic("cooking", "recipe onion stew pan garlic leftovers broth dinner", "chopping vegetables, tasting twice, burning the rice"),
)  # fmt: skip

OPENINGS: tuple[str, ...] = (
    "That winter", "By noon", "For a while", "Years later", "On Tuesdays", "At first", "In the end", "Most days", "Since then", "Once",
    "After {doing}", "While {doing}", "Instead of {doing}", "Before {doing}", "Without {doing}", "Even now", "As a child", "Last month",
    "To be honest", "Some mornings", "During the {noun}", "Because of the {noun}", "Between one {noun} and the next", "Sometimes",
    "Lately",
)  # fmt: skip
CORES: tuple[str, ...] = (
    "the {noun} felt like {a}", "I mistook a {noun} for {a}", "every {noun} hid {a}", "we called our {noun} {a}", "my {noun} became {a}",
    "nobody asked why {a} needed a {noun}", "I wrote {w} where I meant {noun}", "the {noun} answered as {a} would",
    "{a} explained the {noun}",
    "a {noun} can weigh as much as {a}", "she compared the {noun} to {a}", "there was {a} inside the {noun}",
    "I trusted the {noun} more than {a}",
    "they traded a {noun} for {a}", "the whole {noun} turned on {a}", "our {noun} seemed to want {a}", "he kept {a} for the {noun}",
    "I could hear {a} behind the {noun}", "{a} would have settled the {noun}", "the {noun} ended with {a}",
    "you learn that a {noun} is {a}",
    "no {noun} survives {a}", "I dreamt of {a} and no {noun}", "the {noun} had the manners of {a}", "people forgave the {noun} its {w}",
    "we owed the {noun} {a}", "it took {a} to start the {noun}", "I would swap any {noun} for {a}", "the {noun} left {a} in my head",
    "what the {noun} lacked was {a}",
)  # fmt: skip
TAILS: tuple[str, ...] = (
    "patient as {a}", "with the stubbornness of {a}", "like {a} left out overnight",
    "and then came {a}", "never quite {a}", "or at least {a}", "though {a} was nearer the truth", "which made me think of {a}",
    "and I said so to {a}", "as if {a} had spoken", "like {a} among friends",
    "not the {w} we expected", "but the {w} stayed", "so I looked for {a}", "and {a} besides", "with {a} to spare", "as useless as {a}",
    "for want of {a}", "against all advice about the {w}", "and my mother said {w}",
    "the {w} of it all", "a kind of {w} in itself", "while the {w} waited",
)  # fmt: skip
LONG_TAILS: tuple[str, ...] = (
    "the way {a} follows {a}", "somewhere between {a} and {a}", "as {a} does to {a}", "half {w} and half {w}", "until {a} met {a}",
    "neither {w} nor {w}", "more {w} than {w}", "with {a} for {a}", "all {w} and no {w}", "first {a} and then {a}", "{a} under {a}",
    "from {w} to {w}", "part {w} and part {w}", "as {a} envies {a}", "like {a} beside {a}", "the {w} before the {w}", "{w} by {w}",
    "a {noun} of {w} and {w}", "less {w} than {w}", "or {a} without {a}",
)  # fmt: skip
OPENING_SHARE = 0.5
LONG_SHARE = 0.75  # of tails, where enough words are left, take two words


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _fill(piece: str, words: list[str], topic: Topic, rng: np.random.Generator) -> str:
    """`piece` with its slots filled, taking words from the front of `words`."""
    while "{" in piece:
        start = piece.index("{")
        slot = piece[start : piece.index("}", start) + 1]
        if slot == "{noun}":
            value = _pick(topic.nouns, rng)
        elif slot == "{doing}":
            value = _pick(topic.doings, rng)
        else:
            word = words.pop(0)
            value = article(word) if slot == "{a}" else word
        piece = piece.replace(slot, value, 1)
    return piece


def sentence(words: list[str], topic: Topic, rng: np.random.Generator) -> str:
    """A sentence that uses up one to three words from the front of `words`."""
    pieces = [_pick(OPENINGS, rng)] if rng.random() < OPENING_SHARE else []
    pieces.append(_pick(CORES, rng))
    if len(words) > 1:
        pieces.append(_pick(LONG_TAILS if len(words) > 2 and rng.random() < LONG_SHARE else TAILS, rng))
    text = ", ".join(_fill(piece, words, topic, rng) for piece in pieces)
    return f"{text[0].upper()}{text[1:]}."


def paragraph(words: Sequence[str], topic: Topic, rng: np.random.Generator) -> str:
    """A paragraph on `topic` that holds exactly `words`, in their order; a dozen words make about sixty."""
    left, sentences = list(words), []
    while left:
        sentences.append(sentence(left, topic, rng))
    return " ".join(sentences)


def prose_words() -> list[str]:
    """Every text piece, for whoever builds a vocabulary or checks that this one shares no word with the others."""
    topics = [text for topic in TOPICS for text in (topic.name, *topic.nouns, *topic.doings)]
    return [*OPENINGS, *CORES, *TAILS, *LONG_TAILS, *topics]
