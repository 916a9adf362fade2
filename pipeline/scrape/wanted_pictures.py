"""Which pictures are still to be fetched: those that a person's documents show and that are not held, up to the caps."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pipeline.people import Person
from pipeline.scrape.addresses import host
from pipeline.store import Home

SHOWN = """
    with shown as (
        select p.image_url, p.hop, p.source_id, g.via <> 'crawl' as own,
               row_number() over (partition by p.page_id order by p.position) as place
        from pictures p join pages g using (person, page_id) left join sources s on s.person = p.person and s.source_id = p.source_id
        where p.person = ? and g.opted_out is null and s.opted_out is null)
    select image_url, min(hop) as hop, min(source_id) as source_id, bool_or(own) as own, min(place) as place
    from shown left join images i using (image_url)
    where {wanted}
    group by image_url order by min(hop), image_url"""
MISSING = "i.outcome is null or i.outcome not in ('kept', 'rejected') or (i.reason = 'opted_out' and hop = 0)"
KEPT = "i.outcome = 'kept'"
FAILED = "i.outcome <> 'kept' and list_contains(?, i.reason)"


@dataclass(frozen=True)
class WantedPictures:
    """Rows of (image_url, hop, source_id, own): those to ask for, the nearest first, and those that a cap leaves out."""

    ask: list[dict[str, Any]]
    over: list[dict[str, Any]]


def wanted_pictures(home: Home, person: Person, retry: frozenset[str] | None = None) -> WantedPictures:
    """What the tables tell: what is missing, or with `retry` what failed for one of these reasons. The caps are those of the person
    file, over all runs; pictures of their own archives are all wanted."""
    hosts, limits = kept_pictures(home, person), person.limits
    wanted = WantedPictures([], [])
    sql, reasons = (SHOWN.format(wanted=MISSING), []) if retry is None else (SHOWN.format(wanted=FAILED), [sorted(retry)])
    for row in home.warehouse.rows(sql, person.person, *reasons):
        name, own, place = host(row["image_url"]), row["own"], row.pop("place")
        inside = own or (place <= limits.pictures_per_document and hosts[name] < limits.pictures_per_host)
        hosts[name] += inside and not own
        (wanted.ask if inside else wanted.over).append(row)
    return wanted


def kept_pictures(home: Home, person: Person) -> Counter[str]:
    """How many crawled pictures of each host are held already."""
    rows = home.warehouse.rows(SHOWN.format(wanted=KEPT), person.person)
    return Counter(host(row["image_url"]) for row in rows if not row["own"])
