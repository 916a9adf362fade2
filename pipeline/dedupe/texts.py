"""Which passages are the same by their words, and which are boilerplate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pipeline.dedupe.links import Link, Passage, stars
from pipeline.dedupe.words import LEAST_WORDS

REPEATED = 3  # documents of a source in which a passage stands word by word, to be its boilerplate
SHORT_REPEATED = 2  # the same for passages under LEAST_WORDS words: they cannot be told from chance


def boilerplate(passages: Sequence[Passage]) -> list[Link]:
    """Links of method `boilerplate` between passages that a source repeats: greetings, footers, calls to subscribe.

    They are no duplicates of content and make no pairs. A pin's own words are never boilerplate: short ones agree by chance.
    """
    documents: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for passage in passages:
        documents[_key(passage)].add(passage.document_id)
    repeated = {key for key, found in documents.items() if len(found) >= (REPEATED if key[2] else SHORT_REPEATED)}
    return sorted(stars(((_key(p), p.artefact_id) for p in passages if p.role != "pin" and _key(p) in repeated), "boilerplate"))


def same_words(passages: Iterable[Passage]) -> list[Link]:
    """Links between passages of LEAST_WORDS words or more that read the same."""
    return sorted(stars(((p.content, p.artefact_id) for p in passages if _is_long(p)), "same_words"))


def _key(passage: Passage) -> tuple[str, str, bool]:
    return passage.source_id, passage.content, _is_long(passage)


def _is_long(passage: Passage) -> bool:
    return passage.n_words >= LEAST_WORDS
