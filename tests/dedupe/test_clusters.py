from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe.clusters import Clusters, joined
from pipeline.dedupe.links import Link

NAMES = st.sampled_from("abcdefghij")
PAIRS = st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1])
LINKS = st.lists(
    st.builds(lambda pair, d: Link.between(*pair, "near_words", d), PAIRS, st.floats(0, 0.4, allow_nan=False)), max_size=20, unique=True
)


def slow_roots(pairs):
    groups = [{name} for name in "abcdefghij"]
    for one, other in pairs:
        together = set().union(*(group for group in groups if one in group or other in group))
        groups = [group for group in groups if not group & together] + [together]
    return {name: min(group) for group in groups for name in group}


def slow_joined(links, never):
    """Link by link, the strongest first; one that would bring two of `never` together is left out."""
    followed = []
    for link in sorted(links, key=Link.strength):
        roots = slow_roots([*followed, (link.a, link.b)])
        if not any(roots[one] == roots[other] for one, other in never):
            followed.append((link.a, link.b))
    return slow_roots(followed)


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


@given(LINKS, st.lists(PAIRS, max_size=4), st.randoms())
def test_what_must_stay_apart_stays_apart_and_all_else_is_joined_in_any_order(links, never, random):
    apart = {name: {b if a == name else a for a, b in never if name in (a, b)} for pair in never for name in pair}
    shuffled = list(links)
    random.shuffle(shuffled)
    clusters, cut = joined(shuffled, apart)
    assert {name: clusters.root(name) for name in "abcdefghij"} == slow_joined(links, never)
    assert all(clusters.root(link.a) != clusters.root(link.b) for link in cut)


def test_of_a_chain_between_two_that_must_stay_apart_the_weakest_link_is_cut():
    links = [Link("a", "b", "same_bytes"), Link("b", "c", "near_picture", 0.3), Link("c", "d", "near_picture", 0.1)]
    _, cut = joined(links, {"a": {"d"}, "d": {"a"}})
    assert cut == [links[1]]
