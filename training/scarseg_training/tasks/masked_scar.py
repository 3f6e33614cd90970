"""Scar in slices masked to the myocardium: the curriculum paper's way of learning [S0] (SCIENCE.md section 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scarseg_training.tasks.scar_slices import ScarSliceTask
from ScarSegLogic.preprocessing.scar_input import InputForm


@dataclass(frozen=True)
class MaskedScarTask(ScarSliceTask):
    """64 x 64 pixels, zero outside the wall; loss of Dice of scar and wall plus focal loss, all inside the wall."""

    name: ClassVar[str] = "masked_scar"
    form: ClassVar[InputForm] = InputForm.MASKED_HEART_CROP
