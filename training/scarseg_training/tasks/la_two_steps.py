"""The cavity of the left atrium in two steps, as the product finds it: coarsely in the whole volume, then in a crop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scarseg_training.augmentation import tables
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.patch import LabelGuidedPatch
from scarseg_training.datasets.case import Case
from scarseg_training.losses.dice_ce import dice_ce_loss
from scarseg_training.samples import Samples, joined
from scarseg_training.tasks import ManifestParts, Progress
from scarseg_training.tasks.bare_manifest import bare_manifest
from scarseg_training.tasks.evaluation_mode import evaluation_mode
from scarseg_training.tasks.patient_dice import best_threshold, mean_dice
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference.la_cavity import find_la_cavity
from ScarSegLogic.models.package import save_package
from ScarSegLogic.preprocessing.anatomical_axes import HEAD_BACK_LEFT
from ScarSegLogic.preprocessing.study_part import middle_of
from ScarSegLogic.preprocessing.volume_input import VolumeInput
from ScarSegLogic.volume import Volume

ROOM_KJI = (8, 16, 16)
"""Voxels beyond the network's grid that a sample holds, so that the atrium need not lie in its middle (ours)."""


@dataclass(frozen=True)
class LATwoStepsTask:
    """Both looks at once; see ``networks.la_cavity``. Studies are seen with rows to the back and slices to the head.

    Attributes:
        localiser_spacing_mm, localiser_shape_kji: Of the whole volume.
        crop_spacing_mm, crop_shape_kji: Of the crop about the atrium.
        augmented: Whether volumes pass the augmentations of [S1].
    """

    name: ClassVar[str] = "la_two_steps"
    needs: ClassVar[tuple[str, ...]] = ("la_cavity",)

    localiser_spacing_mm: float = 6.0
    localiser_shape_kji: tuple[int, int, int] = (24, 64, 64)
    crop_spacing_mm: float = 1.5
    crop_shape_kji: tuple[int, int, int] = (48, 72, 96)
    augmented: bool = field(default=True, compare=False)

    def samples(self, cases: Iterable[Case]) -> Samples:
        """One row a volume: ``whole`` and ``crop`` (N, 1, K, J, I) float32 with room about them, and their cavities."""
        return joined([self._row(case) for case in cases])

    def batch(self, samples: Samples, draws: Draws) -> Mapping[str, Tensor]:
        """Both looks, shifted and augmented; masks as float32 of 0 and 1."""
        batch: dict[str, Tensor] = {}
        for look, shape in self._shapes().items():
            patch = LabelGuidedPatch(shape, 0.0)
            cavity = samples[f"{look}_cavity"]
            pair = {"image": samples[look], "la_cavity": cavity}
            seen = _standardised(patch.apply(pair, patch.sample(draws, cavity[:, 0])))
            seen = tables.progressive_la()(seen, draws) if self.augmented else seen
            batch |= {look: seen["image"].float(), f"{look}_cavity": seen["la_cavity"].float()}
        return batch

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], progress: Progress) -> Tensor:  # noqa: ARG002
        """DiceCE of the cavity in both looks."""
        whole, crop = network(batch["whole"], batch["crop"])
        return dice_ce_loss(whole, batch["whole_cavity"]) + dice_ce_loss(crop, batch["crop_cavity"])

    def sample_losses(self, network: nn.Module, samples: Samples) -> Tensor:
        """The loss of each volume alone, as it lies."""
        losses = []
        with evaluation_mode(network) as device:
            for row in range(len(samples)):
                batch = self._upright(samples.rows([row]).to(device))
                losses.append(self.loss(network, batch, Progress(0, 1)).float().cpu())
        return torch.stack(losses)

    def validate(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Mean Dice in the crop about the true atrium, which is the score, and of the localiser."""
        answers, targets = self._answers(network, samples)
        dice = {
            look: mean_dice(probability > 0.5, targets[look], samples.patients) or 0.0
            for look, probability in answers.items()
        }
        return {"la_cavity": dice["crop"], "localiser": dice["whole"], "score": dice["crop"]}

    def thresholds(self, network: nn.Module, samples: Samples) -> dict[str, float]:
        """Of each look the threshold of the best mean Dice; the localiser's only chooses a place."""
        answers, targets = self._answers(network, samples)
        names = {"crop": "la_cavity", "whole": "localiser"}
        return {name: best_threshold(answers[look], targets[look], samples.patients) for look, name in names.items()}

    def predict(self, network: nn.Module, case: Case, thresholds: Mapping[str, float]) -> dict[str, NDArray]:
        """``la_cavity``, found by the product's own pipeline from a package of these weights."""
        directions = HEAD_BACK_LEFT.T[:, ::-1]
        geometry = Geometry.from_spacing(case.image.shape, case.spacing_kji_mm, directions=directions)
        device = next(network.parameters()).device
        with TemporaryDirectory(prefix="scarseg-") as folder:
            weights = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
            config = dataclasses.asdict(network.config)
            manifest = bare_manifest(self.manifest_parts(), "la_cavity", config, thresholds)
            package = save_package(manifest, weights, Path(folder))
            image = Volume(case.image, geometry, case.case)
            found = find_la_cavity(image, package, "cpu" if device.type == "cpu" else "auto")
        return {"la_cavity": found}

    def manifest_parts(self) -> ManifestParts:
        """A package that the product runs as ``la_cavity``."""
        grids = {name: value for name, value in dataclasses.asdict(self).items() if name != "augmented"}
        return ManifestParts("la_cavity", ("la_cavity",), grids)

    def _shapes(self) -> dict[str, tuple[int, int, int]]:
        return {"whole": tuple(self.localiser_shape_kji), "crop": tuple(self.crop_shape_kji)}

    def _row(self, case: Case) -> Samples:
        cavity, spacing = case.masks["la_cavity"], case.spacing_kji_mm
        whole = _with_room(self.localiser_spacing_mm, self.localiser_shape_kji)
        crop = _with_room(self.crop_spacing_mm, self.crop_shape_kji)
        tensors = {
            "whole": whole.prepare(case.image, spacing),
            "whole_cavity": whole.prepare_mask(cavity, spacing),
            "crop": crop.prepare(case.image, spacing, middle_of(cavity)),
            "crop_cavity": crop.prepare_mask(cavity, spacing, middle_of(cavity)),
        }
        tensors = {name: torch.from_numpy(np.ascontiguousarray(each))[None, None] for name, each in tensors.items()}
        return Samples(tensors, (case.case,), (case.patient,), (0,), (case.tier,))

    def _upright(self, samples: Samples) -> dict[str, Tensor]:
        """The middle of each look, as inference sees it."""
        batch: dict[str, Tensor] = {}
        for look, shape in self._shapes().items():
            window = (..., *(slice(room // 2, room // 2 + side) for room, side in zip(ROOM_KJI, shape, strict=True)))
            pair = {"image": samples[look][window], "la_cavity": samples[f"{look}_cavity"][window]}
            seen = _standardised(pair)
            batch |= {look: seen["image"], f"{look}_cavity": seen["la_cavity"].float()}
        return batch

    def _answers(self, network: nn.Module, samples: Samples) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Probabilities and true masks of both looks, (N, 1, K, J, I) on the CPU."""
        answers: dict[str, list[Tensor]] = {"whole": [], "crop": []}
        targets: dict[str, list[Tensor]] = {"whole": [], "crop": []}
        with evaluation_mode(network) as device:
            for row in range(len(samples)):
                batch = self._upright(samples.rows([row]).to(device))
                for look, logits in zip(answers, network(batch["whole"], batch["crop"]), strict=True):
                    answers[look].append(logits.sigmoid().float().cpu())
                    targets[look].append(batch[f"{look}_cavity"].bool().cpu())
        return ({look: torch.cat(each) for look, each in part.items()} for part in (answers, targets))


def _with_room(spacing_mm: float, shape_kji: tuple[int, int, int]) -> VolumeInput:
    shape = tuple(side + room for side, room in zip(shape_kji, ROOM_KJI, strict=True))
    return VolumeInput((spacing_mm,) * 3, shape, shape)


def _standardised(pair: dict[str, Tensor]) -> dict[str, Tensor]:
    """The image z-scored once more over what it covers, which is not zero."""
    image = pair["image"]
    covered = image != 0
    count = covered.sum(dim=(1, 2, 3, 4), keepdim=True).clamp(min=1)
    mean = image.sum(dim=(1, 2, 3, 4), keepdim=True) / count
    centred = (image - mean) * covered
    deviation = (centred.square().sum(dim=(1, 2, 3, 4), keepdim=True) / count).sqrt()
    return pair | {"image": centred / deviation.clamp(min=1e-6)}
