"""The raw encoder and CCA under the other ways to split: what cutting ties let through, what time costs, how much chance flatters.

CCA is fitted anew on each way's training pairs, under the settings that selection chose for it on the main split; it stands for
whatever learns from pairs, since it is as good as the adapter and takes no time.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.store import Home
from pipeline.train.closed_form import cca
from pipeline.train.data import load_variants
from pipeline.train.recipe import Recipe
from pipeline.train.select import Exam
from pipeline.train.spaces import raw_space
from pipeline.train.whiten import moments_of


def other_ways(home: Home, person: str, encoder_id: str, recipe: Recipe, settings: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """Rows of `evaluations`: mAP@R, text to image, over all queries of a way (folds together); `split` is the way, and of the grid
    the cell. A way without training or test pairs gives none."""
    marks: dict[tuple[str, str], list[tuple[float, int, int]]] = defaultdict(list)
    for data in load_variants(home, person, encoder_id, recipe):
        exam, moments = Exam.of(data.test), moments_of(data.train)
        for space in (raw_space(len(moments.text_mean)), cca(moments, **settings)):
            marks[space.name, data.name].append((*exam.marks(space), len(data.test.images)))
    for (space_name, way), found in marks.items():
        totals, queries, galleries = zip(*found, strict=True)
        yield {
            "space": space_name, "split": way, "metric": "map@r", "direction": "text_to_image",
            "value": sum(totals) / sum(queries), "n": sum(queries), "gallery": max(galleries),
        }  # fmt: skip
