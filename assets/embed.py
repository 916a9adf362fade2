"""Vectors of the frozen encoder."""

import functools
from typing import TYPE_CHECKING

import dagster as dg

from assets import show
from assets.materialize import Metadata, Work, materialize
from assets.pair import splits
from assets.partitions import person_asset
from assets.resources import Workplace
from pipeline.people import Person
from pipeline.store import Home

if TYPE_CHECKING:
    from pipeline.embed.encoder import Encoder


@person_asset("embed", kinds={"pytorch", "parquet"}, code_version="2", deps=[splits])
def embeddings(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Vectors of every passage and picture that stands in a pair, by the encoder that the person file names. Computed once per
    content and encoder, for whichever person. With them comes the last look for leaks: whether the encoder takes something of one
    split for something of another, which training obeys."""
    config = {"encoder": encoder_of(workplace.person(context.partition_key)).encoder_id}
    return materialize(context, workplace, compute=_embed, show=_show, inputs=("pairs", "images", "splits"), config=config)


def encoder_of(person: Person) -> "Encoder":
    """The encoder that the person file names, loaded once per process."""
    return _loaded(person.encoder)


@functools.cache
def _loaded(spec: str) -> "Encoder":
    from pipeline.embed.encoder import load_encoder

    return load_encoder(spec)


def _embed(work: Work) -> None:
    from pipeline.embed.cache import embed_missing
    from pipeline.embed.leaks import look_for_leaks

    encoder = encoder_of(work.person)
    embed_missing(work.home, work.person.person, encoder)
    look_for_leaks(work.home, work.person.person, encoder.encoder_id)


def _show(home: Home, person: str) -> Metadata:
    return {
        "dagster/row_count": show.count(home, f"select count(*) from ({USED})", person),
        "in words": show.table(home, "select what, ok, detail from verdicts where person = ? and what = 'vector_leak'", person),
        "vectors": show.table(home, VECTORS, person),
    }


USED = """
    with used as (select person, text_id as artefact_id from pairs union select person, image_id from pairs)
    select distinct e.encoder_id, e.modality, e.sha256, e.shard from used join artefacts a using (person, artefact_id)
    join person_encoders using (person) join embeddings e using (encoder_id, sha256, modality) where used.person = ?"""
VECTORS = f"select encoder_id, modality, count(*) as vectors, count(distinct shard) as shards from ({USED}) group by all order by all"
