"""Which passages are the same, and which are boilerplate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pipeline.dedupe.links import Link, Passage, stars
from pipeline.dedupe.words import LEAST_WORDS, near_texts

REPEATED = 3  # documents of a source in which a passage stands word by word, to be its boilerplate
SHORT_REPEATED = 2  # the same for passages under LEAST_WORDS words: they cannot be told from chance


def boilerplate(passages: Sequence[Passage]) -> list[Link]:
    """Links of method `boilerplate` between passages that a source repeats: greetings, footers, calls to subscribe.

    They are no duplicates of content and make no pairs. A pin's own words are never boilerplate: short ones agree by chance.
    """
    documents: dict[tuple[str, str], set[str]] = defaultdict(set)
    for passage in passages:
        documents[passage.source_id, passage.words].add(passage.document_id)
    repeated = {key for key, found in documents.items() if len(found) >= (REPEATED if _is_long(key[1]) else SHORT_REPEATED)}
    found = ((key, p.artefact_id) for p in passages for key in [(p.source_id, p.words)] if p.role != "pin" and key in repeated)
    return sorted(stars(found, "boilerplate"))


def same_words(passages: Iterable[Passage]) -> list[Link]:
    """Links between passages of LEAST_WORDS words or more that read the same."""
    return sorted(stars(((p.words, p.artefact_id) for p in passages if _is_long(p.words)), "same_words"))


def near_words(passages: Sequence[Passage]) -> list[Link]:
    """Links between passages that share most of their words in order; distance is one less the Jaccard index of shingles."""
    first: dict[str, str] = {}
    for passage in sorted(passages, key=lambda p: p.artefact_id):
        first.setdefault(passage.words, passage.artefact_id)
    texts = list(first)
    return sorted(Link.between(first[texts[i]], first[texts[j]], "near_words", distance) for i, j, distance in near_texts(texts))


def _is_long(words: str) -> bool:
    return words.count(" ") + 1 >= LEAST_WORDS
