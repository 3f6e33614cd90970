"""Scar in unmasked heart crops, with a price on scar outside the myocardium: ScarSegNet's [S4] (SCIENCE section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from scarseg_training.tasks.scar_slices import ScarSliceTask
from ScarSegLogic.preprocessing.scar_input import InputForm


@dataclass(frozen=True)
class ScarSegNetTask(ScarSliceTask):
    """The image alone goes in; the myocardium is in the loss and clips the answer. Size and margin are ours."""

    name: ClassVar[str] = "scarsegnet"
    form: ClassVar[InputForm] = InputForm.HEART_CROP

    crop_size: int = 128
    heart_margin: float = 1.5
    loss_name: str = field(default="myocardium_constrained", compare=False)
