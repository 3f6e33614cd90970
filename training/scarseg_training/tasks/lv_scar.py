"""Infarct and MVO inside a myocardium that is given, but never quite right (ours)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation.control_point_elastic import ControlPointElastic
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.normalisation import normalise
from scarseg_training.augmentation.points import resample
from scarseg_training.datasets.case import Case
from scarseg_training.losses.masked_dice_bce import masked_dice_bce
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.evaluation_mode import answers, evaluation_mode
from scarseg_training.tasks.lv_canvas import CAVITY, IMAGE, INFARCT, INSERTIONS, LVCanvas, augmented_image
from scarseg_training.tasks.patient_dice import best_threshold, mean_dice
from ScarSegLogic.inference.network import predict_slices
from ScarSegLogic.networks.lv_scar import SCAR_OUTPUTS
from ScarSegLogic.preprocessing.scar_input import MASK_THRESHOLD, InputForm, ScarInput

MASK_ERROR = ControlPointElastic(1.3, probability=0.5)
"""Displacement, in crop pixels, between a given and the true myocardium of every other sample (ours)."""


@dataclass(frozen=True)
class LVScarTask(LVCanvas):
    """The shipped scar network: a slice between its neighbours, the cavity and the whole myocardium."""

    name: ClassVar[str] = "lv_scar"

    @property
    def scar_input(self) -> ScarInput:
        """How a study becomes inputs, here and in the product."""
        return ScarInput(InputForm.HEART_CROP_WITH_MASKS, self.crop_size, self.heart_margin)

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """``inputs``, the given ``myocardium`` and the true ``targets`` of augmented rows."""
        points = self.heart_points(draws, samples["heart"].device)
        canvas = resample(samples["heart"], points)
        moved = MASK_ERROR.apply(points, MASK_ERROR.sample(draws, points.shape[1:3]))
        masks = resample(samples["heart"][:, CAVITY:INFARCT], moved)
        return self._batch(augmented_image(canvas[:, IMAGE], draws), masks, canvas)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """Dice and cross-entropy inside the given myocardium."""
        return masked_dice_bce(network(batch["inputs"]), batch["targets"], batch["myocardium"])

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The loss of each slice alone, upright."""
        batch = self._upright_batch(samples.to("cpu"))
        logits = answers(network, batch["inputs"], lambda output: output)
        rows = [slice(row, row + 1) for row in range(len(samples))]
        return torch.stack(
            [masked_dice_bce(logits[row], batch["targets"][row], batch["myocardium"][row]) for row in rows]
        )

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Mean Dice of the patients who have the structure, at the threshold 0.5; ``score`` is that of infarct."""
        probabilities, targets = self._probabilities(network, samples)
        figures = {
            name: mean_dice(probabilities[:, output] > 0.5, targets[:, output], samples.patients)
            for output, name in enumerate(SCAR_OUTPUTS)
        }
        defined = {name: value for name, value in figures.items() if value is not None}
        return defined | {"score": defined.get("infarct", 0.0)}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """The thresholds of the best mean Dice per patient, over the patients who have the structure."""
        probabilities, targets = self._probabilities(network, samples)
        return {
            name: best_threshold(probabilities[:, output], targets[:, output], samples.patients)
            for output, name in enumerate(SCAR_OUTPUTS)
        }

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``scar`` (with its MVO) and ``mvo`` on the case's grid, inside its myocardium."""
        cavity, myocardium = case.masks["cavity"], case.masks["myocardium"]
        prepared = self.scar_input.prepare(case.image, cavity, myocardium)
        if prepared is None:
            return {name: myocardium.copy() for name in ("scar", "mvo")}
        with evaluation_mode(network) as device:
            probabilities = predict_slices(lambda batch: network(batch).sigmoid(), prepared.inputs, device)
        infarct, mvo = ScarInput.on_grid(probabilities, prepared.box, myocardium)
        scar = infarct > thresholds["infarct"]
        return {"scar": scar, "mvo": scar & (mvo > thresholds["mvo"])}

    def manifest_parts(self) -> ManifestParts:
        """A package that the product runs as ``lv_scar``."""
        return ManifestParts(self.name, SCAR_OUTPUTS, self.scar_input.as_manifest())

    def _upright_batch(self, samples: Samples) -> Mapping[str, Tensor]:
        canvas = self.upright(samples)
        return self._batch(normalise(canvas[:, IMAGE]), canvas[:, CAVITY:INFARCT], canvas)

    def _batch(self, images: Tensor, masks: Tensor, canvas: Tensor) -> Mapping[str, Tensor]:
        cavity, myocardium = (masks > MASK_THRESHOLD).float().split(1, dim=1)
        inputs = torch.cat(self.scar_input.form.planes(images, cavity, myocardium), dim=1)
        return {"inputs": inputs, "myocardium": myocardium, "targets": canvas[:, INFARCT:INSERTIONS]}

    def _probabilities(self, network: nn.Module, samples: Samples) -> tuple[Tensor, Tensor]:
        """Inside the given myocardium, and binary targets, (N, 2, crop, crop) each, upright, on the CPU."""
        batch = self._upright_batch(samples.to("cpu"))
        probabilities = answers(network, batch["inputs"], torch.sigmoid)
        return probabilities * batch["myocardium"], batch["targets"] > 0.5
