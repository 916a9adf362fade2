import subprocess
import sys
from pathlib import Path

from assets.instance import dagster_home, open_instance

ROOT = Path(__file__).resolve().parents[2]


def test_one_folder_holds_dagsters_history_too(tmp_path):
    with open_instance(tmp_path) as instance:
        assert instance.root_directory == str(tmp_path / "dagster")


def test_telemetry_is_off(tmp_path):
    with open_instance(tmp_path) as instance:
        assert instance.telemetry_enabled is False


def test_a_users_own_settings_are_not_overwritten(tmp_path):
    (dagster_home(tmp_path) / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert (dagster_home(tmp_path) / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_several_first_runs_at_once_make_one_history(tmp_path):
    script = "import sys; from pathlib import Path; from assets.instance import open_instance; open_instance(Path(sys.argv[1])).dispose()"
    runs = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT) for _ in range(4)]
    assert [run.wait(timeout=120) for run in runs] == [0, 0, 0, 0]
