"""What the scar tasks in slices have in common: samples, augmentation, judgement and prediction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation import tables
from scarseg_training.augmentation.draws import Draws
from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.evaluation_mode import answers, evaluation_mode
from scarseg_training.tasks.heart_slices import augmented_slices, heart_slice_samples
from scarseg_training.tasks.patient_dice import best_threshold, false_positive_share, mean_dice
from scarseg_training.tasks.scar_losses import LossChoice, ScarLoss
from ScarSegLogic.inference.network import predict_slices
from ScarSegLogic.preprocessing.scar_input import InputForm, ScarInput

SCAR = "infarct"
"""Name of the one output in manifests and thresholds."""


@dataclass(frozen=True)
class ScarSliceTask:
    """Scar of one slice at a time about a known myocardium; subclasses name the input form and the loss.

    Attributes:
        crop_size: Side of the network's input in pixels.
        heart_margin: Side of the crop over the extent of the myocardium.
        loss_name, loss_config: See ``SCAR_LOSSES``; they do not change the samples.
        augmented: Whether batches are seen anew; without, exactly as inference would see them.
        scar_paste: Share of the slices that receive scar of another slice, see ``ScarPaste``; in none of the papers.
    """

    name: ClassVar[str]
    form: ClassVar[InputForm]
    needs: ClassVar[tuple[str, ...]] = ("myocardium", "scar")

    crop_size: int = 64
    heart_margin: float = 1.1
    loss_name: str = field(default="region_weighted", compare=False)
    loss_config: Mapping[str, Any] = field(default_factory=dict, compare=False)
    augmented: bool = field(default=True, compare=False)
    scar_paste: float = field(default=0.0, compare=False)

    @property
    def scar_input(self) -> ScarInput:
        """How a study becomes inputs, here and in the product."""
        return ScarInput(self.form, self.crop_size, self.heart_margin)

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row a slice with myocardium, see ``heart_slice_samples``."""
        return heart_slice_samples(cases, self.scar_input)

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """``inputs``, ``myocardium`` and ``scar`` of augmented rows."""
        if self.augmented:
            return augmented_slices(samples, draws, self.scar_input, tables.heart_crop(), scar_paste=self.scar_paste)
        return {name: samples[name].float() for name in ("inputs", "myocardium", "scar")}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """The chosen loss of a batch."""
        return self._loss()(network(batch["inputs"]).float(), batch["scar"], batch["myocardium"])

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The chosen loss of each slice alone."""
        loss = self._loss()
        logits = answers(network, samples["inputs"], lambda output: output)
        scar, myocardium = samples["scar"].float().cpu(), samples["myocardium"].float().cpu()
        rows = [slice(row, row + 1) for row in range(len(samples))]
        return torch.stack([loss(logits[row], scar[row], myocardium[row]) for row in rows])

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Mean Dice of the patients with scar; ``score`` takes false positives off it (ours).

        Those are the mean share of the myocardium that is called scar in patients who have none. The threshold is 0.5,
        or the best one of these rows where softened labels keep the peak of a thin scar below 0.5.
        """
        probabilities, scar, myocardium = self._upright(network, samples)
        softened = self.loss_name == "soft_labels"
        predicted = probabilities > (best_threshold(probabilities, scar, samples.patients) if softened else 0.5)
        dice = mean_dice(predicted, scar, samples.patients)
        invented = false_positive_share(predicted, scar, myocardium, samples.patients)
        figures = {name: value for name, value in (("dice", dice), ("invented", invented)) if value is not None}
        return figures | {"score": (dice or 0.0) - (invented or 0.0)}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """The threshold of the best mean Dice per patient."""
        probabilities, scar, _ = self._upright(network, samples)
        return {SCAR: best_threshold(probabilities, scar, samples.patients)}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``scar`` on the case's grid, inside its myocardium."""
        myocardium = case.masks["myocardium"]
        cavity = case.masks.get("cavity", np.zeros_like(myocardium))
        prepared = self.scar_input.prepare(case.image, cavity, myocardium)
        if prepared is None:
            return {"scar": np.zeros_like(myocardium)}
        with evaluation_mode(network) as device:
            probabilities = predict_slices(lambda batch: network(batch).sigmoid(), prepared.inputs, device)
        return {"scar": ScarInput.on_grid(probabilities, prepared.box, myocardium)[0] > thresholds[SCAR]}

    def manifest_parts(self) -> ManifestParts:
        """A package that the product runs as ``lv_scar``."""
        return ManifestParts("lv_scar", (SCAR,), self.scar_input.as_manifest())

    def _loss(self) -> ScarLoss:
        return LossChoice(self.loss_name, self.loss_config).build()

    @staticmethod
    def _upright(network: nn.Module, samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities inside the myocardium, scar and myocardium, (N, 1, crop, crop) each, on the CPU."""
        scar, myocardium = samples["scar"].cpu(), samples["myocardium"].cpu()
        return answers(network, samples["inputs"], torch.sigmoid) * myocardium, scar & myocardium, myocardium
