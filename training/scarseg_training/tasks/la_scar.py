"""Stages II and III of progressive learning [S1]: scar of the atrial wall (SCIENCE.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from scarseg_training.losses.dice_ce import DICE_SHARE, dice_ce_loss
from scarseg_training.losses.wall import wall_weight
from scarseg_training.tasks.la_volumes import LAVolumeTask


@dataclass(frozen=True)
class LAScarTask(LAVolumeTask):
    """0.3 L_LA + 0.7 L_scar with the wall prior (stage II), or DiceCE of scar alone (stage III).

    The cavity must be drawn either way: the wall prior comes from it, and the share of scar outside it is reported.

    Attributes:
        cavity_weight: Of L_LA; 0 for a network without a cavity decoder. The scar has the rest.
        wall_weighted: Whether voxels of the wall weigh more in L_scar, ever more over the stage.
        dice_share: Lambda of the DiceCE.
    """

    name: ClassVar[str] = "la_scar"
    needs: ClassVar[tuple[str, ...]] = ("la_cavity", "la_scar")

    cavity_weight: float = field(default=0.3, compare=False)
    wall_weighted: bool = field(default=True, compare=False)
    dice_share: float = field(default=DICE_SHARE, compare=False)

    @property
    def structures(self) -> tuple[str, ...]:
        """The cavity where it is weighed, and the scar."""
        return ("la_cavity", "la_scar") if self.cavity_weight else ("la_scar",)

    def combined_loss(self, logits: Tensor, batch: Mapping[str, Tensor], fraction: float) -> Tensor:
        """The wall's weight rises with the fraction of the stage."""
        weight = wall_weight(batch["wall"], fraction) if self.wall_weighted else None
        scar = dice_ce_loss(logits[:, -1:], batch["la_scar"], weight, dice_share=self.dice_share)
        if not self.cavity_weight:
            return scar
        cavity = dice_ce_loss(logits[:, :1], batch["la_cavity"], dice_share=self.dice_share)
        return self.cavity_weight * cavity + (1 - self.cavity_weight) * scar
