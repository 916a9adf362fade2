"""python -m pipeline.simulate.site [--world NAME] [--posts N] [--seed S] ...: serves a world until standard input closes."""

import argparse
import contextlib
import dataclasses
import sys

from pipeline.simulate.drawing import jpeg
from pipeline.simulate.site.server import serve
from pipeline.simulate.world import WorldSettings, build, settings


def parse(arguments: list[str]) -> WorldSettings:
    """The settings that the command line asks for: a named world's, with whatever else is given put in its place."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.simulate.site", description="Serves a simulated world on 127.0.0.1.")
    parser.add_argument("--world", default="demo", help="the named world to start from")
    for option in dataclasses.fields(WorldSettings):
        if isinstance(option.default, bool):
            parser.add_argument(f"--{option.name}", action=argparse.BooleanOptionalAction)
        else:
            parser.add_argument(f"--{option.name}", type=type(option.default))
    given = vars(parser.parse_args(arguments))
    named = settings(given.pop("world"))
    return dataclasses.replace(named, **{name: value for name, value in given.items() if value is not None})


def main() -> None:
    """Prints the origin, and serves until whoever started this closes its end of standard input, or dies."""
    with contextlib.suppress(KeyboardInterrupt), serve(build(parse(sys.argv[1:])), jpeg) as served:
        print(served.origin, flush=True)
        while sys.stdin.buffer.read(4096):
            pass


if __name__ == "__main__":
    main()
