"""What is the same: exact and near duplicates of passages and pictures, as flat clusters with their evidence."""

from pipeline.dedupe.duplicates import DuplicateSummary, Semantic, find_duplicates

__all__ = ["DuplicateSummary", "Semantic", "find_duplicates"]
