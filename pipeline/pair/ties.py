"""What must not be split: the ties between artefacts, from the strongest kind to the weakest."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.dedupe.words import normalised, runs
from pipeline.pair.material import Artefact, Material, Passage
from pipeline.pair.routes import Pair
from pipeline.pair.series import series_of

# Strongest first. document: also a pin and what it links to. section: a part of a publication. alone: no tie.
STRENGTH = ("identical", "near_duplicate", "document", "overlap", "series", "section", "board", "alone")
CONTENT = ("identical", "near_duplicate", "overlap")  # the same content at two places
# Weakest first. DESIGN section 6 names boards and series; a section is a series that the publication itself named, and where
# there is but one section it holds every post.
CUTTABLE = ("board", "section", "series")
PHRASE = 5  # sources; a run that more of them hold is the platform's ("subscribe for free to receive new posts"), and nobody's text
OVERLAP = 10  # words that two passages share in a row, to be one text quoted; below that phrases recur in real prose
METHODS = {"same_words": "identical", "same_bytes": "identical", "platform_key": "identical"}  # every other method is near


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Artefacts that belong together, why, and by what name."""

    kind: str
    name: str
    members: tuple[str, ...]


def ties_of(material: Material, pairs: Sequence[Pair]) -> list[Tie]:
    """Every tie between the artefacts of these pairs."""
    artefacts = {a.artefact_id: a for pair in pairs for a in (pair.passage, pair.picture)}
    passages = {pair.passage.artefact_id: pair.passage for pair in pairs}
    series = series_of(material.documents.values())
    sections = {d.document_id: (d.source_id, d.section) for d in material.documents.values() if d.section}
    boards = material.boards
    return [
        *(Tie(kind=METHODS.get(method, "near_duplicate"), name=method, members=(a, b)) for a, b, method in material.links),
        *_together("identical", ((kept, name) for name, kept in material.kept.items())),
        *_together("document", [*_in_documents(material, artefacts)]),
        *_together("overlap", _shared_runs(list(passages.values()))),
        *_together("series", [(series[a.document_id], n) for n, a in artefacts.items() if a.document_id in series]),
        *_together("section", [(sections[a.document_id], n) for n, a in artefacts.items() if a.document_id in sections]),
        *_together("board", [(a.source_id, n) for n, a in artefacts.items() if a.source_id in boards]),
    ]


def _in_documents(material: Material, artefacts: Mapping[str, Artefact]) -> Iterator[tuple[str, str]]:
    """(document, artefact): where each stands; and a pin's picture with the document that it links to, held or not."""
    for name, artefact in artefacts.items():
        yield artefact.document_id, name
    for picture_id, document_id in material.saves:
        if picture_id in artefacts:
            yield document_id, picture_id


def _shared_runs(passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """(run of words, passage) for passages of different documents that share OVERLAP words in a row."""
    hashes = [np.unique(runs(normalised(passage.text), OVERLAP)) for passage in passages]
    owners = np.repeat(np.arange(len(passages)), [len(each) for each in hashes])
    values = np.concatenate([*hashes, np.empty(0, np.uint64)])
    order = np.argsort(values, kind="stable")
    owners, values = owners[order], values[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else np.empty(0, np.int64)
    crowds = {tuple(crowd.tolist()) for crowd in np.split(owners, starts[1:]) if len(crowd) > 1}
    for crowd in sorted(crowds):
        if len({passages[i].document_id for i in crowd}) > 1 and len({passages[i].source_id for i in crowd}) <= PHRASE:
            yield from (("run:" + passages[crowd[0]].artefact_id + f":{len(crowd)}:{crowd[-1]}", passages[i].artefact_id) for i in crowd)


def _together(kind: str, named: Iterable[tuple[Hashable, str]]) -> Iterator[Tie]:
    members: dict[Hashable, set[str]] = defaultdict(set)
    for name, artefact_id in named:
        members[name].add(artefact_id)
    for name, found in members.items():
        if len(found) > 1:
            yield Tie(kind=kind, name=" ".join(name) if isinstance(name, tuple) else str(name), members=tuple(sorted(found)))
