import numpy as np
import pytest

from pipeline.evaluate.results import Kept
from pipeline.evaluate.statistics import Draws
from pipeline.evaluate.verdict import compare, judge

DRAWS = Draws.over(np.arange(50), 0)
OURS = np.random.default_rng(0).random(50) * 0.2 + 0.4


def against(raw, centred, champion=0.4, **more):
    values = {"raw": raw, "centred": centred, "cca": champion} | more
    return [compare(name, DRAWS, OURS, np.full(50, value)) for name, value in values.items()]


def point(strength, recall, half=0.02):
    return Kept(
        strength=strength, captions="all", recall_at_1=recall / 2, recall_at_10=recall, recall_at_10_low=recall - half,
        recall_at_10_high=recall + half, association=0.5, n=100, gallery=100,
    )  # fmt: skip


LOST, KEPT = [point(0.0, 0.95), point(1.0, 0.01)], [point(0.0, 0.95), point(1.0, 0.94)]


def said(champion, kept=(), **more):
    return judge("cca", against(0.01, 0.02, champion, **more), 0.5, [0.01] * 20, kept).sentence


def test_a_model_above_raw_centred_and_shuffled_is_promoted():
    verdict = judge("cca", against(0.01, 0.02), 0.5, [0.01] * 20, [])
    assert verdict.promoted
    assert (verdict.reached, verdict.permutation_p) == (0, pytest.approx(1 / 21))
    assert verdict.reasons == []
    assert [comparison.space for comparison in verdict.comparisons] == ["cca", "raw", "centred"]
    assert verdict.comparisons[0].ratio == pytest.approx(OURS.mean() / 0.4)


@pytest.mark.parametrize(("raw", "centred", "named"), [(0.6, 0.02, "raw"), (0.01, 0.6, "centred")])
def test_a_model_below_raw_or_centred_is_not(raw, centred, named):
    verdict = judge("cca", against(raw, centred), 0.5, [0.01] * 20, [])
    assert not verdict.promoted
    assert named in verdict.reasons[0]


def test_a_model_that_shuffled_pairs_reach_is_not():
    verdict = judge("cca", against(0.01, 0.02), 0.5, [0.01] * 10 + [0.6] * 10, [])
    assert not verdict.promoted
    assert verdict.reasons == ["10 of 20 refits on shuffled pairs do as well"]
    assert verdict.permutation_p == pytest.approx(11 / 21)


def test_the_first_line_says_which_champion_by_how_much_and_at_what_cost():
    level = OURS.mean()
    sentence = said(level, LOST, oracle_encoder=level / 0.8)
    assert sentence.startswith("The adapter ties CCA, the best closed form (1.00 of its score, 0.9")
    assert sentence.endswith("), at 0.80 of the encoder’s ceiling; it costs 94 points of R@10 on literal captions.")


def test_the_first_line_names_a_win_a_loss_and_a_tie():
    level = OURS.mean()
    assert [said(level * factor).split()[2] for factor in (0.5, 1.0, 2.0)] == ["beats", "ties", "falls"]


def test_the_first_line_claims_no_cost_that_was_not_measured():
    assert said(0.4).endswith("on held-out associations; what it costs on literal captions was not measured.")
    assert said(0.4, KEPT).endswith("it costs nothing measurable on literal captions.")
