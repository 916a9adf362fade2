"""What the tests of duplicates share: the alterations that copies undergo, and pictures of the simulated world."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def alterations():
    """The module `alterations.py`."""
    spec = importlib.util.spec_from_file_location("alterations", Path(__file__).parent / "alterations.py")
    module = sys.modules["alterations"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
