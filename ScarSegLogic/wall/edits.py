"""What a person drew into and out of a wall. It outlives every change of the thickness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.wall.box import Box, bounding_box


@dataclass(frozen=True, eq=False)
class WallEdits:
    """Two layers over a generated wall. A voxel is in at most one of them: the last stroke counts.

    Attributes:
        added: (K, J, I) bool, wall whatever the thickness and the exclusions.
        removed: (K, J, I) bool, never wall.

    Raises:
        ValueError: The shapes differ or a voxel is in both.
    """

    added: NDArray[np.bool_]
    removed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.added.shape != self.removed.shape:
            raise ValueError(f"the layers have different shapes: {self.added.shape} and {self.removed.shape}")
        if (self.added & self.removed).any():
            raise ValueError("a voxel is both added and removed: the last stroke must win")

    @classmethod
    def none(cls, shape_kji: tuple[int, int, int]) -> WallEdits:
        """Two empty layers: what a reset leaves."""
        return cls(np.zeros(shape_kji, dtype=bool), np.zeros(shape_kji, dtype=bool))

    @property
    def is_empty(self) -> bool:
        return self.added_box is None and not self.removed.any()

    @cached_property
    def added_box(self) -> Box | None:
        """The voxels that were added lie in here; None where there are none."""
        return bounding_box(self.added)

    def painted(self, stroke: NDArray[np.bool_]) -> WallEdits:
        """With a stroke of the brush, (K, J, I) bool. Voxels that are wall already stay so when it becomes thinner."""
        return WallEdits(self.added | stroke, self.removed & ~stroke)

    def erased(self, stroke: NDArray[np.bool_]) -> WallEdits:
        """With a stroke of the eraser, (K, J, I) bool."""
        return WallEdits(self.added & ~stroke, self.removed | stroke)

    def changed(self, shown: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> WallEdits:
        """With what an editor did to the wall it was shown: voxels that came are added, those that went removed.

        Args:
            shown: (K, J, I) bool, the wall before the stroke.
            drawn: (K, J, I) bool, the wall after it.
        """
        return self.painted(drawn & ~shown).erased(shown & ~drawn)
