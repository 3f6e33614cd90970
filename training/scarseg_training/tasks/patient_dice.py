"""Validation figures of masks, patient by patient."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

THRESHOLDS = tuple(step / 20 for step in range(4, 13))
"""0.20 to 0.60: where one is looked for (ours); a 2-px band of soft labels peaks at 0.38 (SCIENCE section 3)."""


def dice_by_patient(predicted: Tensor, truth: Tensor, patients: Sequence[str]) -> dict[str, float | None]:
    """Dice over all samples of each patient; None where both masks are empty, 0 where one is.

    Args:
        predicted, truth: (N, ...) bool.
        patients: Owner of each of the N samples.
    """
    axes = tuple(range(1, truth.ndim))
    overlap = (predicted & truth).sum(axes).tolist()
    total = (predicted.sum(axes) + truth.sum(axes)).tolist()
    dice: dict[str, float | None] = {}
    for patient in dict.fromkeys(patients):
        rows = [row for row, owner in enumerate(patients) if owner == patient]
        size = sum(total[row] for row in rows)
        dice[patient] = 2 * sum(overlap[row] for row in rows) / size if size else None
    return dice


def patients_with(truth: Tensor, patients: Sequence[str]) -> set[str]:
    """The patients who have anything of a structure (N, ...) bool."""
    return {patient for patient, mask in zip(patients, truth, strict=True) if mask.any()}


def mean_dice(predicted: Tensor, truth: Tensor, patients: Sequence[str]) -> float | None:
    """Mean over the patients who have the structure; None where nobody has."""
    dice, ill = dice_by_patient(predicted, truth, patients), patients_with(truth, patients)
    return sum(dice[patient] for patient in ill) / len(ill) if ill else None


def best_threshold(probabilities: Tensor, truth: Tensor, patients: Sequence[str]) -> float:
    """The threshold of the best mean Dice; 0.5 where no patient has the structure.

    Args:
        probabilities: (N, ...) in [0, 1].
        truth: (N, ...) bool.
        patients: Owner of each sample.
    """
    if not truth.any():
        return 0.5
    # Where thresholds tie, the one nearest to one half.
    return max(THRESHOLDS, key=lambda cut: (mean_dice(probabilities > cut, truth, patients), -abs(cut - 0.5)))


def false_positive_share(predicted: Tensor, truth: Tensor, within: Tensor, patients: Sequence[str]) -> float | None:
    """Mean share of ``within`` that is predicted in patients without the structure; None where all have it."""
    healthy = sorted(set(patients) - patients_with(truth, patients))
    shares = []
    for patient in healthy:
        rows = torch.tensor([owner == patient for owner in patients])
        inside = within[rows].sum().item()
        shares.append((predicted[rows] & within[rows]).sum().item() / inside if inside else 0.0)
    return sum(shares) / len(shares) if shares else None
