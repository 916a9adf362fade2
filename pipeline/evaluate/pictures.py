"""What the report shows besides figures: nearest pictures before and after, cosines as histograms, a map of held-out items."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.results import Example, Histogram, MapPoint, Neighbour, Similarities
from pipeline.store import Home
from pipeline.train.pairs import Index, PairSet
from pipeline.train.spaces import AffineSpace

BLOBS = "select sha256, blob_sha256 from images where sha256 is not null and blob_sha256 is not null order by image_url"
EXAMPLES, NEAREST, BINS, ON_MAP = 6, 6, 40, 250


def examples(home: Home, person: str, pairs: PairSet, raw: AffineSpace, adapter: AffineSpace) -> list[Example]:
    """Held-out passages with their nearest pictures: the lowest sha256 of each group, and of these the six lowest."""
    chosen = _chosen(pairs)
    passages = {
        row["artefact_id"]: row for row in home.warehouse.rows("select artefact_id, text, url from passages where person = ?", person)
    }
    blobs = {row["sha256"]: row["blob_sha256"] for row in home.warehouse.rows(BLOBS)}
    scores = [space.similarity(pairs.texts.vectors[chosen], pairs.images.vectors) for space in (raw, adapter)]
    found = []
    for row, text in enumerate(chosen):
        positives = set(pairs.image_index[pairs.text_index == text].tolist())
        nearest = [np.argsort(-score[row], kind="stable")[:NEAREST] for score in scores]
        before, after = (_shown(index, score[row], pairs, positives, blobs) for index, score in zip(nearest, scores, strict=True))
        passage = passages[pairs.texts.ids[text]]
        own = _shown(np.array(sorted(positives, key=lambda i: -scores[1][row, i])[:NEAREST]), scores[1][row], pairs, positives, blobs)
        found.append(
            Example(
                passage_id=pairs.texts.ids[text], text=passage["text"], url=passage["url"] or "", before=before, after=after, positives=own
            )
        )
    return found


def _chosen(pairs: PairSet) -> list[int]:
    """Texts are in order of their sha256, so the first of each group is its lowest."""
    _, first = np.unique(pairs.texts.groups, return_index=True)
    return sorted(int(i) for i in first)[:EXAMPLES]


def _shown(index: Index, scores: NDArray[np.float32], pairs: PairSet, positives: set[int], blobs: dict[str, str]) -> list[Neighbour]:
    return [
        Neighbour(
            artefact_id=pairs.images.ids[i],
            sha256=pairs.images.sha256[i],
            blob_sha256=blobs[pairs.images.sha256[i]],
            similarity=float(scores[i]),
            relevant=int(i) in positives,
        )
        for i in index
    ]


def histograms(space: AffineSpace, pairs: PairSet) -> list[Histogram]:
    """Cosines of matched pairs, of texts and images of different groups, and of distinct texts and distinct images."""
    edges = np.linspace(-1, 1, BINS + 1)
    return [
        Histogram(
            space=space.name,
            what=what,
            edges=[float(edge) for edge in edges],
            counts=[int(count) for count in np.histogram(np.clip(cosines, -1, 1), edges)[0]],
        )
        for what, cosines in _cosines(space, pairs)
    ]


def _cosines(space: AffineSpace, pairs: PairSet) -> Iterator[tuple[Similarities, NDArray[np.float32]]]:
    texts, images = space.map_texts(pairs.texts.vectors), space.map_images(pairs.images.vectors)
    across = texts @ images.T
    yield "matched", across[pairs.text_index, pairs.image_index]
    yield "unmatched", across[pairs.texts.groups[:, None] != pairs.images.groups[None, :]]
    yield "text_text", (texts @ texts.T)[np.triu_indices(len(texts), 1)]
    yield "image_image", (images @ images.T)[np.triu_indices(len(images), 1)]


def map_points(space: AffineSpace, pairs: PairSet) -> list[MapPoint]:
    """Up to 250 texts and 250 images on the two main axes of all held-out items in one space."""
    texts, images = space.map_texts(pairs.texts.vectors), space.map_images(pairs.images.vectors)
    pooled = np.concatenate([texts, images])
    centred = pooled - pooled.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    plane = centred @ _signed(axes[:, :-3:-1])
    points: list[MapPoint] = []
    for modality, items, where in (("text", pairs.texts, plane[: len(texts)]), ("image", pairs.images, plane[len(texts) :])):
        kept: Sequence[int] = range(min(len(items), ON_MAP))
        points += [
            MapPoint(
                space=space.name,
                modality="text" if modality == "text" else "image",
                artefact_id=items.ids[i],
                group=str(items.groups[i]),
                x=float(where[i, 0]),
                y=float(where[i, 1]),
            )
            for i in kept
        ]
    return points


def _signed(axes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Axes turned so that their largest entry is positive: an eigenvector's sign means nothing and would mirror the map."""
    largest = np.abs(axes).argmax(axis=0)
    turned: NDArray[np.float32] = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    return turned
