"""What training minimises."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

_OUT = -1e4  # a masked logit: e^-1e4 is zero in every float, and its gradient is zero, not NaN as of minus infinity


def info_nce(similarity: Tensor, rows: Tensor, columns: Tensor, weights: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Multi-positive InfoNCE from rows to columns, with masked negatives.

        - sum_i a_i sum_{p in P(i)} w_ip log[ e^{s_ip/t} / (e^{s_ip/t} + sum_{n in N(i)} e^{s_in/t}) ]

    with w_ip normalised over P(i) and a_i, the anchor's importance (its largest pair weight), normalised over anchors: each
    positive competes with the negatives alone, not with other positives (van den Oord et al., 2018; the multi-positive form
    of Khosla et al., 2020, "out"). `similarity` float[n, m]; link k ties `rows[k]` to `columns[k]` with `weights[k]` > 0;
    `negatives` bool[n, m] is N: it leaves out positives and the anchor's own group.

        >>> s = torch.tensor([[1.0, 0.0]])
        >>> link = torch.tensor([0])
        >>> info_nce(s, link, link, torch.ones(1), torch.tensor([[False, True]]), 1.0)     # -log(e / (e + 1))
        tensor(0.3133)
    """
    logits = similarity / temperature
    against = logits.masked_fill(~negatives, _OUT).logsumexp(dim=1)
    losses = softplus(against[rows] - logits[rows, columns])
    grid = torch.zeros(similarity.shape).index_put((rows, columns), weights)
    total, largest = grid.sum(dim=1), grid.amax(dim=1)
    shares = weights / total[rows] * largest[rows] / largest.sum()
    return (shares * losses).sum()


def symmetric_info_nce(similarity: Tensor, rows: Tensor, columns: Tensor, weights: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """The mean of `info_nce` from rows to columns and from columns to rows."""
    forward = info_nce(similarity, rows, columns, weights, negatives, temperature)
    backward = info_nce(similarity.T, columns, rows, weights, negatives.T, temperature)
    return (forward + backward) / 2
