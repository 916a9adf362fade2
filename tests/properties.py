"""Property tests: a light search in the default run, ten thousand examples each in `make test-slow`. The one place that sets either."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

LIGHT, THOROUGH = "light", "thorough"  # profiles; conftest.py loads one, by whether `-m` names the marker `properties`
EXAMPLES = 10_000
Test = TypeVar("Test", bound=Callable[..., Any])

# No deadlines: two busy cores stall anything. The light search is the same every time, so that nobody's unrelated change fails by luck.
settings.register_profile(LIGHT, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(THOROUGH, deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def holds_for(*strategies: SearchStrategy[Any], light: int = 100, **named: SearchStrategy[Any]) -> Callable[[Test], Test]:
    """Hypothesis' `given`, with `light` examples in the default run and ten thousand in the marked one."""
    examples = EXAMPLES if settings.get_current_profile_name() == THOROUGH else light

    def decorate(test: Test) -> Test:
        return pytest.mark.properties(settings(max_examples=examples)(given(*strategies, **named)(test)))

    return decorate
