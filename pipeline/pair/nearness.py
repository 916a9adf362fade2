"""How a document is reached along the person's own links, and how much that makes it theirs."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.pair.material import Material

FARTHER = 0.5  # what each link beyond a document's hop leaves of a weight: one they linked to is nearer than one of a feed they follow


@dataclass(frozen=True)
class Nearness:
    """Document (or source) -> the kinds of links that lead to it from the person's own, the shortest way. Own things: no link."""

    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def factor(self, document_id: str, hop: int) -> float:
        """FARTHER for each link of the way beyond the hop. One where no way is known: nothing speaks against it."""
        return FARTHER ** max(0, len(self.paths.get(document_id, ())) - hop)


def nearness(material: Material) -> Nearness:
    """Breadth first over all edges, in the order of the table, so that the same edges give the same ways."""
    out: dict[str, list[tuple[str, str]]] = {}
    for edge in material.edges:
        out.setdefault(edge.src_id, []).append((edge.dst_id, edge.kind))
    own_documents = (name for name, document in material.documents.items() if document.hop == 0)
    own_pictures = (name for name, picture in material.pictures.items() if picture.hop == 0)
    paths: dict[str, tuple[str, ...]] = dict.fromkeys(sorted({*material.own_sources, *own_documents, *own_pictures}), ())
    queue = deque(paths)
    while queue:
        name = queue.popleft()
        for other, kind in out.get(name, ()):
            if other not in paths:
                paths[other] = (*paths[name], kind)
                queue.append(other)
    return Nearness(paths)
