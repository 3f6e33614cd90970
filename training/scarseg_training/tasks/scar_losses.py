"""The sources' losses of scar in slices, by name, as a stage's config chooses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from scarseg_training.losses.dice_ce import dice_ce_loss
from scarseg_training.losses.focal_tversky import scarnet_loss
from scarseg_training.losses.myocardium_constrained import myocardium_constrained_loss
from scarseg_training.losses.region_weighted import RegionWeights, curriculum_loss
from scarseg_training.losses.soft_labels import SIGMA_PIXELS, SoftLabelWeights, soft_label_loss, soft_labels
from ScarSegLogic.errors import ScarSegError

ScarLoss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of logits, scar and myocardium, (N, 1, J, I) each, the masks float32 of 0 and 1."""


@dataclass(frozen=True)
class RegionWeighted:
    """The curriculum's loss inside the myocardium [S0]; fields as in ``RegionWeights``."""

    foreground: float = 0.6
    background: float = 0.4
    focal: float = 0.5

    def __call__(self, logits: Tensor, scar: Tensor, myocardium: Tensor) -> Tensor:
        """Nothing outside the myocardium counts."""
        return curriculum_loss(logits, scar, myocardium, RegionWeights(self.foreground, self.background, self.focal))


@dataclass(frozen=True)
class SoftLabels:
    """KL, Dice and cross-entropy on softened labels [S2]; with ``sigma_pixels`` 0 on the labels themselves."""

    kl: float = 0.6
    dice: float = 0.2
    cross_entropy: float = 0.2
    sigma_pixels: float = SIGMA_PIXELS

    def __call__(self, logits: Tensor, scar: Tensor, myocardium: Tensor) -> Tensor:  # noqa: ARG002
        """The paper knows no myocardium: every pixel counts."""
        weights = SoftLabelWeights(self.kl, self.dice, self.cross_entropy)
        return soft_label_loss(logits, soft_labels(scar, self.sigma_pixels), weights)


@dataclass(frozen=True)
class MyocardiumConstrained:
    """BCE, Dice and L_out [S4]; ``outside_weight`` 0 leaves L_out away."""

    outside_weight: float = 1.0

    def __call__(self, logits: Tensor, scar: Tensor, myocardium: Tensor) -> Tensor:
        """Scar outside the myocardium costs extra."""
        return myocardium_constrained_loss(logits, scar, myocardium, outside_weight=self.outside_weight)


@dataclass(frozen=True)
class ScarNetLoss:
    """Focal Tversky, Dice and cross-entropy of ScarNet (SCIENCE.md section 5)."""

    def __call__(self, logits: Tensor, scar: Tensor, myocardium: Tensor) -> Tensor:  # noqa: ARG002
        """ScarNet knows no myocardium: every pixel counts."""
        return scarnet_loss(logits, scar)


@dataclass(frozen=True)
class DiceCrossEntropy:
    """Dice plus cross-entropy, half each."""

    def __call__(self, logits: Tensor, scar: Tensor, myocardium: Tensor) -> Tensor:  # noqa: ARG002
        """Every pixel counts."""
        return dice_ce_loss(logits, scar)


SCAR_LOSSES: Mapping[str, Callable[..., ScarLoss]] = {
    "region_weighted": RegionWeighted,
    "soft_labels": SoftLabels,
    "myocardium_constrained": MyocardiumConstrained,
    "scarnet": ScarNetLoss,
    "dice_ce": DiceCrossEntropy,
}


@dataclass(frozen=True)
class LossChoice:
    """A loss by name with its numbers, as JSON holds it."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> ScarLoss:
        """Make the loss. Raises ScarSegError for an unknown name or number."""
        if self.name not in SCAR_LOSSES:
            raise ScarSegError(f"unknown loss '{self.name}': expected one of {', '.join(SCAR_LOSSES)}")
        try:
            return SCAR_LOSSES[self.name](**self.config)
        except TypeError as error:
            raise ScarSegError(f"the loss '{self.name}' does not take {dict(self.config)}: {error}") from error
