"""Passages that share most of their words in order, or that stand inside longer ones: signatures are worked out once per text."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np

from pipeline.dedupe import quotations
from pipeline.dedupe.links import QUOTED, Link
from pipeline.dedupe.words import NEAR_WORDS, SKETCH, candidates, is_comparable, near_among, normalised, sketch
from pipeline.identifiers import sha256_of
from pipeline.store import Home

VERSION = "3"  # raised when the same texts would give other signatures, or the same signatures other links
BATCH = 4096  # texts at a time

MISSING = """
    select distinct on (sha256) sha256, text from passages
    where person = ? and sha256 not in (select sha256 from text_signatures where version = ?) order by sha256 limit ?"""
COMPARABLE = """
    select words, any_value(sketch) as sketch, any_value(prints) as prints, any_value(n_words) as n_words from text_signatures
    where version = ? and n_words >= ? and sha256 in (select sha256 from passages where person = ?) group by words order by words"""
TEXTS = """
    select s.words, min(p.text) as text from passages p join text_signatures s using (sha256)
    where p.person = ? and s.words in (select unnest(?)) group by s.words"""


def add_missing(home: Home, person: str) -> None:
    """Works out and stores the signatures that a person's passages lack: of their words, and what near ones are found by."""
    while texts := home.warehouse.rows(MISSING, person, VERSION, BATCH):
        words = [normalised(row["text"]) for row in texts]
        long = [i for i, text in enumerate(words) if is_comparable(text)]
        comparable = [words[i] for i in long]
        sketches = dict(zip(long, sketch(comparable), strict=True))
        prints = dict(zip(long, quotations.prints(comparable), strict=True))
        rows = [
            {
                "sha256": row["sha256"],
                "version": VERSION,
                "words": sha256_of(text),
                "n_words": len(text.split()),
                "sketch": sketches[i].tobytes() if i in sketches else b"",
                "prints": prints[i].astype("<u8").tobytes() if i in prints else b"",
            }
            for i, (row, text) in enumerate(zip(texts, words, strict=True))
        ]
        with home.warehouse.transaction() as t:
            t.upsert("text_signatures", rows, "sha256")


def comparable(home: Home, person: str) -> list[str]:
    """The contents (sha256 of words) of a person's passages that are long enough to be near others, sorted."""
    names: list[str] = home.warehouse.query(COMPARABLE, VERSION, NEAR_WORDS, person).column("words").to_pylist()
    return names


def copies(home: Home, person: str, new: Collection[str]) -> list[Link]:
    """Links between contents, for all pairs with at least one of `new`: those that share most of their words (distance: 1 - Jaccard)
    and those of which one stands inside the other (1 - the share of it that does).

    A pair is decided by its two texts alone, so comparing a few at a time finds what comparing all at once does.
    """
    table = home.warehouse.query(COMPARABLE, VERSION, NEAR_WORDS, person)
    names: list[str] = table.column("words").to_pylist()
    is_new = np.array([name in new for name in names], dtype=bool)
    sketches = np.frombuffer(b"".join(table.column("sketch").to_pylist()), dtype=np.uint8).reshape(len(names), SKETCH)
    prints = [np.frombuffer(blob, dtype="<u8").astype(np.uint64) for blob in table.column("prints").to_pylist()]
    inside = quotations.candidates(prints, table.column("n_words").to_numpy(), is_new)
    read = partial(_read, home, person, names)
    found = {"near_words": near_among(candidates(sketches, is_new), read), QUOTED: quotations.quoted_among(inside, read)}
    return sorted(Link.between(names[i], names[j], method, distance) for method, some in found.items() for i, j, distance in some)


def _read(home: Home, person: str, names: Sequence[str], numbers: Sequence[int]) -> dict[int, str]:
    """Normalised texts by number."""
    texts = {row["words"]: row["text"] for row in home.warehouse.rows(TEXTS, person, [names[i] for i in numbers])}
    return {i: normalised(texts[names[i]]) for i in numbers}
