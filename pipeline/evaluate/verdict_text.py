"""The report's opening in words: what came of it, by how much, and at what cost, in the order a reader asks."""

from dataclasses import dataclass

from pipeline.evaluate.kept import costs_nothing, ends
from pipeline.evaluate.results import Comparison, EvaluationResults, Score
from pipeline.evaluate.wording import count, interval, number, sentence, the
from pipeline.pair.splits import TEST_GROUPS


@dataclass(frozen=True)
class Opening:
    """`headline` is the verdict's own sentence, `standing` what became of the model, `sentences` the figures behind both."""

    headline: str
    standing: str
    promoted: bool
    sentences: list[str]


def opening(results: EvaluationResults, warnings: list[str]) -> Opening:
    """The verdict in words. `warnings` are details of stored verdicts that were not kept (a leak, too little data)."""
    verdict, thin = results.verdict, too_little(results)
    standing = "Promoted" if verdict.promoted else "Not promoted"
    parts = [
        thin,
        *warnings,
        _validation(results),
        _against_champion(results),
        _against_encoder(results),
        _against_start(results),
        _cost(results),
        _controls(results),
    ]
    if verdict.reasons and not verdict.promoted:
        parts.append("Not promoted: " + "; ".join(reason.rstrip(".") for reason in verdict.reasons) + ".")
    return Opening(verdict.sentence, standing + (": too little data" if thin else ""), verdict.promoted, [part for part in parts if part])


def too_little(results: EvaluationResults) -> str:
    """A sentence where the test is too small to judge by; empty where it is not."""
    groups = sum(counts.groups for counts in results.counts if counts.split == "test")
    if results.score("adapter", "map@r") is None:
        return "Too little data: the adapter could not be scored on held-out associations, so nothing is claimed about it."
    if groups < TEST_GROUPS:
        return f"Too little data to judge by: the test holds {groups} independent groups, and intervals need {TEST_GROUPS} or more."
    return ""


def _against_champion(results: EvaluationResults) -> str:
    comparison = _comparison(results, results.verdict.champion)
    if comparison is None:
        return ""
    times = (
        f"{number(comparison.ratio, 2)} times that of {the(comparison.space)} ({interval(comparison.ratio_low, comparison.ratio_high, 2)})"
    )
    return f"On the held-out test the adapter {_outcome(comparison, '95% interval ')}. Its score is {times}."


def _against_encoder(results: EvaluationResults) -> str:
    spaces = [space for space in ("raw", "centred") if space != results.verdict.champion]
    found = [comparison for space in spaces if (comparison := _comparison(results, space))]
    return sentence(", and it ".join(["It " + _outcome(comparison) for comparison in found[:1]] + [_outcome(c) for c in found[1:]]))


def _against_start(results: EvaluationResults) -> str:
    """What training has added to where it began."""
    if results.settings["steps"] == 0:
        start = "a closed form" if results.settings["start"] == "closed_form" else "the whitened encoder"
        return (
            "Training added nothing here: where choices are made it did not better its start beyond doubt, so no step was taken and the "
            f"adapter is that start, {start}."
        )
    comparison = _comparison(results, "start")
    return f"Training took {count(results.settings['steps'], 'step')}: the adapter {_outcome(comparison)}." if comparison else ""


def _outcome(comparison: Comparison, kind: str = "") -> str:
    """`beats …`, or `does not beat …` and what the interval says, in one clause; `kind` names the interval where it comes first."""
    name, size = the(comparison.space), number(abs(comparison.difference))
    span = f"{kind}{number(comparison.difference_low)} to {number(comparison.difference_high)}"
    if comparison.difference_low > 0:
        return f"beats {name} by {size} mAP@R ({span})"
    if comparison.difference_high < 0:
        return f"does not beat {name}: it falls behind by {size} mAP@R ({span})"
    side = "ahead" if comparison.difference > 0 else "behind"
    return f"does not beat {name} beyond doubt: it is {size} mAP@R {side}, and zero lies within the interval ({span})"


def _validation(results: EvaluationResults) -> str:
    measured = {space: value for space, value in results.validation.items() if space != "start"}
    if not measured:
        return ""
    first, *others = sorted(measured, key=lambda space: -measured[space])
    behind = f", before {the(others[0])} with {number(measured[others[0]])}" if others else ""
    won = f"{the(first)} came first with mAP@R {number(measured[first])}{behind}"
    return f"Where choices are made, on folds of training and on validation together, {won}."


def _cost(results: EvaluationResults) -> str:
    found = ends(results.kept)
    if found is None:
        return "What this costs of what the encoder knew could not be measured: there are no literal captions to try it on."
    before, after = found
    drop = before.recall_at_10 - after.recall_at_10
    price = "costs nothing measurable" if costs_nothing(before, after) else f"costs {number(drop)} of R@10"
    return (
        f"On literal captions the model {price}: the picture is among the first ten of {after.gallery:,} for {number(after.recall_at_10)} "
        f"({interval(after.recall_at_10_low, after.recall_at_10_high)}) of captions, {number(before.recall_at_10)} with the raw encoder."
    )


def _controls(results: EvaluationResults) -> str:
    shuffled, other = results.score("shuffled", "map@r"), results.score("other_person", "map@r")
    clauses = []
    if shuffled is not None:
        reached = f"{results.verdict.reached} of {count(shuffled.n, 'refit')} reach the adapter"
        clauses.append(f"the same training on shuffled pairs comes to {_value(shuffled)}, and {reached}")
    if other is not None:
        clauses.append(f"another person’s adapter comes to {_value(other)}")
    return sentence("Controls: " + "; ".join(clauses)) if clauses else ""


def _comparison(results: EvaluationResults, space: str) -> Comparison | None:
    return next((comparison for comparison in results.verdict.comparisons if comparison.space == space), None)


def _value(score: Score) -> str:
    return number(score.value) + (f" ({span})" if (span := interval(score.low, score.high)) else "")
