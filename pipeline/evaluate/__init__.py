"""Every space side by side: retrieval, gap, statistics, controls, and the report."""

from pipeline.evaluate.evaluate import EvaluationSummary, evaluate_model

__all__ = ["EvaluationSummary", "evaluate_model"]
