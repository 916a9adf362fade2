import numpy as np
import pytest
import torch

from pipeline.train.objectives import info_nce, symmetric_info_nce


def slow_loss(s, links, negatives, t):
    """The formula, term by term."""
    anchors = sorted({row for row, _, _ in links})
    largest = {a: max(w for row, _, w in links if row == a) for a in anchors}
    total = 0.0
    for a in anchors:
        mine = [(column, w) for row, column, w in links if row == a]
        against = sum(np.exp(s[a, n] / t) for n in range(s.shape[1]) if negatives[a, n])
        loss = -sum(w * np.log(np.exp(s[a, p] / t) / (np.exp(s[a, p] / t) + against)) for p, w in mine) / sum(w for _, w in mine)
        total += largest[a] * loss
    return total / sum(largest.values())


@pytest.fixture
def case():
    random = np.random.default_rng(3)
    links = [(0, 0, 1.0), (0, 1, 0.5), (1, 1, 0.25), (2, 3, 1.0), (2, 4, 0.1)]
    negatives = random.random((4, 6)) < 0.6
    for row, column, _ in links:
        negatives[row, column] = False
    return random.normal(size=(4, 6)), links, negatives


def tensors(case):
    s, links, negatives = case
    rows, columns, weights = zip(*links, strict=True)
    similarity = torch.tensor(s, dtype=torch.float32, requires_grad=True)
    return similarity, torch.tensor(rows), torch.tensor(columns), torch.tensor(weights), torch.from_numpy(negatives)


def test_info_nce_equals_the_sum_of_its_terms(case):
    assert info_nce(*tensors(case), 0.3).item() == pytest.approx(slow_loss(*case, 0.3), rel=1e-5)


def test_the_symmetric_loss_is_the_mean_of_both_directions(case):
    s, links, negatives = case
    back = slow_loss(s.T, [(column, row, w) for row, column, w in links], negatives.T, 0.3)
    assert symmetric_info_nce(*tensors(case), 0.3).item() == pytest.approx((slow_loss(*case, 0.3) + back) / 2, rel=1e-5)


def test_the_example_of_the_docstring():
    link = torch.tensor([0])
    loss = info_nce(torch.tensor([[1.0, 0.0]]), link, link, torch.ones(1), torch.tensor([[False, True]]), 1.0)
    assert float(loss) == pytest.approx(0.3133, abs=1e-4)


def test_an_anchor_without_negatives_costs_nothing_and_has_a_finite_gradient(case):
    similarity, rows, columns, weights, negatives = tensors(case)
    loss = info_nce(similarity, rows, columns, weights, torch.zeros_like(negatives), 0.05)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.isfinite(similarity.grad).all()


def test_masked_cells_pull_at_nothing(case):
    similarity, rows, columns, weights, negatives = tensors(case)
    info_nce(similarity, rows, columns, weights, negatives, 0.3).backward()
    touched = negatives.clone()
    touched[rows, columns] = True
    assert (similarity.grad[~touched] == 0).all()
