"""What was compared with what: new contents are compared with all, the others not again."""

from collections.abc import Callable, Collection
from typing import Literal

from pipeline.dedupe.links import Link
from pipeline.store import Home

Modality = Literal["text", "image"]

FORGET = """
    delete from near_contents where person = ? and modality = ?
    and not (a in (select unnest(?::text[])) and b in (select unnest(?::text[])))"""


def near_among(
    home: Home, person: str, modality: Modality, version: str, names: Collection[str], compare: Callable[[set[str]], list[Link]]
) -> list[Link]:
    """The links between `names` (contents): those found before, and what `compare` finds for the contents it has not seen yet.

    `version` is that of `compare`; where it differs, all are new. What is gone is forgotten. A killed comparison is done again.
    """
    seen_sql = "select name from compared where person = ? and modality = ? and version = ?"
    seen = {row["name"] for row in home.warehouse.rows(seen_sql, person, modality, version)} & set(names)
    new = set(names) - seen
    found = compare(new) if new else []
    kept = sorted(seen)
    with home.warehouse.transaction() as t:
        t.execute(FORGET, person, modality, kept, kept)
        t.append("near_contents", [{"person": person, "modality": modality, **link.__dict__} for link in found])
        rows = [{"person": person, "modality": modality, "name": name, "version": version} for name in sorted(names)]
        t.replace("compared", rows, person=person, modality=modality)
        table = t.query("select a, b, method, distance from near_contents where person = ? and modality = ?", person, modality)
    return sorted(Link(**row) for row in table.to_pylist())
