"""Duplicates."""

import dagster as dg

from assets import show
from assets.materialize import Metadata, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from assets.scrape import artefacts, images
from pipeline.dedupe import find_duplicates
from pipeline.store import Home


@person_asset("dedupe", kinds={"duckdb"}, code_version="1", deps=[artefacts, images])
def duplicates(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Clusters of the same picture or the same passage, exact and near, each of one modality, with the kept member marked and
    the evidence (method, distance) beside it."""
    return materialize(
        context,
        workplace,
        compute=lambda work: find_duplicates(work.home, work.person.person),
        show=_show,
        inputs=("pages", "artefacts", "images"),
    )


def _show(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, "select count(*) from duplicates where person = ?", person),
        "clusters": show.table(home, CLUSTERS, person),
        "evidence": show.table(home, EVIDENCE, person),
    }


EVIDENCE = """
    select method, count(*) as links, round(avg(distance), 4) as mean_distance, max(distance) as greatest_distance
    from duplicate_links where person = ? group by all order by all"""
CLUSTERS = """
    with sized as (select canonical_id, a.modality, count(*) as members from duplicates d join artefacts a using (person, artefact_id)
                   where d.person = ? group by all)
    select modality, count(*) as clusters, sum(members)::int as members, max(members) as largest from sized group by all order by all"""
