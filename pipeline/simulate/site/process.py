"""Serves a world from a process of its own, so that drawing and crawling do not share one interpreter's lock."""

import contextlib
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO

from pipeline.errors import SimulationError
from pipeline.simulate.world import WorldSettings

START_SECONDS = 60.0  # building the demo takes about one; the rest is for a busy machine
STOP_SECONDS = 5.0


def arguments(wanted: WorldSettings) -> list[str]:
    """The settings as `python -m pipeline.simulate.site` takes them."""
    return [_argument(name, value) for name, value in asdict(wanted).items()]


def _argument(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name}={value}"


@contextlib.contextmanager
def serve_in_process(wanted: WorldSettings) -> Iterator[str]:
    """Starts a process that serves the world of these settings and gives its origin, `http://127.0.0.1:PORT`.

    The process ends with the block, and with this process however that ends: it stops when its standard input closes.
    Raises SimulationError where it does not start.
    """
    command = [sys.executable, "-m", "pipeline.simulate.site", *arguments(wanted)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _origin(process)
        finally:
            _stop(process)


def _origin(process: subprocess.Popen[str]) -> str:
    """The first line that the process prints."""
    output = _present(process.stdout)
    if not select.select([output], [], [], START_SECONDS)[0]:
        raise SimulationError(f"the simulated site said nothing for {START_SECONDS:.0f} s; needed: its origin. Is the machine overloaded?")
    line = output.readline().strip()
    if not line.startswith("http://127.0.0.1:"):
        raise SimulationError(
            f"the simulated site printed {line!r} instead of its origin and ended; its own message stands above. "
            f"To see it alone, run: {' '.join(map(str, process.args if isinstance(process.args, list) else [process.args]))}"
        )
    return line


def _present(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise SimulationError("the simulated site was started without pipes, so nobody can hear where it listens.")
    return stream


def _stop(process: subprocess.Popen[str]) -> None:
    """Closes its input; whoever does not go then is killed."""
    with contextlib.suppress(BrokenPipeError):
        _present(process.stdin).close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
