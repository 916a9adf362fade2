"""What the numbers stand on, counted from the warehouse: sources and what was skipped, pictures, duplicates, pairs, groups, verdicts."""

from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.wording import count, sentence
from pipeline.store import Home, Transaction
from pipeline.untrusted import shown

MOST_SOURCES = 150  # a table nobody scrolls to the end of says less than a sum
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Head:
    """A column's heading and whether its cells are numbers."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A small table of the report. `empty` is said in its place where it has no rows."""

    title: str
    caption: str
    heads: list[Head]
    rows: list[list[str]]
    empty: str


@dataclass(frozen=True)
class DataCounts:
    """Everything the report says about the data. `warnings`: details of the newest verdicts that were not kept."""

    summary: str
    tables: list[Table]
    warnings: list[str]


def data_counts(home: Home, person: str) -> DataCounts:
    """Counts of one person's data, read in one transaction."""
    with home.warehouse.transaction() as warehouse:
        sources = _rows(warehouse, SOURCES, person)
        verdicts = _rows(warehouse, VERDICTS, person)
        tables = [
            _sources(sources),
            _documents(_rows(warehouse, DOCUMENTS, person)),
            _images(_rows(warehouse, IMAGES, person)),
            _duplicates(_rows(warehouse, DUPLICATES, person)),
            _pairs(_rows(warehouse, PAIRS, person)),
            _groups(_rows(warehouse, GROUPS, person)),
            _verdicts(verdicts),
        ]
    warnings = [sentence(shown(row["detail"] or f"the check {row['what']} failed", 300)) for row in verdicts if not row["ok"]]
    return DataCounts(_summary(sources), tables, warnings)


SOURCES = """
with reasons as (
  select source_id, sum(n)::bigint as skipped, string_agg(reason || ' ' || n, ', ' order by n desc, reason) as why
  from skips where person = $1 group by source_id)
select s.title, s.handle, s.platform, s.kind, s.hop, s.reported, s.fetched, s.opted_out, coalesce(r.skipped, 0) as skipped, r.why
from sources s left join reasons r using (source_id) where s.person = $1
order by s.hop, s.fetched desc nulls last, s.source_id"""
DOCUMENTS = """
select kind, coalesce(via, '') as via, count(*) as n, count(opted_out) as opted_out,
  count(*) filter (hop = 0) as own, count(*) filter (hop = 1) as first, count(*) filter (hop = 2) as second
from pages where person = $1 and current group by all order by n desc, kind, via"""
IMAGES = """
select coalesce(i.outcome, 'not asked for') as outcome, coalesce(i.reason, '') as reason, count(distinct p.image_url) as n
from pictures p left join images i using (image_url) where p.person = $1 group by all order by n desc, outcome, reason"""
DUPLICATES = """
with members as (
  select d.canonical_id, a.modality, count(*) as n from duplicates d
  join artefacts a on a.person = d.person and a.artefact_id = d.artefact_id where d.person = $1 group by all)
select modality, count(*) filter (n > 1) as clusters, (sum(n) - count(*))::bigint as dropped, max(n) as largest
from members group by modality order by modality desc"""
PAIRS = """
select p.kind, p.hop, case when t.split = i.split then t.split else 'left out' end as split, count(*) as n
from pairs p
left join splits t on t.person = p.person and t.group_id = p.text_group
left join splits i on i.person = p.person and i.group_id = p.image_group
where p.person = $1 group by all"""
GROUPS = """
with sizes as (
  select group_id, count(*) as n from groups where person = $1 group by group_id)
select s.split, count(*) as n, sum(z.n)::bigint as items, max(z.n) as largest
from sizes z left join splits s on s.person = $1 and s.group_id = z.group_id group by all"""
VERDICTS = """
select what, ok, detail from verdicts where person = $1
qualify row_number() over (partition by what order by recorded_at desc, detail) = 1 order by what"""


def _rows(warehouse: Transaction, sql: str, person: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = warehouse.query(sql, person).to_pylist()
    return found


def _summary(sources: list[dict[str, Any]]) -> str:
    hops = {hop: sum(source["hop"] == hop for source in sources) for hop in (0, 1, 2)}
    fetched = sum(source["fetched"] or 0 for source in sources)
    opted_out = sum(source["opted_out"] is not None for source in sources)
    return (
        f"{count(len(sources), 'source')}: {hops[0]:,} of the person’s own, {hops[1]:,} one link away, {hops[2]:,} two links away. "
        f"They gave {count(fetched, 'item')}. Opted out, and so kept from training: {opted_out:,}. "
        "For each, reported = fetched + skipped; where the numbers disagree, something was lost."
    )


def _sources(sources: list[dict[str, Any]]) -> Table:
    rows = [
        [
            shown(source["title"] or source["handle"] or "untitled", 60),
            f"{source['platform']} {source['kind']}",
            str(source["hop"]),
            _count(source["reported"]),
            _count(source["fetched"]),
            _count(source["skipped"]),
            shown(source["why"] or "", 120),
            shown(source["opted_out"] or "", 60),
        ]
        for source in sources[:MOST_SOURCES]
    ]
    rest = f" The first {MOST_SOURCES} of {len(sources):,}, nearest first." if len(sources) > MOST_SOURCES else ""
    heads = _heads("source", "kind", "#hop", "#reported", "#fetched", "#skipped", "skipped why", "opted out")
    return Table("Sources", "Hop 0 is the person’s own, 1 one link away, 2 two." + rest, heads, rows, "No source has been gathered.")


def _documents(found: list[dict[str, Any]]) -> Table:
    rows = [[row["kind"] or "", row["via"], *(_count(row[key]) for key in ("n", "own", "first", "second", "opted_out"))] for row in found]
    heads = _heads("document", "came by", "#held", "#hop 0", "#hop 1", "#hop 2", "#opted out")
    return Table("Documents", "The newest version of each.", heads, rows, "No document is held.")


def _images(found: list[dict[str, Any]]) -> Table:
    rows = [[row["outcome"], shown(row["reason"], 80), _count(row["n"])] for row in found]
    return Table(
        "Pictures",
        "By address; one picture may stand in several places.",
        _heads("outcome", "why", "#addresses"),
        rows,
        "No picture was found.",
    )


def _duplicates(found: list[dict[str, Any]]) -> Table:
    rows = [
        [{"text": "passages", "image": "pictures"}[row["modality"]], *(_count(row[key]) for key in ("clusters", "dropped", "largest"))]
        for row in found
    ]
    heads = _heads("modality", "#clusters of two or more", "#set aside as copies", "#largest cluster")
    return Table("Duplicates", "Exact and near copies; one of each cluster is kept.", heads, rows, "No duplicates have been looked for.")


def _pairs(found: list[dict[str, Any]]) -> Table:
    cells = {(row["kind"], row["hop"], row["split"]): row["n"] for row in found}
    kinds = sorted({(row["kind"], row["hop"]) for row in found}, key=lambda kind: (kind[1], kind[0]))
    rows = [[kind, str(hop), *(_count(cells.get((kind, hop, split), 0)) for split in (*SPLITS, "left out"))] for kind, hop in kinds]
    caption = "Left out: the passage and the picture fall in groups of different splits, or in none."
    return Table("Pairs", caption, _heads("kind", "#hop", *(f"#{split}" for split in SPLITS), "#left out"), rows, "There are no pairs.")


def _groups(found: list[dict[str, Any]]) -> Table:
    of_split = {row["split"]: [_count(row[key]) for key in ("n", "items", "largest")] for row in found}
    rows = [[split or "in no split", *of_split[split]] for split in (*SPLITS, None) if split in of_split]
    caption = "What must not be parted stays in one group: one post, near copies, one series, one board."
    return Table("Groups", caption, _heads("split", "#groups", "#items", "#items in the largest"), rows, "No groups have been made.")


def _verdicts(found: list[dict[str, Any]]) -> Table:
    rows = [[row["what"].replace("_", " "), "kept" if row["ok"] else "not kept", shown(row["detail"] or "", 400)] for row in found]
    caption = "What later stages obey: leaks between splits, groups that were cut or could not be, too little data."
    return Table("Checks on the data", caption, _heads("check", "verdict", "detail"), rows, "No check has been recorded.")


def _heads(*names: str) -> list[Head]:
    return [Head(name.removeprefix("#"), name.startswith("#")) for name in names]


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
