import pytest

from pipeline.simulate.model import World
from pipeline.simulate.world import build, settings


@pytest.fixture(scope="session")
def demo() -> World:
    """The demo's world, built once."""
    return build(settings("demo"))
