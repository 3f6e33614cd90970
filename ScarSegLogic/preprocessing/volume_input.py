"""What a network of volumes is shown of a study: one spacing, one size, z-scored; for training and inference alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.preprocessing.slice_box import pasting_matrix, sampling_matrix


@dataclass(frozen=True)
class VolumeInput:
    """How studies become volumes of one grid about their centre; kept in the manifest's ``preprocessing``.

    The defaults are [S1]'s (SCIENCE.md section 2): 0.625 x 0.625 x 2.5 mm, 384 x 256 x 40 voxels, patches of
    224 x 192 x 32 (228 in the paper, which is no multiple of 32).

    Attributes:
        spacing_kji_mm: Distances of slices, rows and columns of the network's grid.
        shape_kji: Its voxels; what a study lacks is zero, which is the mean; what lies beyond is not seen.
        patch_kji: What the network sees at once, multiples of 32 (SwinUNETR).
    """

    spacing_kji_mm: tuple[float, float, float] = (2.5, 0.625, 0.625)
    shape_kji: tuple[int, int, int] = (40, 256, 384)
    patch_kji: tuple[int, int, int] = (32, 192, 224)

    @classmethod
    def from_manifest(cls, preprocessing: Mapping[str, Any]) -> VolumeInput:
        """Read a package's ``preprocessing``."""
        fields = ("spacing_kji_mm", "shape_kji", "patch_kji")
        return cls(*(tuple(preprocessing[name]) for name in fields))

    def as_manifest(self) -> dict[str, Any]:
        """The manifest's ``preprocessing``; ``from_manifest`` reads it back."""
        return {
            "input_form": "volume",
            "spacing_kji_mm": list(self.spacing_kji_mm),
            "shape_kji": list(self.shape_kji),
            "patch_kji": list(self.patch_kji),
        }

    def prepare(
        self,
        image: NDArray[np.float32],
        spacing_kji_mm: tuple[float, float, float],
        centre_kji: tuple[float, float, float] | None = None,
    ) -> NDArray[np.float32]:
        """Resample (K, J, I) to ``shape_kji``, then z-score what the study covers; a constant image becomes zero.

        The grid lies about the voxel ``centre_kji``, by default the middle of the study.
        """
        sampled = self._sample(image.astype(np.float32), spacing_kji_mm, centre_kji)
        covered = self._sample(np.ones(image.shape, np.float32), spacing_kji_mm, centre_kji) > 0
        inside = sampled[covered]
        deviation = float(inside.std())
        return np.where(covered, (sampled - inside.mean()) / (deviation if deviation > 0 else 1.0), 0).astype(
            np.float32
        )

    def prepare_mask(
        self,
        mask: NDArray[np.bool_],
        spacing_kji_mm: tuple[float, float, float],
        centre_kji: tuple[float, float, float] | None = None,
    ) -> NDArray[np.bool_]:
        """Resample a (K, J, I) mask to ``shape_kji``: set where it covers more than half of a voxel."""
        return self._sample(mask.astype(np.float32), spacing_kji_mm, centre_kji) > 0.5

    def on_grid(
        self,
        probabilities: NDArray[np.float32],
        shape_kji: tuple[int, int, int],
        spacing_kji_mm: tuple[float, float, float],
        centre_kji: tuple[float, float, float] | None = None,
    ) -> NDArray[np.float32]:
        """Answers (..., *shape_kji of the network) on a study's grid, linearly; zero where the network saw nothing."""
        result = probabilities
        for axis, length in enumerate(shape_kji):
            extent = self._extent(axis, length, spacing_kji_mm, centre_kji)
            matrix = pasting_matrix(*extent, self.shape_kji[axis], length)
            result = _along(matrix, result, axis - 3)
        return result.astype(np.float32)

    def _sample(
        self,
        volume: NDArray[np.float32],
        spacing_kji_mm: tuple[float, float, float],
        centre_kji: tuple[float, float, float] | None,
    ) -> NDArray[np.float32]:
        for axis, length in enumerate(volume.shape):
            size = self.shape_kji[axis]
            centre, side = self._extent(axis, length, spacing_kji_mm, centre_kji)
            positions = centre + ((np.arange(size) + 0.5) / size - 0.5) * side
            inside = (positions >= -0.5) & (positions <= length - 0.5)
            volume = _along(sampling_matrix(centre, side, size, length) * inside[:, None], volume, axis - 3)
        return volume

    def _extent(
        self,
        axis: int,
        length: int,
        spacing_kji_mm: tuple[float, float, float],
        centre_kji: tuple[float, float, float] | None,
    ) -> tuple[float, float]:
        """Centre and side of the network's grid along one axis, in voxels of a study of ``length`` voxels."""
        centre = (length - 1) / 2 if centre_kji is None else centre_kji[axis]
        return centre, self.shape_kji[axis] * self.spacing_kji_mm[axis] / spacing_kji_mm[axis]


def _along(matrix: NDArray[np.float32], values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Multiply one axis of an array by a matrix (new, old)."""
    return np.moveaxis(np.tensordot(matrix.astype(np.float32), values, axes=(1, axis)), 0, axis)
