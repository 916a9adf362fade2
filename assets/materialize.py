"""What every asset's body does around its one call into `pipeline`: skip when nothing changed, time it, version it, show it."""

import datetime as dt
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.resources import Workplace
from pipeline.identifiers import sha256_of
from pipeline.people import Person
from pipeline.store import Home
from pipeline.store.versions import content_version

Metadata = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """What a body is given: where things are, for whom, and the run it belongs to."""

    home: Home
    person: Person
    run_id: str
    log: dg.DagsterLogManager


@dataclass(frozen=True)
class Fingerprint:
    """What an asset's content follows from. The same again means there is nothing to do."""

    code_version: str
    config_hash: str
    inputs_hash: str


def materialize(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    *,
    compute: Callable[[Work], object],
    show: Callable[[Home, str], Metadata],
    inputs: tuple[str, ...],
    config: Mapping[str, object] | None = None,
    always: bool = False,
) -> dg.MaterializeResult[None]:
    """Runs `compute` unless code version, configuration and input versions are those of the last time and the content still stands.

    `inputs` are asset names. `always` is for what must ask the world again (scraping). Without consent that holds today nothing
    is done at all.
    """
    work = Work(workplace.home(), workplace.person(context.partition_key), context.run.run_id, context.log)
    work.person.require_consent(dt.datetime.now(dt.UTC).date())
    name, started = context.asset_key.path[-1], time.monotonic()
    fingerprint = _fingerprint(context, work, inputs, config or {})
    unchanged = not always and _still_stands(work, name, fingerprint)
    if not unchanged:
        compute(work)
        _record(work, name, fingerprint)
    context.log.info(f"{name} of {context.partition_key}: {'unchanged' if unchanged else 'made'} in {time.monotonic() - started:.1f} s")
    metadata = {"unchanged": unchanged, "seconds": round(time.monotonic() - started, 2), **show(work.home, work.person.person)}
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(content_version(work.home, work.person.person, name)))


def _fingerprint(context: dg.AssetExecutionContext, work: Work, inputs: tuple[str, ...], config: Mapping[str, object]) -> Fingerprint:
    versions = [content_version(work.home, work.person.person, name) for name in inputs]
    code_version = context.assets_def.code_versions_by_key[context.asset_key]
    return Fingerprint(code_version or "", sha256_of(json.dumps(config, sort_keys=True, default=str)), sha256_of("\n".join(versions)))


def _still_stands(work: Work, name: str, fingerprint: Fingerprint) -> bool:
    """Whether the last materialization had this fingerprint and its content is what the tables hold now."""
    last = work.home.warehouse.rows(
        "select * from materializations where person = ? and asset = ? order by recorded_at desc limit 1", work.person.person, name
    )
    if not last or Fingerprint(last[0]["code_version"], last[0]["config_hash"], last[0]["inputs_hash"]) != fingerprint:
        return False
    return bool(last[0]["data_version"] == content_version(work.home, work.person.person, name))


def _record(work: Work, name: str, fingerprint: Fingerprint) -> None:
    row = {
        "person": work.person.person,
        "asset": name,
        **fingerprint.__dict__,
        "data_version": content_version(work.home, work.person.person, name),
        "run_id": work.run_id,
        "recorded_at": dt.datetime.now(dt.UTC),
    }
    with work.home.warehouse.transaction() as t:
        t.append("materializations", [row])
