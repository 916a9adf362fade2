"""Simulated people: their archives and their truth are written under RHIZOME_HOME, and their world is served for as long as a run asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from pipeline.people import Person
from pipeline.store import Home

WRITTEN = "2"  # raised whenever the simulator would write other archives or another truth of the same world


def with_simulated_archives(home: Home, person: Person) -> Person:
    """The person with the archives that their world holds for them; anybody real comes back as they are."""
    if person.simulated is None:
        return person
    folder = _written(home, person.simulated, person.person) / "archives"
    return person.model_copy(update={"archives": [str(path) for path in sorted(folder.iterdir())]})


def truth_of(home: Home, person: Person) -> Path | None:
    """Where a simulated person's truth stands; nobody real has one."""
    return _written(home, person.simulated, person.person) / "truth" if person.simulated else None


@contextmanager
def simulated_internet(world: str) -> Iterator[str]:
    """The origin of the world's server, in a process of its own so that drawing does not slow the crawler."""
    from pipeline.simulate.site import serve_in_process
    from pipeline.simulate.world import settings

    with serve_in_process(settings(world)) as origin:
        yield origin


def _written(home: Home, world: str, person: str) -> Path:
    """The folder `simulated/<world>/<person>`, written once by each `WRITTEN`; a killed attempt is begun again."""
    folder = home.root / "simulated" / world / person
    done = folder / "done"
    with FileLock(home.locks / f"simulated-{world}.lock"):
        if not done.exists() or done.read_text() != WRITTEN:
            _write(folder, world, person)
            done.write_text(WRITTEN)
    return folder


def _write(folder: Path, world_name: str, person: str) -> None:
    from pipeline.simulate.archives import write_archives
    from pipeline.simulate.truth import write_truth
    from pipeline.simulate.world import build, settings

    world = build(settings(world_name))
    write_archives(world, person, folder / "archives")
    write_truth(world, person, folder / "truth")
