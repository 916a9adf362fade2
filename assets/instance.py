"""DAGSTER_HOME: under RHIZOME_HOME, with our template of dagster.yaml, so that one folder is one world."""

import shutil
from pathlib import Path

import dagster as dg
from filelock import FileLock

from assets.partitions import people

TEMPLATE = Path(__file__).resolve().parent.parent / "instance" / "dagster.yaml"


def dagster_home(home: Path) -> Path:
    """The folder `dagster/` under RHIZOME_HOME, with the template copied in on first use."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        shutil.copyfile(TEMPLATE, folder / "dagster.yaml")
    return folder


def open_instance(home: Path) -> dg.DagsterInstance:
    """Dagster's own history for this home. Close it with `dispose()` or use it as a context manager."""
    folder = dagster_home(home)
    with FileLock(folder / "opening.lock"):  # two first runs at once would both make the tables, and one would fail
        instance = dg.DagsterInstance.from_config(str(folder))
        instance.get_runs_count()
        instance.get_dynamic_partitions(people.name or "")
    return instance
