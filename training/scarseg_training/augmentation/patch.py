"""Patches of volumes, guided by labels: scar is less than one voxel in a hundred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from ScarSegLogic.errors import ScarSegError


@dataclass(frozen=True, eq=False)
class PatchParameters:
    """corners: (n, axes) int64, the first voxel of each sample's patch."""

    corners: Tensor


@dataclass(frozen=True)
class LabelGuidedPatch:
    """Cuts a patch about a labelled voxel, or anywhere (MONAI's ``RandCropByPosNegLabel``).

    Attributes:
        shape: Of the patch, voxels along each axis.
        guided: Share of patches about a labelled voxel (ours; [S1] gives none, nnU-Net guides one third).
    """

    shape: tuple[int, ...]
    guided: float = 2 / 3

    def sample(self, draws: Draws, labels: Tensor) -> PatchParameters:
        """Draw a corner each.

        Args:
            draws: The chance of each of the n samples.
            labels: (n, *spatial) bool; a sample without any labelled voxel is cut anywhere.

        Raises:
            ScarSegError: The patch is larger than the volumes.
        """
        spatial = labels.shape[1:]
        room = torch.tensor([size - side for size, side in zip(spatial, self.shape, strict=True)])
        if (room < 0).any():
            raise ScarSegError(
                f"A patch of {self.shape} voxels was asked of volumes of {tuple(spatial)}; pad the volumes or ask for "
                "a smaller patch."
            )
        anywhere = (draws.uniform(0, 1, len(spatial)) * (room + 1)).long()
        which, guided = draws.uniform(0, 1), draws.chance(self.guided)
        corners = []
        for row, share in enumerate(which.tolist()):
            places = labels[row].nonzero() if guided[row] else labels.new_zeros((0, len(spatial)))
            if len(places):
                centre = places[int(share * len(places))].cpu()
                corner = (centre - torch.tensor(self.shape) // 2).clamp(min=torch.zeros_like(room), max=room)
            else:
                corner = anywhere[row]
            corners.append(corner)
        return PatchParameters(torch.stack(corners))

    def apply(self, tensors: Mapping[str, Tensor], parameters: PatchParameters) -> dict[str, Tensor]:
        """The patch of every tensor (n, C, *spatial), as (n, C, *shape)."""
        windows = [
            tuple(slice(start, start + side) for start, side in zip(corner, self.shape, strict=True))
            for corner in parameters.corners.tolist()
        ]
        return {
            name: torch.stack([each[(slice(None), *window)] for each, window in zip(tensor, windows, strict=True)])
            for name, tensor in tensors.items()
        }
