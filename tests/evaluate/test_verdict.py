import numpy as np
import pytest

from pipeline.evaluate.statistics import Draws
from pipeline.evaluate.verdict import compare, judge

DRAWS = Draws.over(np.arange(50), 0)
OURS = np.random.default_rng(0).random(50) * 0.2 + 0.4


def against(raw, centred, champion=0.4):
    values = {"raw": raw, "centred": centred, "cca": champion}
    return [compare(name, DRAWS, OURS, np.full(50, value)) for name, value in values.items()]


def test_a_model_above_raw_centred_and_shuffled_is_promoted():
    verdict = judge("cca", 0.5, against(0.01, 0.02), [0.01] * 20)
    assert verdict.promoted
    assert verdict.reasons == []
    assert [comparison.space for comparison in verdict.comparisons] == ["cca", "raw", "centred"]
    assert verdict.comparisons[0].ratio == pytest.approx(OURS.mean() / 0.4)
    assert "promoted" in verdict.sentence


@pytest.mark.parametrize(("raw", "centred", "named"), [(0.6, 0.02, "raw"), (0.01, 0.6, "centred")])
def test_a_model_below_raw_or_centred_is_not(raw, centred, named):
    verdict = judge("cca", 0.5, against(raw, centred), [0.01] * 20)
    assert not verdict.promoted
    assert named in verdict.reasons[0]


def test_a_model_that_shuffled_pairs_reach_is_not():
    verdict = judge("cca", 0.5, against(0.01, 0.02), [0.01] * 10 + [0.6] * 10)
    assert not verdict.promoted
    assert verdict.permutation_p == pytest.approx(11 / 21)
