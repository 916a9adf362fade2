"""Ranks of what belongs to a query, and the figures that follow from them.

Queries are the texts of a pair set, the gallery all its images (swap the set for the other direction). A query's positives
are all the images it is paired with. Images of the query's own group that are not its positives are *left out* of its
ranking, neither right nor wrong, like the "junk" images of the Oxford buildings protocol (Philbin et al., 2007): a post's
other pictures carry the post's mood too, and counting them as errors would punish what is to be learned. Ties are broken
against us: a negative with the same similarity as a positive ranks before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.train.pairs import Index, PairSet, Vectors

CELLS = 16_000_000  # of the largest temporary array: 64 MB of float32
RECALLS = (1, 5, 10)
Figures = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Question:
    """Who is asked about what: distinct (query, positive) links and the groups that leave images out.

    `query` and `positive` int64[n_links] sorted by query; `query_groups` int64[n_q]; `gallery_groups` int64[n_g].
    """

    query: Index
    positive: Index
    query_groups: Index
    gallery_groups: Index

    @property
    def positives(self) -> Index:
        """How many positives each query has, int64[n_q]."""
        return np.bincount(self.query, minlength=len(self.query_groups)).astype(np.int64)


def question_of(pairs: PairSet) -> Question:
    """The retrieval question, from text to image, that a pair set asks."""
    links = np.unique(np.stack([pairs.text_index, pairs.image_index], axis=1), axis=0)
    return Question(links[:, 0], links[:, 1], pairs.texts.groups, pairs.images.groups)


def positive_ranks(similarity: Vectors, question: Question) -> tuple[Index, Index]:
    """(rank int64[n_links], order int64[n_links]) of each link, best first within its query.

    `rank` counts from 1 among positives and admissible negatives; `order` counts the query's positives up to this one.
    """
    value = similarity[question.query, question.positive]
    by_query = np.lexsort((-value, question.query))
    starts = np.searchsorted(question.query, np.arange(len(question.query_groups)))
    order = np.arange(len(value)) - starts[question.query] + 1
    before = _negatives_before(similarity, question)[by_query]
    return order + before, order


def _negatives_before(similarity: Vectors, question: Question) -> Index:
    """For each link, the admissible negatives whose similarity is at least the positive's."""
    before = np.empty(len(question.query), np.int64)
    step = max(1, CELLS // max(1, similarity.shape[1]))
    for start in range(0, len(question.query_groups), step):
        rows = np.arange(start, min(start + step, len(question.query_groups)))
        low, high = np.searchsorted(question.query, [rows[0], rows[-1] + 1])
        query, positive = question.query[low:high] - start, question.positive[low:high]
        negatives = np.sort(
            _only_negatives(similarity[rows], question.query_groups[rows], question.gallery_groups, query, positive), axis=1
        )
        value = similarity[rows][query, positive]
        bounds = np.searchsorted(query, np.arange(len(rows) + 1))
        for row in range(len(rows)):
            links = slice(bounds[row], bounds[row + 1])
            before[low:high][links] = negatives.shape[1] - np.searchsorted(negatives[row], value[links], side="left")
    return before


def _only_negatives(rows: Vectors, query_groups: Index, gallery_groups: Index, query: Index, positive: Index) -> Vectors:
    """`rows` with minus infinity for positives and for everything of the query's own group."""
    negatives: Vectors = np.where(query_groups[:, None] == gallery_groups[None, :], np.float32(-np.inf), rows)
    negatives[query, positive] = -np.inf
    return negatives


def figures_of(similarity: Vectors, question: Question) -> Figures:
    """recall@1, recall@5, recall@10 (at least one positive that high) and map@r, each float64[n_q].

    mAP@R (Musgrave et al., 2020): with R positives, (1/R) sum over ranks k <= R of precision at k where rank k is a
    positive. Five lines of it:

        >>> pairs = ...                                      # 1 text with 2 images, and 1 image of another group
        >>> figures_of(np.float32([[.9, .1, .5]]), question_of(pairs))["map@r"]
        array([0.5])                                         # the first is found at rank 1, the second only at rank 3
    """
    rank, order = positive_ranks(similarity, question)
    wanted = question.positives
    found = np.where(rank <= wanted[question.query], order / rank, 0.0)
    with np.errstate(invalid="ignore"):  # a query without positives has no figure
        figures = {"map@r": np.bincount(question.query, found, minlength=len(wanted)) / wanted}
    first = np.full(len(wanted), np.iinfo(np.int64).max)
    np.minimum.at(first, question.query, rank)
    return figures | {f"recall@{k}": (first <= k).astype(np.float64) for k in RECALLS}
