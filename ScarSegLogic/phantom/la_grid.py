"""The grid of a 3D acquisition of the left atrium."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.rasterise import Supersampling

MARGIN_MM = (6.0, 14.0)
"""Range of what is imaged above and below the labelled atrium (ours)."""

TILT_SD_DEG = 9.0
LARGEST_TILT_DEG = 25.0
"""How oblique the slices are, about each axis (ours)."""


class Sampling(StrEnum):
    """Which voxels."""

    SLICES = "slices"
    ISOTROPIC = "isotropic"

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """0.625 x 0.625 x 2.5 mm as in [S1] (SCIENCE.md section 2), or 1 mm."""
        return (2.5, 0.625, 0.625) if self is Sampling.SLICES else (1.0, 1.0, 1.0)

    @property
    def supersampling(self) -> Supersampling:
        """Samples at the wall: about 0.4 mm apart."""
        return Supersampling(2, 6) if self is Sampling.SLICES else Supersampling(3, 3)

    @property
    def matrix_sizes(self) -> tuple[int, ...]:
        """Rows and columns of a random phantom (ours)."""
        return (288, 320, 352, 384) if self is Sampling.SLICES else (176, 192, 208, 224)


@dataclass(frozen=True, eq=False)
class LAStack:
    """A grid and where the atrium lies in it.

    Attributes:
        geometry: Oblique, right-handed; k runs to the head.
        middle_ras: RAS of the atrium's middle, from which the model's coordinates count.
    """

    geometry: Geometry
    middle_ras: NDArray[np.float64]

    def local(self, stride: int = 1) -> Geometry:
        """The grid in the model's coordinates; with a stride every so many rows and columns."""
        matrix = np.array(self.geometry.ijk_to_ras)
        matrix[:3, 3] -= self.middle_ras
        matrix[:3, :2] *= stride
        count, height, width = self.geometry.shape_kji
        return Geometry((count, -(-height // stride), -(-width // stride)), matrix)


def sample_la_stack(
    corners_ras: tuple[NDArray[np.float64], NDArray[np.float64]],
    sampling: Sampling,
    matrix_size: int | None,
    generator: np.random.Generator,
) -> LAStack:
    """Draw near-axial slices that hold the whole labelled atrium.

    Args:
        corners_ras: Lowest and highest corner of the labelled atrium in the model's coordinates.
        sampling: Voxel size.
        matrix_size: Rows and columns, or None to draw them.
        generator: Randomness.
    """
    g = generator
    directions = np.diag([-1.0, -1.0, 1.0])
    for axis, tilt in enumerate(np.clip(g.normal(0.0, TILT_SD_DEG, 3), -LARGEST_TILT_DEG, LARGEST_TILT_DEG)):
        directions = _rotation(axis, tilt) @ directions
    spacing = np.array(sampling.spacing_kji_mm)
    low, high = corners_ras
    corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1)), axis=-1).reshape(-1, 3) @ directions
    margins = g.uniform(*MARGIN_MM, 2)
    bottom, top = corners[:, 2].min() - margins[0], corners[:, 2].max() + margins[1]
    count = int(np.ceil((top - bottom) / spacing[0]))
    drawn = int(g.choice(sampling.matrix_sizes))
    size = drawn if matrix_size is None else matrix_size
    # The atrium lies off the middle of the image, as far as the image has room for it.
    extent = np.ptp(corners[:, :2], axis=0).max() / 2.0
    room = max(size * spacing[1] / 2.0 - extent - 4.0, 0.0)
    middle = (corners[:, :2].min(axis=0) + corners[:, :2].max(axis=0)) / 2.0 + g.uniform(-1.0, 1.0, 2) * min(room, 25.0)
    first = np.array([*(middle - spacing[1] * (size - 1) / 2.0), bottom])
    place = g.uniform(-40.0, 40.0, 3)
    geometry = Geometry.from_spacing(
        (count, size, size), tuple(spacing), directions=directions, origin_ras_mm=directions @ first + place
    )
    return LAStack(geometry, place)


def _rotation(axis: int, degrees: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix
