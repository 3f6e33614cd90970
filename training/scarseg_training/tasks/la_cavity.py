"""Stage I of progressive learning [S1]: the cavity of the left atrium (SCIENCE.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from scarseg_training.losses.dice_ce import DICE_SHARE, dice_ce_loss
from scarseg_training.tasks.la_volumes import LAVolumeTask


@dataclass(frozen=True)
class LACavityTask(LAVolumeTask):
    """DiceCE of the cavity.

    Attributes:
        dice_share: Lambda of the DiceCE.
    """

    name: ClassVar[str] = "la_cavity"
    needs: ClassVar[tuple[str, ...]] = ("la_cavity",)

    dice_share: float = field(default=DICE_SHARE, compare=False)

    @property
    def structures(self) -> tuple[str, ...]:
        """The cavity alone."""
        return ("la_cavity",)

    def combined_loss(self, logits: Tensor, batch: Mapping[str, Tensor], fraction: float) -> Tensor:  # noqa: ARG002
        """Does not change over the stage."""
        return dice_ce_loss(logits, batch["la_cavity"], dice_share=self.dice_share)
