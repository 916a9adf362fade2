"""The outside world as assets see it: where things are kept, who the person is, and what stands in for the internet."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.simulation import simulated_internet, with_simulated_archives
from pipeline.people import Person, find_person
from pipeline.settings import read_settings
from pipeline.store import Home


class Workplace(dg.ConfigurableResource["Workplace"]):
    """Home, people and internet, from RHIZOME_HOME, RHIZOME_PEOPLE and RHIZOME_CONNECT_TO at run time.

    A run holds its person for as long as it lasts; a second run of the same person waits, and says for whom. When it is over
    it publishes the warehouse's snapshot.
    """

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workplace"]:
        """Holds the lock of the run's person."""
        person = context.run.tags.get("dagster/partition") if context.run else None
        if person is None:
            yield self
            return
        home = self.home()
        with home.person_lock(person, tell=(context.log or dg.get_dagster_logger()).info):
            yield self
            home.warehouse.publish_snapshot()

    def home(self) -> Home:
        """The folder that holds everything."""
        return Home(read_settings().home)

    def person(self, name: str) -> Person:
        """The checked person file; a simulated person's archives are written first."""
        return with_simulated_archives(self.home(), find_person(read_settings().people, name))

    @contextmanager
    def internet(self, person: Person) -> Iterator[str | None]:
        """The origin every request goes to, or None for the real internet. Starts a simulated person's world."""
        if person.simulated is None:
            yield read_settings().connect_to
            return
        with simulated_internet(person.simulated) as origin:
            yield origin
