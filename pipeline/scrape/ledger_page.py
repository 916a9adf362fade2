"""The completeness ledger as a page for people: every source by its name. It stands in a file, where forgetting reaches it."""

from pathlib import Path

from jinja2 import Environment

from pipeline.scrape.pinterest_feed import IMPORT_INSTEAD
from pipeline.store import Home, write_atomically

LEDGER = """
    select s.source_id, coalesce(nullif(s.title, ''), s.url) as source, s.url, s.platform, s.kind, s.hop, s.reported, s.fetched,
           coalesce(k.skipped, 0) as skipped, coalesce(k.reasons, '') as reasons, coalesce(s.opted_out, '') as opted_out,
           coalesce(s.remarks, '') as remarks
    from sources s left join (
        select source_id, sum(n)::int as skipped, string_agg(reason || ': ' || n, ', ' order by n desc, reason) as reasons
        from skips where person = ? group by source_id) k using (source_id)
    where s.person = ? order by s.hop, s.reported desc, s.source_id"""
REMARKS = "select archive, remark, n from import_remarks where person = ? order by archive, n desc, remark"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Sources of {{ person }}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
  div { overflow-x: auto }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid #8886; vertical-align: top }
  .n { text-align: right; font-variant-numeric: tabular-nums }
</style></head><body>
<h1>Sources of {{ person }}</h1>
<p>For each source, what it reports is what was fetched and what was skipped: reported = fetched + skipped.</p>
<div><table><thead><tr>{% for name in names %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.source }}<br><small>{{ row.url }}</small></td><td>{{ row.platform }} {{ row.kind }}</td>
<td class="n">{{ row.hop }}</td><td class="n">{{ row.reported }}</td><td class="n">{{ row.fetched }}</td>
<td class="n">{{ row.skipped }}</td><td>{{ row.reasons }}</td><td>{{ row.opted_out }}</td><td>{{ row.remarks }}</td></tr>
{% endfor %}</tbody></table></div>
{% if remarks %}<h2>Not understood</h2><p>What the archives of the last gathering held and nobody read.</p><ul>
{% for row in remarks %}<li>{{ row.archive }}: {{ row.remark }}{% if row.n > 1 %} ({{ row.n }} times){% endif %}</li>
{% endfor %}</ul>{% endif %}
{% if closed %}<p>{{ advice }}</p>{% endif %}</body></html>
"""
NAMES = ("source", "kind", "hop", "reported", "fetched", "skipped", "skipped why", "opted out", "remarks")


def write_ledger_page(home: Home, person: str) -> Path:
    """Writes `reports/<person>/sources.html` and returns where."""
    path = home.reports / person / "sources.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    template = Environment(autoescape=True).from_string(PAGE)
    rows, remarks = home.warehouse.rows(LEDGER, person, person), home.warehouse.rows(REMARKS, person)
    closed = any(row["platform"] == "pinterest" and "robots" in row["reasons"] for row in rows)
    page = template.render(person=person, names=NAMES, rows=rows, remarks=remarks, closed=closed, advice=IMPORT_INSTEAD)
    write_atomically(path, page.encode("utf-8", "replace"))
    return path
