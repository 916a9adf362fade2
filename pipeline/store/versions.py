"""Data versions: a hash of what an asset's tables hold for one person, never of times, run ids, etags or fetches."""

from pipeline.identifiers import sha256_of
from pipeline.store.home import Home

CONTENT = {  # asset -> the content it stands for; every query takes the person once
    "crawl_plan": ["select * from plans where person = ?", "select * from plan_skips where person = ?"],
    "pages": [
        "select url, kind, via, sha256, audience, opted_out from pages where person = ? and current",
        "select source_id, reason, n from skips where person = ?",
        "select image_url, sha256 from imported_pictures where person = ?",
    ],
    "artefacts": [
        "select artefact_id, url, page_id, hop, position, role, sha256 from passages where person = ?",
        "select artefact_id, url, page_id, hop, position, image_url, alt, caption from pictures where person = ?",
        "select src_id, dst_id, kind, happened_at, position from edges where person = ?",
        "select source_id, hop, title, reported, fetched, opted_out from sources where person = ?",
    ],
    "images": [
        "select distinct i.image_url, i.sha256, i.outcome from images i join pictures p using (image_url) where p.person = ?",
    ],
    "duplicates": [
        "select artefact_id, canonical_id from duplicates where person = ?",
        "select a, b, method, distance, cut from duplicate_links where person = ?",
    ],
    "pairs": [
        "select pair_id, text_id, image_id, kind, weight, hop, text_group, image_group from pairs where person = ?",
        "select artefact_id, group_id, tie, whole_id from groups where person = ?",
    ],
    "splits": [
        "select group_id, split from splits where person = ?",
        "select variant, fold, pair_id, split, cell from split_variants where person = ?",
        "select what, ok from verdicts where person = ? and what in ('leak', 'too_little_data')",
    ],
    "embeddings": [
        """with used as (select text_id as artefact_id, person from pairs union select image_id, person from pairs)
        select distinct e.encoder_id, e.sha256, e.modality from used join artefacts a using (person, artefact_id)
        join embeddings e on e.sha256 = a.sha256 and e.modality = a.modality where used.person = ?""",
    ],
    "adapter": ["select model_id from models where person = ? order by created_at desc limit 1"],
    "evaluation": [
        """select space, model_id, encoder_id, split, metric, direction, value, low, high, n, gallery, seed from evaluations
        where person = ?""",
    ],
}


HASH = """
    select coalesce(md5(string_agg(line, '' order by line)), '') as hash
    from (select md5(content::varchar) as line from ({query}) content)"""


def content_version(home: Home, person: str, asset: str) -> str:
    """A hash that changes exactly when the asset's content for this person does, whatever the order of rows.

    Empty where a file that the content consists of (a shard, a model's manifest, the report) is gone.
    """
    if not _whole(home, person, asset):
        return ""
    if asset == "report":
        return _file_version(home, person)
    with home.warehouse.transaction() as t:
        hashes = [t.query(HASH.format(query=query), person).column("hash")[0].as_py() for query in CONTENT[asset]]
    return sha256_of("".join(hashes))[:32]


def _whole(home: Home, person: str, asset: str) -> bool:
    """Whether the files are there without which an asset's rows point at nothing."""
    if asset == "embeddings":
        held = {path.stem for path in home.vectors.glob("*/*.parquet")}
        return {row["shard"] for row in home.warehouse.rows("select shard from shards")} <= held
    if asset == "adapter":
        models = home.warehouse.rows(CONTENT["adapter"][0], person)
        return all((home.models / row["model_id"] / "manifest.json").exists() for row in models)
    return True


def _file_version(home: Home, person: str) -> str:
    path = home.reports / person / "report.html"
    return sha256_of(path.read_bytes())[:32] if path.exists() else ""
