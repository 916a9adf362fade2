"""Union-find: from links to flat clusters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pipeline.dedupe.links import Link


class Clusters:
    """Which things belong together. The representative of a cluster is its smallest member, whatever the order of joining."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        """The smallest member of the cluster that `name` is in; itself where it stands alone."""
        path = []
        while (parent := self._parent.get(name, name)) != name:
            path.append(name)
            name = parent
        for step in path:
            self._parent[step] = name
        return name

    def join(self, one: str, other: str) -> None:
        """Makes the clusters of the two one."""
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low

    def join_all(self, names: Iterable[str]) -> None:
        """Makes the clusters of all of them one."""
        ordered = sorted(names)
        for other in ordered[1:]:
            self.join(ordered[0], other)


def joined(links: Iterable[Link], apart: Mapping[str, set[str]]) -> tuple[Clusters, list[Link]]:
    """The clusters that links make, and the links that were cut because they would have put two into one that must stay apart.

    `apart`: name -> the names it may share no cluster with, both ways. The strongest links are followed first, so of a chain
    between two such names the weakest link is the one that is cut.
    """
    clusters, cut = Clusters(), list[Link]()
    members: dict[str, set[str]] = defaultdict(set, {name: {name} for name in apart})  # root -> those of its cluster that `apart` names
    for link in sorted(links, key=Link.strength):
        one, other = clusters.root(link.a), clusters.root(link.b)
        if one == other:
            continue
        if any(apart[name] & members[other] for name in members[one]):
            cut.append(link)
            continue
        clusters.join(one, other)
        low, high = sorted((one, other))
        members[low] |= members.pop(high, set())
    return clusters, sorted(cut)
