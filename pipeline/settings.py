"""Settings from the environment, read once at the edge and handed on as values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """Where everything stands. `connect_to` is the test seam: one origin that answers for every host."""

    home: Path
    people: Path
    connect_to: str | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """RHIZOME_HOME (default data/), RHIZOME_PEOPLE (default people/) and RHIZOME_CONNECT_TO; raises SettingsError."""
    connect_to = environment.get("RHIZOME_CONNECT_TO") or None
    if connect_to and (urlsplit(connect_to).scheme != "http" or not urlsplit(connect_to).netloc):
        raise SettingsError(f"RHIZOME_CONNECT_TO is {connect_to!r}; needed: an origin such as http://127.0.0.1:8899")
    return Settings(
        home=Path(environment.get("RHIZOME_HOME", "data")).resolve(),
        people=Path(environment.get("RHIZOME_PEOPLE", "people")).resolve(),
        connect_to=connect_to,
    )
