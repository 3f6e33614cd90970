"""A study turned so that its axes run as nearly to the head, to the back and to the left as its grid allows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry

HEAD_BACK_LEFT = np.array([(0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)])
"""RAS directions of the axes (K, J, I) of a turned study."""


@dataclass(frozen=True)
class AnatomicalAxes:
    """Exchanged and mirrored axes, never interpolation: an oblique grid stays oblique.

    Attributes:
        order: Array axis of the study for each axis of the turned one.
        mirrored: Whether a turned axis runs against that of the study.
    """

    order: tuple[int, int, int]
    mirrored: tuple[bool, bool, bool]

    @classmethod
    def of(cls, geometry: Geometry) -> AnatomicalAxes:
        """The best match of a grid's axes."""
        cosines = HEAD_BACK_LEFT @ geometry.directions[:, ::-1]
        order = max(
            permutations(range(3)), key=lambda axes: sum(abs(cosines[row, axis]) for row, axis in enumerate(axes))
        )
        return cls(order, tuple(bool(cosines[row, axis] < 0) for row, axis in enumerate(order)))

    def turn(self, array: NDArray) -> NDArray:
        """(K, J, I) of the study to the turned axes; a view."""
        return np.flip(array.transpose(self.order), self._mirrored_axes)

    def turn_back(self, array: NDArray) -> NDArray:
        """Undo ``turn``; a view."""
        return np.flip(array, self._mirrored_axes).transpose(np.argsort(self.order))

    def turned_spacing_mm(self, geometry: Geometry) -> tuple[float, float, float]:
        """Distances of voxels along the turned axes."""
        k, j, i = (geometry.spacing_kji_mm[axis] for axis in self.order)
        return k, j, i

    @property
    def _mirrored_axes(self) -> tuple[int, ...]:
        return tuple(axis for axis, mirrored in enumerate(self.mirrored) if mirrored)
