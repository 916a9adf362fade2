"""Data versions: a hash of what an asset's tables hold for one person, never of times, run ids, etags or fetches."""

import json
from pathlib import Path

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
        join person_encoders using (person) join embeddings e using (encoder_id, sha256, modality) where used.person = ?""",
        "select what, ok from verdicts where person = ? and what = 'vector_leak'",
    ],
    "adapter": ["select model_id from models where person = ? order by created_at desc limit 1"],
    "evaluation": [
        """select space, model_id, encoder_id, split, metric, direction, value, low, high, n, gallery, seed from current_evaluations
        where person = ?""",
    ],
    "report": [],
}
PAGES = {"evaluation": "evaluation.json", "report": "report.html"}  # asset -> the file of reports/<person>/ that belongs to its content
SHARDS = """
    with used as (select text_id as artefact_id, person from pairs union select image_id, person from pairs)
    select distinct e.shard from used join artefacts a using (person, artefact_id)
    join person_encoders using (person) join embeddings e using (encoder_id, sha256, modality) where used.person = ?"""
MODEL = "select model_id, manifest_sha256 from models where person = ? order by created_at desc limit 1"


HASH = """
    select coalesce(md5(string_agg(line, '' order by line)), '') as hash
    from (select md5(content::varchar) as line from ({query}) content)"""


def content_version(home: Home, person: str, asset: str) -> str:
    """A hash that changes exactly when the asset's content for this person does, whatever the order of rows.

    Empty where a file that the content consists of (a shard, one of a model's, an evaluation, the report) is gone or not as written.
    """
    files = _files(home, person, asset)
    if files is None:
        return ""
    with home.warehouse.transaction() as t:
        hashes = [t.query(HASH.format(query=query), person).column("hash")[0].as_py() for query in CONTENT[asset]]
    return sha256_of("".join([*hashes, files]))[:32]


def _files(home: Home, person: str, asset: str) -> str | None:
    """What the files say that belong to an asset's rows; None where one is missing, so that the rows point at nothing."""
    if asset == "embeddings":
        held = {path.stem for path in home.vectors.glob("*/*.parquet")}
        return "" if {row["shard"] for row in home.warehouse.rows(SHARDS, person)} <= held else None
    if asset == "adapter":
        models = home.warehouse.rows(MODEL, person)
        return "" if all(_is_whole(home.models / row["model_id"], row["manifest_sha256"]) for row in models) else None
    if asset in PAGES:
        page = home.reports / person / PAGES[asset]
        return sha256_of(page.read_bytes()) if page.exists() else None
    return ""


def _is_whole(model: Path, manifest_sha256: str) -> bool:
    """Whether a model's manifest is the one that its row knows, and its files are those of the manifest."""
    try:
        manifest = (model / "manifest.json").read_bytes()
        if sha256_of(manifest) != manifest_sha256:
            return False
        return all(sha256_of((model / name).read_bytes()) == sha256 for name, sha256 in json.loads(manifest)["files"].items())
    except FileNotFoundError:
        return False
