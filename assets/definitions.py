"""Everything Dagster knows of us, in one place. Heavy libraries are imported inside the bodies, so this loads fast."""

import dagster as dg

from assets import checks, dedupe, embed, evaluate, pair, scrape, train
from assets.automation import JOBS, SCHEDULES, people_files
from assets.resources import Workplace

STAGES = [scrape, dedupe, pair, embed, train, evaluate]


def build_definitions(workplace: Workplace | None = None) -> dg.Definitions:
    """All definitions; tests hand in a workplace of their own."""
    return dg.Definitions(
        assets=dg.load_assets_from_modules(STAGES),
        asset_checks=dg.load_asset_checks_from_modules([checks]),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[people_files],
        resources={"workplace": workplace or Workplace()},
        executor=dg.in_process_executor,  # a step costs 0.1 to 0.3 s in process, about 3 s in a process of its own
    )


defs = build_definitions()
