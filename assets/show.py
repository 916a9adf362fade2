"""What a person sees on an asset: tables from the warehouse and our own charts. Never strangers' words or pictures:
those stand in files under RHIZOME_HOME that metadata links to, so that forgetting reaches them."""

import base64
from collections.abc import Mapping, Sequence

import dagster as dg

from pipeline.store import Home


def table(home: Home, sql: str, *parameters: object) -> dg.TableMetadataValue:
    """A query's rows as a table of the UI. Columns keep their order; what is neither number nor text becomes text."""
    found = home.warehouse.query(sql, *parameters)
    return rows(found.column_names, found.to_pylist())


def rows(names: Sequence[str], content: Sequence[Mapping[str, object]]) -> dg.TableMetadataValue:
    """Rows as a table of the UI, with these of their columns."""
    records = [dg.TableRecord({name: _cell(row[name]) for name in names}) for row in content]
    schema = dg.TableSchema(columns=[dg.TableColumn(name, _type(records, name)) for name in names])
    return dg.MetadataValue.table(records, schema)


def count(home: Home, sql: str, *parameters: object) -> int:
    """The one number that a query gives."""
    return int(home.warehouse.query(sql, *parameters).column(0)[0].as_py() or 0)


def chart(png: bytes, alt: str) -> dg.MarkdownMetadataValue:
    """A picture of our own, inside the event itself."""
    return dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")


def _cell(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _type(records: Sequence[dg.TableRecord], name: str) -> str:
    kinds = {type(record.data[name]) for record in records} - {type(None)}
    if kinds <= {int}:
        return "int"
    return "float" if kinds <= {int, float} else "string"
