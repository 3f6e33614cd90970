"""Labelled studies: every layout users have on disk, phantoms, splits, tiers and label noise."""

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.datasets.entry import CaseEntry

__all__ = ["Case", "CaseEntry", "Dataset", "open_dataset"]
