from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe.clusters import Clusters

NAMES = st.sampled_from("abcdefghij")


def slow_roots(pairs):
    groups = [{name} for name in "abcdefghij"]
    for one, other in pairs:
        joined = set().union(*(group for group in groups if one in group or other in group))
        groups = [group for group in groups if not group & joined] + [joined]
    return {name: min(group) for group in groups for name in group}


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_root_is_the_smallest_name_that_links_lead_to(pairs):
    clusters = Clusters()
    for one, other in pairs:
        clusters.join(one, other)
    assert {name: clusters.root(name) for name in "abcdefghij"} == slow_roots(pairs)


def test_join_all_of_nothing_joins_nothing():
    clusters = Clusters()
    clusters.join_all([])
    assert clusters.root("a") == "a"
