"""Union-find: from links to flat clusters."""

from collections.abc import Iterable


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
