"""The arrows of the house: assets use pipeline, a stage uses earlier stages, heavy libraries wait until they are needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STAGES = ["store", "scrape", "dedupe", "pair", "embed", "train", "evaluate", "lineage"]  # data flows this way
MODULES = sorted(path.relative_to(ROOT) for folder in ("pipeline", "assets") for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] == "pipeline"], ids=str)
def test_the_library_knows_neither_dagster_nor_later_stages(path):
    stage = path.parts[1]
    roots = {name.split(".")[0] for name in imported(path)}
    there = {name.split(".")[1] for name in imported(path) if name.startswith("pipeline.")}
    later = set(STAGES[STAGES.index(stage) + 1 :]) | {"simulate"} if stage in STAGES else set()
    assert not roots & {"dagster", "assets"}
    assert not there & later


def test_loading_the_definitions_loads_no_heavy_library():
    script = "import sys, assets.definitions; print([m for m in ('torch', 'open_clip', 'matplotlib', 'torchvision') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_open_clip_and_torchvision_are_imported_behind_the_guard_only(path):
    if path.name == "torchvision_guard.py":
        return
    assert not {name.split(".")[0] for name in imported(path)} & {"torchvision", "open_clip"}
