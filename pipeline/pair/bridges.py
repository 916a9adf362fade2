"""Strangers' documents that tie the person's own posts together although these share nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from pipeline.pair.groups import Grouping, group, joined
from pipeline.pair.kinds import OWN_PLACES
from pipeline.pair.material import Material
from pipeline.pair.routes import Pair
from pipeline.pair.ties import CONTENT, Tie, ties_of


def group_pairs(material: Material, pairs: Sequence[Pair], cut_before: Collection[str] = ()) -> tuple[Sequence[Pair], Grouping, set[str]]:
    """The pairs, the groups of everything in them, and the strangers' documents that were kept from tying them together.

    A stranger's scrapbook of the person's own pictures ties posts that share nothing else. Where that makes a group too large, its
    passages stand in a group of their own, and its pictures in those of their originals: then a pair of the two is used only where
    both are in training, and no document stands in two splits. Passages that it copied make no pair a second time.

    DESIGN section 6 would send the whole giant to training. Then one page that a stranger wrote decides that a person whose pictures
    it copied has nothing to be tested on. What matters holds as well: copies stay with their originals, nothing that is tested was
    trained on. The ties are listed among those that were cut, and the pairs that fall away are counted.
    """
    own, ties = sides(pair for pair in pairs if is_own(pair)), ties_of(material, pairs)
    grouping = group(sides(pairs), own, ties, cut_before)
    if not grouping.giants:
        return pairs, grouping, set()
    bridges, copies = bridging_documents(material, pairs, ties, cut_before)
    kept = [pair for pair in pairs if pair.passage.document_id not in bridges or pair.passage.artefact_id not in copies]
    loosened = [loosen(tie, copies) if tie.kind == "document" and tie.name in bridges else tie for tie in ties]
    again = group(sides(kept), own, loosened, cut_before)
    whole_of = {name: grouping.whole_of[name] for name in again.group_of}
    parted = [tie for tie in ties if tie.kind == "document" and tie.name in bridges]
    return kept, replace(again, whole_of=whole_of, cut=[*again.cut, *parted]), bridges


def bridging_documents(
    material: Material, pairs: Sequence[Pair], ties: Sequence[Tie], cut_before: Collection[str] = ()
) -> tuple[set[str], set[str]]:
    """Documents that no pair of hop 0 reads, with copies of what stands in several groups of the others; and those copies."""
    read = {pair.passage.document_id for pair in pairs if is_own(pair)}
    core_pairs = [pair for pair in pairs if pair.passage.document_id in read]
    core = group(sides(core_pairs), sides(core_pairs), ties_of(material, core_pairs), cut_before).group_of
    same = joined(tie for tie in ties if tie.kind in CONTENT)
    group_at = {same.root(name): group_id for name, group_id in core.items()}
    touched: dict[str, set[str]] = defaultdict(set)
    copies = set()
    for pair in pairs:
        for side in (pair.passage, pair.picture):
            if pair.passage.document_id not in read and same.root(side.artefact_id) in group_at:
                touched[pair.passage.document_id].add(group_at[same.root(side.artefact_id)])
                copies.add(side.artefact_id)
    return {document_id for document_id, groups in touched.items() if len(groups) > 1}, copies


def loosen(tie: Tie, without: Collection[str]) -> Tie:
    """The tie without these members."""
    return replace(tie, members=tuple(name for name in tie.members if name not in without))


def is_own(pair: Pair) -> bool:
    """Whether both sides of a pair count among the person's own items."""
    return pair.hop == 0 and pair.kind in OWN_PLACES


def sides(pairs: Iterable[Pair]) -> set[str]:
    """The artefacts of some pairs."""
    return {side.artefact_id for pair in pairs for side in (pair.passage, pair.picture)}
