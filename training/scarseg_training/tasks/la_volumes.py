"""What the tasks of the left atrium have in common: volumes, patches, judgement and prediction [S1] (SCIENCE 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation import tables
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.patch import LabelGuidedPatch
from scarseg_training.datasets.case import Case
from scarseg_training.losses.wall import wall_mask
from scarseg_training.samples import Samples, joined
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.evaluation_mode import evaluation_mode
from scarseg_training.tasks.patient_dice import best_threshold, mean_dice
from ScarSegLogic.inference.volume_network import predict_volume, side_by_side, slide
from ScarSegLogic.preprocessing.volume_input import VolumeInput


@dataclass(frozen=True)
class LAVolumeTask:
    """Volumes of one grid; subclasses name the structures and weigh their losses.

    Attributes:
        spacing_kji_mm, shape_kji, patch_kji: See ``VolumeInput``.
        guided: Share of patches about a voxel of the rarest structure.
        augmented: Whether patches pass the augmentations of [S1].
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]

    spacing_kji_mm: tuple[float, float, float] = (2.5, 0.625, 0.625)
    shape_kji: tuple[int, int, int] = (40, 256, 384)
    patch_kji: tuple[int, int, int] = (32, 192, 224)
    guided: float = field(default=2 / 3, compare=False)
    augmented: bool = field(default=True, compare=False)

    @property
    def structures(self) -> tuple[str, ...]:
        """Masks that the network gives, in the order of its outputs."""
        raise NotImplementedError

    def combined_loss(self, logits: Tensor, batch: Mapping[str, Tensor], fraction: float) -> Tensor:
        """The loss of logits (n, structures, K, J, I) at a fraction of the stage."""
        raise NotImplementedError

    @property
    def volume_input(self) -> VolumeInput:
        """How a study becomes a volume, here and in the product."""
        return VolumeInput(tuple(self.spacing_kji_mm), tuple(self.shape_kji), tuple(self.patch_kji))

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row a volume: ``image`` (N, 1, K, J, I) float32 and a bool mask for each need, and ``wall``."""
        return joined([self._row(case) for case in cases])

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """A patch of each volume, augmented; masks as float32 of 0 and 1."""
        patch = LabelGuidedPatch(tuple(self.patch_kji), self.guided)
        tensors = patch.apply(samples.tensors, patch.sample(draws, samples[self.structures[-1]][:, 0]))
        seen = tables.progressive_la()(tensors, draws) if self.augmented else tensors
        return {name: tensor.float() for name, tensor in seen.items()}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:
        """The weighted sum over the structures."""
        return self.combined_loss(side_by_side(network(batch["image"])).float(), batch, progress.fraction)

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The loss of each whole volume, at the end of the stage's schedule."""
        losses = []
        with evaluation_mode(network):
            for row, logits in enumerate(self._slid(network, samples)):
                masks = {name: samples[name][row : row + 1].float().cpu() for name in samples.tensors}
                losses.append(self.combined_loss(logits[None], masks, 1.0))
        return torch.stack(losses)

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Mean Dice of each structure at the threshold 0.5; ``score`` is that of the last one, the stage's aim (ours).

        ``scar_outside_wall`` is the share of predicted scar that lies outside the wall prior.
        """
        predicted = {name: cut > 0.5 for name, cut in self._probabilities(network, samples).items()}
        dice = {name: mean_dice(mask, samples[name].cpu(), samples.patients) for name, mask in predicted.items()}
        figures = {name: value for name, value in dice.items() if value is not None}
        if "la_scar" in predicted and predicted["la_scar"].any():
            scar = predicted["la_scar"]
            figures["scar_outside_wall"] = (scar & ~samples["wall"].cpu()).sum().item() / scar.sum().item()
        return figures | {"score": dice[self.structures[-1]] or 0.0}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """The threshold of the best mean Dice for each structure."""
        probabilities = self._probabilities(network, samples)
        return {
            name: best_threshold(each, samples[name].cpu(), samples.patients) for name, each in probabilities.items()
        }

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """The structures on the case's grid."""
        with evaluation_mode(network) as device:
            probabilities = predict_volume(
                lambda patch: side_by_side(network(patch)).sigmoid(),
                case.image, case.spacing_kji_mm, self.volume_input, device=device,
            )  # fmt: skip
        return {name: each > thresholds[name] for name, each in zip(self.structures, probabilities, strict=True)}

    def manifest_parts(self) -> ManifestParts:
        """A package for a task of the left atrium."""
        return ManifestParts(self.name, self.structures, self.volume_input.as_manifest())

    def _row(self, case: Case) -> Samples:
        grid, spacing = self.volume_input, case.spacing_kji_mm
        masks = {name: grid.prepare_mask(case.masks[name], spacing) for name in self.needs}
        if "la_scar" in self.needs:
            masks["wall"] = wall_mask(masks["la_cavity"], tuple(self.spacing_kji_mm))
        tensors = {name: torch.from_numpy(np.ascontiguousarray(mask))[None, None] for name, mask in masks.items()}
        tensors["image"] = torch.from_numpy(grid.prepare(case.image, spacing))[None, None]
        return Samples(tensors, (case.case,), (case.patient,), (0,), (case.tier,))

    def _slid(self, network: nn.Module, samples: Samples) -> Iterable[Tensor]:
        """Logits (structures, K, J, I) of each volume on the CPU; call it in evaluation mode."""
        device = next(network.parameters()).device
        for volume in samples["image"][:, 0]:
            yield (
                slide(lambda patch: side_by_side(network(patch)), volume.to(device), tuple(self.patch_kji))
                .float()
                .cpu()
            )

    def _probabilities(self, network: nn.Module, samples: Samples) -> dict[str, Tensor]:
        with evaluation_mode(network):
            stacked = torch.stack([logits.sigmoid() for logits in self._slid(network, samples)])
        return dict(zip(self.structures, stacked.split(1, dim=1), strict=True))
