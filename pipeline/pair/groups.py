"""Groups: connected components of the ties, with the weakest ties cut where they would tie nearly everything together."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipeline.dedupe.clusters import Clusters
from pipeline.identifiers import id_of
from pipeline.pair.ties import CUTTABLE, STRENGTH, Tie

LARGEST = 0.2  # of the person's own (hop 0) items, that a group may hold before its series and board ties are cut


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Artefact -> group, artefact -> the weakest kind of tie that holds it, the ties that were cut, groups too large and uncuttable.

    `whole_of`: artefact -> the group it would be in if nothing were cut.
    """

    group_of: dict[str, str]
    whole_of: dict[str, str]
    tie_of: dict[str, str]
    cut: list[Tie]
    giants: list[str]


def group(artefacts: Collection[str], own: Collection[str], ties: Sequence[Tie], cut_before: Collection[str] = ()) -> Grouping:
    """Groups of `artefacts`; `own` are those of hop 0, `cut_before` the kinds that were cut the last time.

    Where all ties together make a group of more than LARGEST of `own`, board ties are cut; where that is not enough, series ties too.
    A kind is cut as a whole: cutting inside the large group alone left lumps just under the limit, and two ties more or less then
    made 44 groups or 110 of the same pins. A kind once cut stays cut: taken up again it would join what had been dealt to
    different splits. Ties of other kinds are never cut: a group that they alone make too large stays.
    """
    left, cut = list(ties), list[Tie]()
    for kind in CUTTABLE:
        if kind in cut_before or _too_large(joined(left), own):
            cut += [tie for tie in left if tie.kind == kind]
            left = [tie for tie in left if tie.kind != kind]
    clusters, whole = joined(left), joined(ties)
    names, whole_names = _names(clusters, artefacts), _names(whole, artefacts)
    return Grouping(
        group_of={name: names[clusters.root(name)] for name in sorted(artefacts)},
        whole_of={name: whole_names[whole.root(name)] for name in sorted(artefacts)},
        tie_of=_weakest(artefacts, left),
        cut=cut,
        giants=sorted(names[root] for root in _too_large(clusters, own)),
    )


def joined(ties: Iterable[Tie]) -> Clusters:
    """The clusters that these ties make."""
    clusters = Clusters()
    for tie in ties:
        clusters.join_all(tie.members)
    return clusters


def _too_large(clusters: Clusters, own: Collection[str]) -> set[str]:
    sizes = Counter(clusters.root(name) for name in own)
    return {root for root, size in sizes.items() if size > LARGEST * len(own)}


def _names(clusters: Clusters, artefacts: Iterable[str]) -> dict[str, str]:
    """Root -> group id, from the smallest member that is in a pair: roots may be artefacts that are in none."""
    smallest: dict[str, str] = {}
    for name in sorted(artefacts):
        smallest.setdefault(clusters.root(name), name)
    return {root: id_of("group", name) for root, name in smallest.items()}


def _weakest(artefacts: Collection[str], ties: Iterable[Tie]) -> dict[str, str]:
    weakest = dict.fromkeys(sorted(artefacts), STRENGTH[-1])
    for tie in sorted(ties, key=lambda tie: STRENGTH.index(tie.kind)):  # the weaker overwrites
        for name in tie.members:
            if name in weakest:
                weakest[name] = tie.kind
    return weakest
