"""The contract of the Dagster layer: what a user finds in the UI."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions, defs
from assets.instance import open_instance

ROOT = Path(__file__).resolve().parents[2]
ASSETS = {
    "crawl_plan": "scrape",
    "pages": "scrape",
    "artefacts": "scrape",
    "images": "scrape",
    "duplicates": "dedupe",
    "pairs": "pair",
    "splits": "pair",
    "embeddings": "embed",
    "adapter": "train",
    "evaluation": "evaluate",
    "report": "evaluate",
}
SPECS = {spec.key.path[-1]: spec for spec in defs.resolve_all_asset_specs()}


def test_the_assets_and_their_groups_are_those_of_the_design():
    assert {name: spec.group_name for name, spec in SPECS.items()} == ASSETS


@pytest.mark.parametrize("name", ASSETS)
def test_every_asset_says_what_it_is_who_owns_it_and_which_version_it_has(name):
    spec = SPECS[name]
    assert len(spec.description or "") > 80
    assert spec.owners
    assert spec.kinds
    assert spec.code_version
    assert spec.partitions_def.name == "person"


def test_the_checks_are_those_that_guard_a_model():
    names = {key.name for check in build_definitions().asset_checks for key in check.check_keys}
    assert names == {
        "records_are_not_hollow",
        "pairs_are_not_empty",
        "nothing_leaks",
        "enough_data",
        "vectors_are_complete",
        "vectors_do_not_leak",
        "baselines_are_beaten",
    }


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("refresh", {"crawl_plan", "pages", "artefacts", "images", "duplicates", "pairs", "splits"}),
        ("retrain", {"embeddings", "adapter", "evaluation", "report"}),
        ("everything", set(ASSETS)),
    ],
)
def test_each_job_makes_its_assets(job, expected):
    keys = defs.resolve_job_def(job).asset_layer.executable_asset_keys
    assert {key.path[-1] for key in keys} == expected


def test_schedules_are_off_until_someone_turns_them_on():
    schedules = {name: defs.resolve_schedule_def(name) for name in ("weekly_refresh", "monthly_retrain")}
    assert {name: (s.cron_schedule, s.default_status) for name, s in schedules.items()} == {
        "weekly_refresh": ("0 3 * * 1", dg.DefaultScheduleStatus.STOPPED),
        "monthly_retrain": ("0 5 1 * *", dg.DefaultScheduleStatus.STOPPED),
    }


@pytest.fixture
def monday(tmp_path, monkeypatch):
    """What the weekly schedule asks for where these person files and these partitions are there."""
    monkeypatch.setenv("RHIZOME_PEOPLE", str(tmp_path))

    def tick(files, partitions):
        for name in files:
            (tmp_path / f"{name}.yaml").write_text("")
        with open_instance(tmp_path / "home") as instance:
            instance.add_dynamic_partitions("person", partitions)
            when = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
            context = dg.build_schedule_context(instance=instance, scheduled_execution_time=when, repository_def=defs.get_repository_def())
            return defs.resolve_schedule_def("weekly_refresh").evaluate_tick(context)

    return tick


def test_the_schedules_ask_for_one_run_per_person(monday):
    requests = monday(["ada", "bob"], ["bob", "ada"]).run_requests
    assert [request.partition_key for request in requests] == ["ada", "bob"]


def test_who_has_no_person_file_any_more_is_left_out(monday):
    requests = monday(["ada"], ["ada", "bob"]).run_requests
    assert [request.partition_key for request in requests] == ["ada"]


def test_a_schedule_with_nobody_to_run_for_says_so(monday):
    tick = monday([], ["bob"])
    assert tick.run_requests == []
    assert "nobody to run for" in tick.skip_message


def test_the_sensor_turns_people_files_into_partitions(tmp_path, monkeypatch):
    monkeypatch.setenv("RHIZOME_PEOPLE", str(tmp_path))
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.yaml").write_text("")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("person", ["ada"])
        found = defs.resolve_sensor_def("people_files").evaluate_tick(dg.build_sensor_context(instance=instance))
    assert [request.partition_keys for request in found.dynamic_partitions_requests] == [["bob"]]


def test_the_workspace_loads_in_a_process_of_its_own():
    command = [str(Path(sys.executable).with_name("dagster")), "definitions", "validate", "-w", "workspace.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
