"""The last look for leaks, which needs vectors: what the encoder cannot tell apart must not stand in two splits."""

import logging

from pipeline.embed.cache import load_vectors
from pipeline.pair.leaks import Verdict, check_vectors
from pipeline.pair.splits import judged_version, write_verdict
from pipeline.store import Home

log = logging.getLogger(__name__)

HELD = """
    with used as (select person, text_id as artefact_id from pairs union select person, image_id from pairs)
    select e.modality, list(distinct e.sha256 order by e.sha256) as names from used join artefacts a using (person, artefact_id)
    join embeddings e using (sha256, modality) where used.person = ? and e.encoder_id = ? group by all"""


def look_for_leaks(home: Home, person: str, encoder_id: str) -> Verdict:
    """Holds the person's vectors of different splits against each other, and writes the verdict `vector_leak`, which training obeys.

    Raises StoreError where a shard is damaged.
    """
    held = home.warehouse.rows(HELD, person, encoder_id)
    vectors = {row["modality"]: load_vectors(home, encoder_id, row["modality"], row["names"]) for row in held}
    verdict = check_vectors(home, person, {row["modality"]: dict(zip(row["names"], vectors[row["modality"]], strict=True)) for row in held})
    version = judged_version(home, person)
    with home.warehouse.transaction() as t:
        write_verdict(t, person, "vector_leak", verdict, version)
    log.info("%s: %s", person, verdict.detail)
    return verdict
