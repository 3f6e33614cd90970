"""Where the voxels of a grid lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAME_GRID_TOLERANCE_MM = 1e-2
"""Two grids whose corners differ by less are one grid (ours; headers carry about six digits)."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """A grid of voxels: its shape in array order and Slicer's IJK-to-RAS matrix.

    Attributes:
        shape_kji: Number of slices, rows and columns (K, J, I).
        ijk_to_ras: (4, 4) float64; maps the index (i, j, k, 1) of a voxel **centre** to RAS in mm.

    Raises:
        ValueError: If the shape is not three positive integers or the matrix is not an invertible affine.
    """

    shape_kji: tuple[int, int, int]
    ijk_to_ras: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = tuple(int(size) for size in self.shape_kji)
        matrix = np.array(self.ijk_to_ras, dtype=np.float64)
        if len(shape) != 3 or min(shape) < 1:
            raise ValueError(f"a grid needs three positive sizes (K, J, I), got {self.shape_kji}")
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise ValueError(f"ijk_to_ras must be a finite 4x4 affine matrix, got {matrix.tolist()}")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise ValueError("ijk_to_ras is singular: two grid axes are parallel or a spacing is zero")
        matrix.setflags(write=False)
        object.__setattr__(self, "shape_kji", shape)
        object.__setattr__(self, "ijk_to_ras", matrix)

    @classmethod
    def from_spacing(
        cls,
        shape_kji: tuple[int, int, int],
        spacing_kji_mm: tuple[float, float, float],
        *,
        directions: ArrayLike | None = None,
        origin_ras_mm: ArrayLike = (0.0, 0.0, 0.0),
    ) -> Geometry:
        """Build a grid from spacing, unit direction columns (i, j, k) in RAS and the RAS of voxel (0, 0, 0)."""
        matrix = np.eye(4)
        matrix[:3, :3] = (np.eye(3) if directions is None else np.asarray(directions)) * np.array(spacing_kji_mm)[::-1]
        matrix[:3, 3] = origin_ras_mm
        return cls(shape_kji, matrix)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Geometry)
            and self.shape_kji == other.shape_kji
            and np.array_equal(self.ijk_to_ras, other.ijk_to_ras)
        )

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Distances between voxel centres along K, J and I."""
        i, j, k = np.linalg.norm(self.ijk_to_ras[:3, :3], axis=0)
        return float(k), float(j), float(i)

    @property
    def directions(self) -> NDArray[np.float64]:
        """(3, 3): unit vectors of the i, j and k axes in RAS, as columns."""
        axes = self.ijk_to_ras[:3, :3]
        return axes / np.linalg.norm(axes, axis=0)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel; exact for sheared grids too. Slice thickness and gap are counted once."""
        return float(abs(np.linalg.det(self.ijk_to_ras[:3, :3]))) / 1000.0

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel within a slice (the J-I plane)."""
        i, j = self.ijk_to_ras[:3, 0], self.ijk_to_ras[:3, 1]
        return float(np.linalg.norm(np.cross(i, j)))

    @property
    def ras_to_ijk(self) -> NDArray[np.float64]:
        return np.linalg.inv(self.ijk_to_ras)

    def index_to_ras(self, index_kji: ArrayLike) -> NDArray[np.float64]:
        """RAS in mm of (possibly fractional) indices, shape (..., 3) in order (k, j, i)."""
        index_ijk = np.asarray(index_kji, dtype=np.float64)[..., ::-1]
        return index_ijk @ self.ijk_to_ras[:3, :3].T + self.ijk_to_ras[:3, 3]

    def ras_to_index(self, point_ras: ArrayLike) -> NDArray[np.float64]:
        """Fractional indices (k, j, i), shape (..., 3), of points in RAS mm. Not limited to the grid."""
        inverse = self.ras_to_ijk
        index_ijk = np.asarray(point_ras, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3]
        return index_ijk[..., ::-1]

    def corners_ras(self) -> NDArray[np.float64]:
        """(8, 3): RAS of the centres of the eight corner voxels."""
        k, j, i = (size - 1 for size in self.shape_kji)
        return self.index_to_ras([(a, b, c) for a in (0, k) for b in (0, j) for c in (0, i)])

    def is_same_grid(self, other: Geometry, tolerance_mm: float = SAME_GRID_TOLERANCE_MM) -> bool:
        """Whether both have the same shape and every voxel at the same place within the tolerance."""
        return self.shape_kji == other.shape_kji and bool(
            np.abs(self.corners_ras() - other.corners_ras()).max() <= tolerance_mm
        )

    def permuted(self, axes_kji: tuple[int, int, int]) -> Geometry:
        """The same grid after ``array.transpose(axes_kji)``."""
        columns = [2 - axes_kji[2], 2 - axes_kji[1], 2 - axes_kji[0]]
        matrix = np.array(self.ijk_to_ras)
        matrix[:3, :3] = self.ijk_to_ras[:3, columns]
        return Geometry(tuple(self.shape_kji[axis] for axis in axes_kji), matrix)

    def slice_axis(self) -> int:
        """The array axis across the slices: that of the largest spacing; axis 0 where spacings tie within 1 %.

        An isotropic stack has no preferred axis, so it keeps the order it was stored in (ours).
        """
        spacing = self.spacing_kji_mm
        widest = int(np.argmax(spacing))
        return 0 if spacing[widest] <= 1.01 * spacing[0] else widest
