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


@pytest.mark.parametrize("origin", ["127.0.0.1:8899", "https://example.org", "ftp://x"])
def test_an_origin_that_is_none_is_refused(origin):
    with pytest.raises(SettingsError, match="RHIZOME_CONNECT_TO"):
        read_settings({"RHIZOME_CONNECT_TO": origin})
