"""The user adapter: objectives, closed-form baselines, the loop."""

from pipeline.train.data import TrainingData, load_pairs
from pipeline.train.folder import load_adapter, read_manifest
from pipeline.train.recipe import Recipe
from pipeline.train.trainer import TrainedModel, train_adapter

__all__ = ["Recipe", "TrainedModel", "TrainingData", "load_adapter", "load_pairs", "read_manifest", "train_adapter"]
