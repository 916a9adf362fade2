"""Pictures that are held, and whose host has closed them to training since: they are not kept any longer."""

from pipeline.scrape.client import Client
from pipeline.store import Home

# A picture that also stands at hop 0, for whomever, is somebody's own.
OTHERS = """
    select i.image_url, any_value(i.blob_sha256) as blob_sha256 from images i join pictures p using (image_url)
    where i.outcome = 'kept' and i.image_url in (select image_url from pictures where person = ?)
    group by i.image_url having min(p.hop) > 0 order by i.image_url"""
CLOSE = "update images set outcome = 'rejected', reason = 'opted_out', blob_sha256 = null where list_contains(?, image_url)"
STILL_USED = "select distinct blob_sha256 from images where list_contains(?, blob_sha256)"


def drop_opted_out(home: Home, person: str, client: Client) -> int:
    """Rejects the pictures that robots.txt or tdmrep.json of their host now keeps from training, deletes their bytes where nobody
    else has them, and says how many there were. Asks for those two files where what is known of them is more than a day old."""
    rows = [row for row in home.warehouse.rows(OTHERS, person) if client.opts_out(row["image_url"])]
    if not rows:
        return 0
    blobs = [row["blob_sha256"] for row in rows]
    with home.warehouse.transaction() as t:
        t.execute(CLOSE, [row["image_url"] for row in rows])
        used = {row["blob_sha256"] for row in t.query(STILL_USED, blobs).to_pylist()}
    for sha256 in set(blobs) - used:
        home.blobs.delete(sha256)
    return len(rows)
