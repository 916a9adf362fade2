"""The site in a process of its own: it starts, it serves, and it never outlives whoever started it."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from pipeline.errors import SimulationError
from pipeline.simulate.site import serve_in_process
from pipeline.simulate.site.__main__ import parse
from pipeline.simulate.site.process import arguments
from pipeline.simulate.world import WorldSettings, settings

SMALL = WorldSettings(name="demo", seed=5, posts=2, pictures=1, neighbours=False)


def test_command_line_carries_the_settings():
    assert parse(arguments(SMALL)) == SMALL
    assert parse([]) == settings("demo")
    assert parse(["--world", "classes", "--posts", "7"]) == replace(settings("classes"), posts=7)


def test_process_serves_and_is_gone_afterwards(data):
    with serve_in_process(SMALL) as origin:
        assert data(origin, "https://demoletters.substack.com/api/v1/archive")[0]["publishedBylines"][0]["handle"] == "demo"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(origin).port), timeout=10)


def test_process_is_gone_after_a_failure_in_the_block():
    with pytest.raises(KeyError), serve_in_process(SMALL) as origin:
        raise KeyError
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(origin).port), timeout=10)


def test_process_dies_with_its_killed_parent():
    code = (
        "import sys; from pipeline.simulate.site import serve_in_process; from pipeline.simulate.world import WorldSettings\n"
        "with serve_in_process(WorldSettings(posts=2, pictures=1, neighbours=False)) as origin:\n"
        "    print(origin, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        port = urlsplit(parent.stdout.readline().strip()).port
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.settimeout(20)
            os.kill(parent.pid, signal.SIGKILL)
            assert connection.recv(1) == b""


def test_process_that_cannot_start_says_so(capfd):
    with pytest.raises(SimulationError, match="printed ''"), serve_in_process(replace(SMALL, pictures=-5)):
        pass
    assert "Traceback" in capfd.readouterr().err
