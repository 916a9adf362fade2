"""Settings from the environment, read once at the edge and handed on as values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
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
    if connect_to and not _is_loopback_origin(connect_to):
        raise SettingsError(
            f"RHIZOME_CONNECT_TO is {connect_to!r}; needed: an origin on this machine such as http://127.0.0.1:8899, without a path. "
            f"Every request goes there unguarded, so nothing but loopback will do. Unset it to ask the real internet."
        )
    return Settings(
        home=Path(environment.get("RHIZOME_HOME", "data")).resolve(),
        people=Path(environment.get("RHIZOME_PEOPLE", "people")).resolve(),
        connect_to=connect_to,
    )


def _is_loopback_origin(text: str) -> bool:
    """Whether a text is http, a loopback host with an optional port, and nothing else."""
    try:
        parts = urlsplit(text)
        host, bare = parts.hostname or "", f"http://{parts.netloc}"
        usable = parts.port != 0 and "@" not in text and text.rstrip("/") == bare
        return usable and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False
