"""The guard: mends the one error of a mismatched pair, and does nothing else."""

import sys
from pathlib import Path

import pytest

from pipeline.embed import torchvision_guard as guard


def package(folder: Path, name: str, body: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(body)


def test_with_a_matching_pair_it_only_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "well_matched", "answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "_declare_schemas", lambda: pytest.fail("nothing was to be declared"))
    monkeypatch.setattr(guard, "_drop_half_imported", lambda: pytest.fail("nothing was to be dropped"))
    assert guard.guarded_import("well_matched").answer == 42


@pytest.mark.parametrize("error", ["RuntimeError('operator other::nms does not exist')", "ImportError('no such file')", "KeyError('x')"])
def test_any_other_error_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    package(tmp_path, "broken_otherwise", f"raise {error}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "_declare_schemas", lambda: pytest.fail("nothing was to be declared"))
    with pytest.raises((RuntimeError, ImportError, KeyError)):
        guard.guarded_import("broken_otherwise")


def test_the_known_error_is_mended_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = "import sys\nif not hasattr(sys, 'mended'):\n    raise RuntimeError('operator torchvision::nms does not exist')\n"
    package(tmp_path, "mismatched", failing)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "_declared", [])
    monkeypatch.setattr(guard, "_drop_half_imported", lambda: None)
    monkeypatch.setattr(guard, "_declare_schemas", lambda: setattr(sys, "mended", True))
    try:
        assert guard.guarded_import("mismatched").__name__ == "mismatched"
    finally:
        del sys.mended


def test_open_clip_imports_here() -> None:
    assert guard.open_clip().__name__ == "open_clip"
