"""The opening says plainly who won, by how much, and at what cost."""

from dataclasses import replace

import pytest

from pipeline.evaluate.results import Comparison, Counts, Verdict
from pipeline.evaluate.verdict_text import opening
from pipeline.pair.splits import TEST_GROUPS


def comparison(space, low, middle, high):
    ratios = {"ratio": 1 + middle, "ratio_low": 1 + low, "ratio_high": 1 + high}
    return Comparison(space=space, difference=middle, difference_low=low, difference_high=high, **ratios)


def judged(results, *comparisons, promoted, reasons=(), sentence="What came of it."):
    verdict = Verdict(
        promoted=promoted, sentence=sentence, reasons=list(reasons), champion="cca", comparisons=list(comparisons), permutation_p=None,
        reached=0,
    )  # fmt: skip
    return replace(results, verdict=verdict)


def said(results, warnings=()):
    return " ".join(opening(results, list(warnings)).sentences)


def test_a_winner_is_named_with_its_interval(evaluated):
    found = opening(evaluated.results, [])
    assert found.headline == evaluated.results.verdict.sentence
    assert found.standing == "Promoted"
    assert found.sentences[0] == (
        "Where choices are made, on folds of training and on validation together, the adapter came first with mAP@R 0.600, "
        "before CCA with 0.560."
    )
    assert (
        "the adapter beats CCA by 0.040 mAP@R (95% interval 0.020 to 0.060). Its score is 1.07 times that of CCA (1.04–1.11)."
        in found.sentences[1]
    )


def test_a_loser_is_said_to_lose_and_why(evaluated):
    lost = judged(evaluated.results, comparison("cca", -0.09, -0.06, -0.03), promoted=False, reasons=["it does not beat the centred space"])
    found = opening(lost, [])
    assert found.standing == "Not promoted"
    assert "the adapter does not beat CCA: it falls behind by 0.060 mAP@R (95% interval −0.090 to −0.030)" in " ".join(found.sentences)
    assert found.sentences[-1] == "Not promoted: it does not beat the centred space."


def test_a_difference_within_the_interval_is_no_win(evaluated):
    close = judged(evaluated.results, comparison("cca", -0.01, 0.02, 0.05), promoted=True)
    assert "does not beat CCA beyond doubt: it is 0.020 mAP@R ahead, and zero lies within the interval" in said(close)


def test_a_model_that_loses_to_the_raw_encoder_says_so(evaluated):
    worse = judged(evaluated.results, comparison("raw", -0.03, -0.02, -0.01), comparison("centred", 0.01, 0.02, 0.03), promoted=False)
    assert "It does not beat the raw encoder: it falls behind by 0.020 mAP@R (−0.030 to −0.010), and it beats the centred encoder" in said(
        worse
    )


def test_a_champion_that_is_the_raw_encoder_is_compared_once(evaluated):
    worse = judged(evaluated.results, comparison("raw", -0.03, -0.02, -0.01), promoted=False)
    plain = replace(worse, verdict=replace(worse.verdict, champion="raw"))
    assert said(plain).count("does not beat the raw encoder") == 1


@pytest.mark.parametrize("groups", [0, 1, TEST_GROUPS - 1])
def test_too_few_groups_are_said_before_any_figure(evaluated, groups):
    few = replace(evaluated.results, counts=[Counts(split="test", texts=4, images=6, pairs=9, groups=groups)])
    found = opening(few, [])
    assert found.standing == "Promoted: too little data"
    needed = f"the test holds {groups} independent groups, and intervals need {TEST_GROUPS} or more."
    assert found.sentences[0] == f"Too little data to judge by: {needed}"


def test_nothing_is_claimed_of_an_adapter_without_scores(evaluated):
    silent = replace(judged(evaluated.results, promoted=False), scores=[], kept=[], validation={})
    found = opening(silent, [])
    assert found.standing == "Not promoted: too little data"
    assert "nothing is claimed about it" in found.sentences[0]
    assert len(found.sentences) == 2  # and that the cost is unknown


def test_the_cost_in_literal_captions_is_told(evaluated):
    assert "On literal captions the model costs 0.800 of R@10" in said(evaluated.results)
    assert "0.980 with the raw encoder" in said(evaluated.results)


def test_without_captions_the_cost_is_said_to_be_unknown(evaluated):
    assert "could not be measured" in said(replace(evaluated.results, kept=[]))


def test_a_failed_check_stands_near_the_top(evaluated):
    assert opening(evaluated.results, ["Leaks between splits: 3."]).sentences[0] == "Leaks between splits: 3."


def test_controls_stand_with_their_permutation(evaluated):
    told = said(evaluated.results)
    assert "the same training on shuffled pairs comes to 0.006 (0.006–0.006), and 0 of 20 refits reach the adapter" in told
    assert "another person’s adapter comes to 0.030" in told


def test_what_training_added_to_its_start_is_said(evaluated):
    gained = judged(evaluated.results, comparison("start", 0.01, 0.02, 0.03), promoted=True)
    assert "Training took 600 steps: the adapter beats its own start by 0.020 mAP@R (0.010 to 0.030)." in said(gained)


def test_training_that_took_no_step_says_so(evaluated):
    for start, named in (("closed_form", "a closed form"), ("identity", "the whitened encoder")):
        still = replace(evaluated.results, settings={"steps": 0, "start": start})
        assert f"so no step was taken and the adapter is that start, {named}." in said(still)


def test_the_start_is_no_rival_where_choices_are_told(evaluated):
    tied = replace(evaluated.results, validation=evaluated.results.validation | {"start": 0.6})
    assert "the adapter came first with mAP@R 0.600, before CCA with 0.560" in said(tied)
