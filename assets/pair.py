"""Pairs of passages and pictures, and who is tested on what."""

import dagster as dg

from assets import show
from assets.dedupe import duplicates
from assets.materialize import Metadata, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from pipeline.pair import make_pairs, split_groups
from pipeline.store import Home


@person_asset("pair", kinds={"duckdb"}, code_version="1", deps=[duplicates])
def pairs(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Passages and pictures that this person's world associates, by kind and weight, with evidence; and the groups of things
    that must not be split. Nothing that opted out of training stands here."""
    return materialize(
        context,
        workplace,
        compute=lambda work: make_pairs(work.home, work.person.person),
        show=_show_pairs,
        inputs=("pages", "artefacts", "images", "duplicates"),
    )


def _show_pairs(home: Home, person: str) -> Metadata:
    kinds = "select kind, hop, count(*) as pairs, count(distinct text_id) as passages, count(distinct image_id) as pictures, "
    groups = (
        "select tie, count(distinct group_id) as groups, count(*) as artefacts from groups "
        "where person = ? group by all order by groups desc, tie"
    )
    return {
        "dagster/row_count": show.count(home, "select count(*) from pairs where person = ?", person),
        "kinds": show.table(home, kinds + "round(sum(weight), 1) as weight from pairs where person = ? group by all order by all", person),
        "groups by weakest tie": show.table(home, groups, person),
    }


@person_asset("pair", kinds={"duckdb"}, code_version="1", deps=[pairs])
def splits(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Train, validation and test, by whole groups; and the verdicts that training obeys: whether anything leaks from one split
    to another, and whether there is enough to say anything at all."""
    return materialize(
        context,
        workplace,
        compute=lambda work: split_groups(work.home, work.person.person),
        show=_show_splits,
        inputs=("pairs", "duplicates"),
    )


def _show_splits(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, "select count(*) from splits where person = ?", person),
        "splits": show.table(home, SPLITS, person),
        "verdicts": show.table(home, "select what, ok, detail from verdicts where person = ? order by what", person),
    }


SPLITS = """
    select coalesce(s.split, 'none') as split, p.kind, p.hop, count(*) as pairs, count(distinct p.text_group) as groups
    from pairs p left join splits s on s.person = p.person and s.group_id = p.text_group where p.person = ? group by all order by all"""
