"""What the figures come to: which baseline was to be beaten, by how much it was, and whether the model is promoted."""

from collections.abc import Mapping, Sequence

from pipeline.evaluate.results import Comparison, Verdict
from pipeline.evaluate.statistics import Draws, Values, difference_interval, permutation_p, ratio_interval

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


def judge(champion: str, adapter: float, comparisons: Sequence[Comparison], shuffled: Sequence[float]) -> Verdict:
    """Promoted where the adapter beats raw and centred with the whole interval, and the shuffled refits at p <= 0.05."""
    by_name = {comparison.space: comparison for comparison in comparisons}
    p = permutation_p(adapter, shuffled) if shuffled else None
    reasons = [_short(by_name[name]) for name in REQUIRED if by_name[name].difference_low <= 0]
    if p is not None and p > P_LIMIT:
        reasons.append(f"{p:.0%} of the refits on shuffled pairs do as well")
    ordered = [by_name[champion], *(comparison for comparison in comparisons if comparison.space != champion)]
    return Verdict(
        promoted=not reasons,
        sentence=_sentence(champion, adapter, by_name, not reasons),
        reasons=reasons,
        champion=champion,
        comparisons=ordered,
        permutation_p=p,
    )


def _short(against: Comparison) -> str:
    return (
        f"it does not beat the {against.space} encoder: the difference is {against.difference:+.3f} "
        f"({against.difference_low:+.3f} to {against.difference_high:+.3f})"
    )


def _sentence(champion: str, adapter: float, by_name: Mapping[str, Comparison], promoted: bool) -> str:
    best, raw = by_name[champion], by_name["raw"]
    return (
        f"On held-out associations the adapter reaches mAP@R {adapter:.3f} from text to image, {best.ratio:.2f} times "
        f"({best.ratio_low:.2f} to {best.ratio_high:.2f}) the best closed form, {champion}, and {raw.difference:+.3f} "
        f"({raw.difference_low:+.3f} to {raw.difference_high:+.3f}) on the raw encoder; it is {'promoted' if promoted else 'not promoted'}."
    )
