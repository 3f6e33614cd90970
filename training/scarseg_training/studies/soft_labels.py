"""KL on softened labels against Dice + CE under label noise; the KL weight and sigma grids (SCIENCE.md section 3)."""

from __future__ import annotations

from scarseg_training.studies.data import TRUE_PHANTOMS, UNSEEN_PHANTOMS
from scarseg_training.studies.study import Arm, Study

NOISE_SHARES = (0.0, 0.1, 0.2, 0.3)
KL_WEIGHTS = (0.0, 0.3, 0.9)
"""Beside the paper's 0.6, at the largest noise; what KL leaves is shared by Dice and cross-entropy."""
SIGMAS_PIXELS = (1.0, 3.0)
"""Beside the paper's 2, at the largest noise."""
PAPER_KL, PAPER_SIGMA = 0.6, 2.0


def _arm(label: str, noise: float, kl: float, sigma_pixels: float) -> Arm:
    rest = round((1 - kl) / 2, 3)
    loss = {"kl": kl, "dice": rest, "cross_entropy": rest, "sigma_pixels": sigma_pixels}
    changes = {"loss_name": "soft_labels", "loss_config": loss}
    return Arm(f"{label}, noise {noise:.0%}", "small_baseline_attention_unet", task=changes, label_noise=noise)


_HARD = {noise: _arm("Dice + CE", noise, 0.0, 0.0) for noise in NOISE_SHARES}
_SOFT = {noise: _arm("KL 0.6, sigma 2", noise, PAPER_KL, PAPER_SIGMA) for noise in NOISE_SHARES}
_WORST = max(NOISE_SHARES)
_GRID = (
    *(_arm(f"KL {kl:g}, sigma 2", _WORST, kl, PAPER_SIGMA) for kl in KL_WEIGHTS),
    *(_arm(f"KL 0.6, sigma {sigma:g}", _WORST, PAPER_KL, sigma) for sigma in SIGMAS_PIXELS),
)

STUDIES = (
    Study(
        "soft_labels",
        "(c) KL on softened labels against Dice + CE under label noise",
        "Do softened labels withstand wrong ones? The share of training cases whose scar label is corrupted rises from "
        "0 to 30 %; validation labels stay right. The paper's loss in an attention U-Net on masked heart crops; at "
        "30 % the KL weight and sigma are varied one at a time.",
        (*(arm for noise in NOISE_SHARES for arm in (_HARD[noise], _SOFT[noise])), *_GRID),
        {_SOFT[noise].name: _HARD[noise].name for noise in NOISE_SHARES}
        | {arm.name: _HARD[_WORST].name for arm in _GRID},
        trained_on=TRUE_PHANTOMS,
        judged_on=UNSEEN_PHANTOMS,
    ),
)
