"""Pairs of passages and pictures, the groups that must not be split, and the splits."""

from pipeline.pair.pairs import PairSummary, make_pairs
from pipeline.pair.splits import SplitSummary, judged_version, split_groups, usable_pairs, variant_pairs

__all__ = ["PairSummary", "SplitSummary", "judged_version", "make_pairs", "split_groups", "usable_pairs", "variant_pairs"]
