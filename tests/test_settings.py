from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import read_settings


def test_defaults_stand_in_the_working_directory():
    settings = read_settings({})
    assert (settings.home, settings.people, settings.connect_to) == (Path("data").resolve(), Path("people").resolve(), None)


def test_the_environment_decides():
    settings = read_settings({"RHIZOME_HOME": "/h", "RHIZOME_PEOPLE": "/p", "RHIZOME_CONNECT_TO": "http://127.0.0.1:8899"})
    assert (settings.home, settings.people, settings.connect_to) == (Path("/h"), Path("/p"), "http://127.0.0.1:8899")


@pytest.mark.parametrize(
    "origin",
    [
        "127.0.0.1:8899", "https://127.0.0.1:8899", "ftp://x", "http://example.org", "http://10.0.0.1:80", "http://0.0.0.0:80",
        "http://127.0.0.1.example.org", "http://127.0.0.1:8899/path", "http://127.0.0.1:8899?x", "http://a@127.0.0.1:8899",
        "http://127.0.0.1@example.org", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://", "http://2130706433", "http://[::2]",
    ],
)  # fmt: skip
def test_an_origin_that_is_not_on_this_machine_is_refused(origin):
    with pytest.raises(SettingsError, match=r"RHIZOME_CONNECT_TO.*on this machine such as http://127.0.0.1:8899"):
        read_settings({"RHIZOME_CONNECT_TO": origin})


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8899", "http://127.0.0.1:8899/", "http://127.9.9.9", "http://[::1]:80", "http://localhost:1"]
)
def test_an_origin_on_this_machine_is_taken(origin):
    assert read_settings({"RHIZOME_CONNECT_TO": origin}).connect_to == origin
