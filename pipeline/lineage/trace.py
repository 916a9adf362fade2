"""From a model back to the pages it learned from."""

from dataclasses import dataclass

from pipeline.errors import StoreError
from pipeline.store import Home

TRACE = """
    select r.person, r.source_id, coalesce(any_value(s.title), any_value(s.url), r.source_id) as source, r.page_id, any_value(p.url) as url,
           any_value(p.title) as title, min(r.hop) as hop, string_agg(distinct r.kind, ', ' order by r.kind) as kinds, count(*) as pairs,
           sum(r.weight) as weight
    from training_rows r
    left join sources s on s.person = r.person and s.source_id = r.source_id
    left join pages p on p.person = r.person and p.page_id = r.page_id
    where r.model_id = ? group by r.person, r.source_id, r.page_id order by weight desc, r.page_id"""


@dataclass(frozen=True)
class TracedPage:
    """A page that a model learned from: how many pairs it gave, of which kinds, with what weight. `url` is null once forgotten."""

    person: str
    source_id: str | None
    source: str | None
    page_id: str | None
    url: str | None
    title: str | None
    hop: int
    kinds: str
    pairs: int
    weight: float


def trace(home: Home, model_id: str) -> list[TracedPage]:
    """Every page a model learned from, the heaviest first. Raises StoreError for a model that nobody trained here."""
    if not home.warehouse.rows("select 1 from models where model_id = ?", model_id):
        raise StoreError(f"no model {model_id!r} in {home.root}; the table `models` lists those there are.")
    return [TracedPage(**row) for row in home.warehouse.rows(TRACE, model_id)]
