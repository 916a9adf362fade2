"""The drift alarm: sites change their shapes without a word, and then records come in hollow, with nothing to say so.

Of every gathering it notes how many new posts, pins, pages and pictures lack a title, text, alternative text or link, and compares
that with the person's earlier gatherings; on the first one, with what no honest source exceeds (somebody once took 69 pins with
no title among them, and nobody noticed: SURFACES C, item 10).
"""

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from pipeline.store import Home
from pipeline.store.warehouse import Transaction

MARGIN = 0.05  # above the worst of the earlier gatherings: another mixture of sources is no drift
UNLIKELY = math.log(1000)  # such a share, or a worse one, would come by chance once in more than a thousand gatherings
# The share of records without it that a first gathering may have. Pins often have no words, pictures no alternative text.
BOUNDS = {
    ("posts", "title"): 0.05, ("posts", "text"): 0.25, ("posts", "link"): 0.97,
    ("pins", "title"): 0.9, ("pins", "text"): 0.9, ("pins", "link"): 0.9,
    ("pages", "title"): 0.1, ("pages", "text"): 0.3, ("pages", "link"): 0.9,
    ("pictures", "alt"): 0.97,
}  # fmt: skip


@dataclass(frozen=True)
class Share:
    """Of `n` new records of a platform and kind, how many lack a field; `examples` are ids of some of them (pages, or pictures)."""

    platform: str
    kind: str
    field: str
    n: int
    missing: int
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.missing / self.n


@dataclass(frozen=True)
class Drift:
    """A share that left its usual range, whose upper end is `usual`."""

    share: Share
    usual: float


def note_shares(t: Transaction, person: str) -> None:
    """Writes the shares of the newest gathering that brought something into the table `drift`, in the transaction of its artefacts."""
    now = dt.datetime.now(dt.UTC)
    rows = t.query(SHARES, *[person] * 5).to_pylist()
    for row in rows:
        row |= {"person": person, "recorded_at": now}
    t.upsert("drift", rows, "person", "run_id", "platform", "kind", "field")


def find_drift(home: Home, person: str) -> list[Drift]:
    """What the newest noted gathering lacks more often than its predecessors and than chance explains, worst first.

    Gatherings that alarmed are no measure for those after them: the alarm goes on until the records are whole again.
    """
    noted = home.warehouse.rows("select * from drift where person = ? order by recorded_at", person)
    if not noted:
        return []
    usual: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    found: list[Drift] = []
    for row in noted:
        before = usual[row["platform"], row["kind"], row["field"]]
        drift = _judged(row, before)
        if drift is None:
            before.append(row["missing"] / row["n"])
        elif row["run_id"] == noted[-1]["run_id"]:
            found.append(drift)
    return sorted(found, key=lambda drift: drift.usual - drift.share.share)


def _judged(row: dict[str, Any], before: list[float]) -> Drift | None:
    share = Share(row["platform"], row["kind"], row["field"], row["n"], row["missing"], tuple(row["examples"]))
    usual = min(1.0, max(before) + MARGIN) if before else BOUNDS[share.kind, share.field]
    return Drift(share, usual) if share.share > usual and share.n * _divergence(share.share, usual) > UNLIKELY else None


def _divergence(share: float, usual: float) -> float:
    """The relative entropy of two coins; exp(-n times this) bounds the chance of such a share of n (Chernoff 1952).

    >>> round(_divergence(1.0, 0.05), 3)
    2.996
    """
    sides = ((share, usual), (1 - share, 1 - usual))
    return sum(observed * math.log(observed / expected) for observed, expected in sides if observed > 0)


# Others' paid posts are metadata and nothing else; they are left out.
SHARES = """
    with newest as (select run_id from pages where person = ? and current group by run_id order by max(fetched_at) desc, run_id limit 1),
    records as (
        select p.page_id, p.title, split_part(p.kind, '_', 1) as platform,
            case when p.kind = 'pinterest_pin' then 'pins' when p.kind = 'web_page' then 'pages' else 'posts' end as kind
        from pages p
        where p.person = ? and p.current and p.run_id = (select run_id from newest)
            and p.kind in ('substack_post', 'substack_export_post', 'pinterest_pin', 'web_page')
            and (p.audience = 'everyone' or p.kind = 'substack_export_post')),
    checked as (
        select platform, kind, 'title' as field, page_id as id, coalesce(title, '') = '' as lacks from records
        union all
        select platform, kind, 'text', page_id, page_id not in (select page_id from passages where person = ?) from records
        union all
        select platform, kind, 'link', page_id, page_id not in (
            select page_id from edges where person = ? and kind <> 'contains') from records
        union all
        select r.platform, 'pictures', 'alt', c.artefact_id, coalesce(c.alt, '') = '' from pictures c join records r using (page_id)
        where c.person = ?)
    select (select run_id from newest) as run_id, platform, kind, field, count(*)::int as n, count_if(lacks)::int as missing,
        coalesce(list(id order by id) filter (lacks), [])[:5] as examples
    from checked group by all"""
