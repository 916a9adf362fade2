"""What runs when: the jobs behind the buttons, the clock, and the sensor that turns people files into partitions."""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import people
from pipeline.people import known_people
from pipeline.settings import read_settings

GATHERING = dg.AssetSelection.groups("scrape", "dedupe", "pair")
LEARNING = dg.AssetSelection.groups("embed", "train", "evaluate")

refresh = dg.define_asset_job("refresh", GATHERING, description="Ask the world again, then find duplicates, pairs and splits anew.")
retrain = dg.define_asset_job("retrain", LEARNING, description="Embed what is new, train, evaluate and report.")
everything = dg.define_asset_job("everything", GATHERING | LEARNING, description="From the first fetch to the report.")
JOBS = [refresh, retrain, everything]


def _run_each_person(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Those whose person file is there; without it a run could only fail. Their partition stays, for it holds their history."""
    folder, partitions = read_settings().people, context.instance.get_dynamic_partitions(people.name or "")
    there = set(known_people(folder)) & set(partitions)
    for person in sorted(there):
        yield dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%d}-{person}", partition_key=person)
    if gone := sorted(set(partitions) - there):
        context.log.info(f"no person file in {folder}, so no run: {', '.join(gone)}")
    if not there:
        yield dg.SkipReason(f"nobody to run for: {folder} holds no person file that has a partition")


weekly_refresh = dg.ScheduleDefinition(
    name="weekly_refresh",
    job=refresh,
    cron_schedule="0 3 * * 1",
    execution_fn=_run_each_person,
    description="Mondays at 03:00 UTC, each person.",
)
monthly_retrain = dg.ScheduleDefinition(
    name="monthly_retrain", job=retrain, cron_schedule="0 5 1 * *", execution_fn=_run_each_person, description="On the first at 05:00 UTC."
)
SCHEDULES = [weekly_refresh, monthly_retrain]


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def people_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Adds a partition for every person file that has none yet."""
    folder = read_settings().people
    missing = sorted(set(known_people(folder)) - set(context.instance.get_dynamic_partitions(people.name or "")))
    if not missing:
        return dg.SkipReason(f"every person file in {folder} has its partition")
    return dg.SensorResult(dynamic_partitions_requests=[people.build_add_request(missing)])
