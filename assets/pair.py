"""Pairs of passages and pictures, and who is tested on what."""

import dagster as dg

from assets import show
from assets.dedupe import duplicates
from assets.materialize import Metadata, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from pipeline.identifiers import sha256_of
from pipeline.pair import make_pairs, split_groups
from pipeline.people import Person
from pipeline.store import Home


@person_asset("pair", kinds={"duckdb"}, code_version="3", deps=[duplicates])
def pairs(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Passages and pictures that this person's world associates, by kind and weight, with evidence; and the groups of things
    that must not be split. Nothing that opted out of training stands here."""
    return materialize(
        context,
        workplace,
        compute=lambda work: make_pairs(work.home, work.person.person, work.person.judgements_path()),
        show=_show_pairs,
        inputs=("pages", "artefacts", "images", "duplicates"),
        config=_judgements(workplace.person(context.partition_key)),
    )


def _judgements(person: Person) -> dict[str, str]:
    """What the person's own judgements hold, so that a changed file makes the pairs anew. One that is gone is told when it is read."""
    path = person.judgements_path()
    return {"judgements": sha256_of(path.read_bytes())} if path and path.is_file() else {}


def _show_pairs(home: Home, person: str) -> Metadata:
    from assets.pair_charts import weights_chart

    return {
        "dagster/row_count": show.count(home, "select count(*) from pairs where person = ?", person),
        "in words": show.table(home, TOLD, person, ["groups", "left_out", "judgements"]),
        "kinds": show.table(home, KINDS, person),
        "weights": show.chart(weights_chart(home, person), "how many pairs of each kind weigh how much"),
        "seen by several routes": show.table(home, ROUTES, person),
        "groups by weakest tie": show.table(home, GROUPS, person),
        "largest groups": show.table(home, LARGEST, person),
        "ties that were cut": show.table(home, CUT, person),
    }


@person_asset("pair", kinds={"duckdb"}, code_version="3", deps=[pairs])
def splits(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Train, validation and test, by whole groups; and the verdicts that training obeys: whether anything leaks from one split
    to another, and whether there is enough to say anything at all. Beside it the same pairs split in other ways: with no tie cut,
    by time, in folds, at random (which flatters what remembers), and by what was seen of words and of pictures."""
    return materialize(
        context,
        workplace,
        compute=lambda work: split_groups(work.home, work.person.person),
        show=_show_splits,
        inputs=("pairs", "duplicates"),
    )


def _show_splits(home: Home, person: str) -> Metadata:
    from assets.pair_charts import splits_chart

    return {
        "dagster/row_count": show.count(home, "select count(*) from splits where person = ?", person),
        "in words": show.table(home, TOLD, person, ["leak", "too_little_data", "bridges", "variants"]),
        "splits": show.table(home, SPLITS, person),
        "groups": show.chart(splits_chart(home, person), "items of each group, by split"),
        "other ways to split": show.table(home, VARIANTS, person),
    }


KINDS = """
    select kind, hop, count(*) as pairs, count(distinct text_id) as passages, count(distinct image_id) as pictures,
           round(sum(weight), 1) as weight, round(median(weight), 3) as median, round(max(weight), 3) as heaviest
    from pairs where person = ? group by all order by all"""
ROUTES = """
    select kind, json_array_length(evidence)::int as routes, count(*) as pairs from pairs where person = ? group by all order by all"""
GROUPS = """
    select tie, count(distinct group_id) as groups, count(*) as artefacts from groups where person = ?
    group by all order by groups desc, tie"""
LARGEST = """
    select group_id, count(*) as artefacts, string_agg(distinct tie, ', ' order by tie) as ties from groups where person = ?
    group by all order by artefacts desc, group_id limit 10"""
CUT = """
    select c.kind, coalesce(s.url, c.name) as name, c.members, c.groups from cut_ties c
    left join sources s on s.person = c.person and s.source_id = c.name where c.person = ? order by c.members desc, name limit 50"""
TOLD = "select what, ok, detail from verdicts where person = ? and list_contains(?, what) order by what"
SPLITS = """
    select coalesce(s.split, 'none') as split, p.kind, p.hop, count(*) as pairs, count(distinct p.text_group) as groups
    from pairs p left join splits s on s.person = p.person and s.group_id = p.text_group where p.person = ? group by all order by all"""
VARIANTS = """
    select v.variant, v.fold, v.split, coalesce(v.cell, '') as cell, count(*) as pairs, count(distinct p.text_group) as groups
    from split_variants v join pairs p using (person, pair_id) where v.person = ? group by all order by all"""
