"""Duplicates."""

import dagster as dg

from assets import show
from assets.materialize import Metadata, Work, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from assets.scrape import artefacts, images
from pipeline.dedupe import Semantic, find_duplicates
from pipeline.dedupe.review import review_path, write_review
from pipeline.errors import StoreError
from pipeline.identifiers import sha256_of
from pipeline.people import Person
from pipeline.store import Home


@person_asset("dedupe", kinds={"duckdb"}, code_version="4", deps=[artefacts, images])
def duplicates(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Clusters of the same picture or the same passage, exact and near, each of one modality, with the kept member marked and
    the evidence (method, distance) beside it; and a page to review them, the most doubtful first. What the person says is the
    same, or is not, wins over what it looks like. New artefacts are compared with all others, those before them not again."""
    person = workplace.person(context.partition_key)
    config = _rulings(person) | _vectors_there(workplace.home(), person)
    return materialize(context, workplace, compute=_find, show=_show, inputs=("pages", "artefacts", "images"), config=config)


def _find(work: Work) -> None:
    semantic = _semantic(work)
    find_duplicates(work.home, work.person.person, work.person.duplicates_path(), semantic)
    write_review(work.home, work.person.person)


def _rulings(person: Person) -> dict[str, str]:
    """What the person's own verdicts hold, so that a changed file decides anew. One that is gone is told when it is read."""
    path = person.duplicates_path()
    return {"rulings": sha256_of(path.read_bytes())} if path and path.is_file() else {}


def _vectors_there(home: Home, person: Person) -> dict[str, object]:
    """What semantic duplicates would be found among, where the person file asks for them."""
    if person.semantic_duplicates is None:
        return {}
    there = home.warehouse.rows(EMBEDDED, person.person)
    return {"semantic": person.semantic_duplicates, "vectors": {row["modality"]: len(row["names"]) for row in there}}


def _semantic(work: Work) -> Semantic | None:
    """The vectors of an earlier run, where the person file asks for semantic duplicates; None, and said so, before the first."""
    if work.person.semantic_duplicates is None:
        return None
    rows = work.home.warehouse.rows(EMBEDDED, work.person.person)
    if not rows:
        work.log.warning("semantic duplicates are asked for, but nothing is embedded yet: they are found from the next run on")
        return None
    from pipeline.embed.cache import load_vectors

    try:
        found = {
            row["modality"]: dict(zip(row["names"], load_vectors(work.home, row["encoder_id"], row["modality"], row["names"]), strict=True))
            for row in rows
        }
    except StoreError as error:  # `embeddings`, which comes after, makes them anew
        work.log.warning(f"duplicates are found without vectors: {error}")
        return None
    return Semantic(work.person.semantic_duplicates, found.get("text", {}), found.get("image", {}))


def _show(home: Home, person: str) -> Metadata:
    shown: dict[str, object] = {
        "dagster/row_count": show.count(home, "select count(*) from duplicates where person = ?", person),
        "clusters": show.table(home, CLUSTERS, person),
        "evidence": show.table(home, EVIDENCE, person),
        "in words": show.table(home, "select what, ok, detail from verdicts where person = ? and what = 'rulings'", person),
    }
    review = review_path(home, person)
    return shown | ({"review": dg.MetadataValue.path(str(review))} if review.exists() else {})


EVIDENCE = """
    select method, cut, count(*) as links, round(avg(distance), 4) as mean_distance, max(distance) as greatest_distance
    from duplicate_links where person = ? group by all order by all"""
CLUSTERS = """
    with sized as (select canonical_id, a.modality, count(*) as members from duplicates d join artefacts a using (person, artefact_id)
                   where d.person = ? group by all)
    select modality, count(*) as clusters, sum(members)::int as members, max(members) as largest from sized group by all order by all"""
EMBEDDED = """
    with held as (
      select e.encoder_id, e.modality, list(distinct e.sha256 order by e.sha256) as names, count(distinct e.sha256) as n
      from artefacts a join embeddings e on e.sha256 = a.sha256 and e.modality = a.modality where a.person = ? group by all)
    select * from held where encoder_id = (select encoder_id from held group by all order by sum(n) desc, encoder_id limit 1)
    order by modality"""
