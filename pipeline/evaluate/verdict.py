"""What the figures come to: which baseline was to be beaten, by how much it was, and whether the model is promoted."""

from collections.abc import Mapping, Sequence

from pipeline.evaluate.kept import costs_nothing, ends
from pipeline.evaluate.results import Comparison, Kept, Verdict
from pipeline.evaluate.statistics import Draws, Values, difference_interval, permutation_p, ratio_interval
from pipeline.evaluate.wording import interval, number, the

REQUIRED = ("raw", "centred")  # a model that does not beat these is not promoted
P_LIMIT = 0.05


def compare(name: str, draws: Draws, ours: Values, theirs: Values) -> Comparison:
    """The adapter beside one space, query by query."""
    ratio, ratio_low, ratio_high = ratio_interval(draws, ours, theirs)
    difference, low, high = difference_interval(draws, ours, theirs)
    ratio = min(ratio, 1e6)  # infinity, over a space that finds nothing, is no JSON
    return Comparison(
        space=name,
        ratio=ratio,
        ratio_low=min(ratio_low, 1e6),
        ratio_high=min(ratio_high, 1e6),
        difference=difference,
        difference_low=low,
        difference_high=high,
    )


def judge(champion: str, comparisons: Sequence[Comparison], adapter: float, shuffled: Sequence[float], kept: Sequence[Kept]) -> Verdict:
    """Promoted where the adapter beats raw and centred with the whole interval, and the shuffled refits at p <= 0.05.

    `adapter` and `shuffled` are mAP@R of the adapter and of each refit.
    """
    by_name = {comparison.space: comparison for comparison in comparisons}
    reached, p = sum(value >= adapter for value in shuffled), permutation_p(adapter, shuffled) if shuffled else None
    reasons = [_short(by_name[name]) for name in REQUIRED if by_name[name].difference_low <= 0]
    if p is not None and p > P_LIMIT:
        reasons.append(f"{reached} of {len(shuffled)} refits on shuffled pairs do as well")
    ordered = [by_name[champion], *(comparison for comparison in comparisons if comparison.space != champion)]
    return Verdict(
        promoted=not reasons,
        sentence=_sentence(champion, by_name, kept),
        reasons=reasons,
        champion=champion,
        comparisons=ordered,
        permutation_p=p,
        reached=reached,
    )


def _short(against: Comparison) -> str:
    return (
        f"it does not beat {the(against.space)}: the difference is {against.difference:+.3f} "
        f"({against.difference_low:+.3f} to {against.difference_high:+.3f})"
    )


def _sentence(champion: str, by_name: Mapping[str, Comparison], kept: Sequence[Kept]) -> str:
    """Which champion, by how much, how far from what the encoder lets through, and at what cost to what it knew."""
    best, ceiling = by_name[champion], by_name.get("oracle_encoder")
    spread = f"{number(best.ratio, 2)} of its score, {interval(best.ratio_low, best.ratio_high, 2)}"
    at = f" at {number(ceiling.ratio, 2)} of the encoder’s ceiling" if ceiling else ""
    return f"The adapter {_won(best)} {the(champion)}, the best closed form ({spread}),{at or ' on held-out associations'}; {_cost(kept)}."


def _won(against: Comparison) -> str:
    if against.difference_low > 0:
        return "beats"
    return "falls behind" if against.difference_high < 0 else "ties"


def _cost(kept: Sequence[Kept]) -> str:
    found = ends(kept)
    if found is None:
        return "what it costs on literal captions was not measured"
    before, after = found
    if costs_nothing(before, after):
        return "it costs nothing measurable on literal captions"
    return f"it costs {100 * (before.recall_at_10 - after.recall_at_10):.0f} points of R@10 on literal captions"
