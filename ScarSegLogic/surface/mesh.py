"""A closed surface of triangles in the patient, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MM2_PER_CM2 = 100.0


@dataclass(frozen=True, eq=False)
class TriangleMesh:
    """Vertices in RAS and the triangles between them.

    Attributes:
        vertices_ras: (V, 3) float64, mm.
        triangles: (T, 3) integer vertex numbers, counterclockwise when seen from outside.

    Raises:
        ValueError: A shape is wrong or a triangle names a vertex that does not exist.
    """

    vertices_ras: NDArray[np.float64]
    triangles: NDArray[np.integer]

    def __post_init__(self) -> None:
        vertices, triangles = np.asarray(self.vertices_ras, dtype=np.float64), np.asarray(self.triangles)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
            raise ValueError(
                f"a mesh needs (V, 3) vertices and (T, 3) triangles, got {vertices.shape, triangles.shape}"
            )
        if triangles.size and not 0 <= triangles.min() <= triangles.max() < len(vertices):
            raise ValueError(f"triangles name vertices {triangles.min()} to {triangles.max()} of {len(vertices)}")
        object.__setattr__(self, "vertices_ras", vertices)
        object.__setattr__(self, "triangles", triangles)

    @cached_property
    def _area_vectors_mm2(self) -> NDArray[np.float64]:
        """(T, 3): the normal of each triangle, as long as its area."""
        first, second, third = (self.vertices_ras[self.triangles[:, corner]] for corner in range(3))
        return 0.5 * np.cross(second - first, third - first)

    @cached_property
    def triangle_areas_mm2(self) -> NDArray[np.float64]:
        """(T,): area of each triangle."""
        return np.linalg.norm(self._area_vectors_mm2, axis=1)

    @cached_property
    def vertex_areas_mm2(self) -> NDArray[np.float64]:
        """(V,): a third of the area of every triangle that meets there. They add up to the area of the surface."""
        shares = np.repeat(self.triangle_areas_mm2 / 3, 3)
        sums = np.bincount(self.triangles.ravel(), weights=shares, minlength=len(self.vertices_ras))
        return sums.astype(np.float64, copy=False)  # counts of nothing are whole numbers

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """(V, 3): outward unit normals, the mean over the triangles that meet there by their area; 0 without any."""
        corners = self.triangles.ravel()
        vectors = np.repeat(self._area_vectors_mm2, 3, axis=0)
        count = len(self.vertices_ras)
        sums = np.stack([np.bincount(corners, weights=vectors[:, axis], minlength=count) for axis in range(3)], axis=1)
        sums = sums.astype(np.float64, copy=False)  # counts of nothing are whole numbers
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)

    @cached_property
    def edges(self) -> NDArray[np.integer]:
        """(E, 2): each pair of neighbouring vertices once, the smaller number first."""
        pairs = np.concatenate([self.triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
        pairs.sort(axis=1)
        count = len(self.vertices_ras)
        codes = np.unique(pairs[:, 0].astype(np.int64) * count + pairs[:, 1])
        return np.stack([codes // count, codes % count], axis=1)

    @property
    def area_cm2(self) -> float:
        """Area of the whole surface."""
        return float(self.triangle_areas_mm2.sum()) / MM2_PER_CM2

    @property
    def enclosed_volume_ml(self) -> float:
        """Volume inside a closed surface (divergence theorem); negative where the triangles look inward."""
        # Far from the patient's origin the terms are large: measured from the surface's own centre they are not.
        centred = self.vertices_ras - self.vertices_ras.mean(axis=0) if len(self.vertices_ras) else self.vertices_ras
        first, second, third = (centred[self.triangles[:, corner]] for corner in range(3))
        return float(np.einsum("ij,ij->", first, np.cross(second, third))) / 6 / 1000

    def area_of_cm2(self, selected: NDArray[np.bool_]) -> float:
        """Area of the vertices that are True in a (V,) mask."""
        return float(self.vertex_areas_mm2[selected].sum()) / MM2_PER_CM2
