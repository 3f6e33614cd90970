"""One labelled study, as every task receives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError

STRUCTURES = ("cavity", "myocardium", "scar", "mvo", "la_cavity", "la_scar")
"""Every mask that a case may carry; "myocardium" is the whole wall with its scar, "scar" the infarct with its MVO."""

PHASES = ("acute", "chronic")


@dataclass(frozen=True, eq=False)
class Case:
    """One study of one patient, slices first.

    Attributes:
        case: Its name, unique in its dataset.
        patient: A split never separates the cases of a patient.
        image: (K, J, I) float32 grey values.
        masks: (K, J, I) boolean by structure, see ``STRUCTURES``. A structure that nobody marked is absent; one that
            the study does not have is an empty mask.
        spacing_kji_mm: Distances of slices, rows and columns.
        observers: (K, J, I) boolean each: the scar as other readers drew it.
        insertions_ji: (K, 2, 2) row and column of the anterior and inferior RV insertion, NaN where a slice has none;
            None where nobody marked them.
        tier: Difficulty 0 easy, 1 medium, 2 hard: an expert's, else automatic; None where it cannot be told.
        slice_tiers: The same slice by slice, where slices were graded.
        cohort: Where the study comes from.
        phase: "acute" or "chronic".

    Raises:
        ScarSegError: A mask is of another shape than the image, or a field has a value it cannot have.
    """

    case: str
    patient: str
    image: NDArray[np.float32]
    masks: Mapping[str, NDArray[np.bool_]]
    spacing_kji_mm: tuple[float, float, float]
    observers: tuple[NDArray[np.bool_], ...] = field(default=(), kw_only=True)
    insertions_ji: NDArray[np.float64] | None = field(default=None, kw_only=True)
    tier: int | None = field(default=None, kw_only=True)
    slice_tiers: tuple[int | None, ...] | None = field(default=None, kw_only=True)
    cohort: str | None = field(default=None, kw_only=True)
    phase: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.masks) - set(STRUCTURES)):
            raise ScarSegError(f"case {self.case} has the unknown masks {unknown}: expected {', '.join(STRUCTURES)}")
        drawn = {**self.masks, **{f"observer {number}": mask for number, mask in enumerate(self.observers, start=1)}}
        for name, mask in drawn.items():
            if mask.shape != self.image.shape:
                raise ScarSegError(
                    f"case {self.case}: the mask '{name}' is {_size(mask.shape)}, the image {_size(self.image.shape)} "
                    "(slices x rows x columns): give masks on the grid of the image"
                )
        if self.slice_tiers is not None and len(self.slice_tiers) != len(self.image):
            raise ScarSegError(
                f"case {self.case} has {len(self.image)} slices, but tiers for {len(self.slice_tiers)}: grade it again"
            )

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_kji_mm)) / 1000.0

    @property
    def scar_burden_percent(self) -> float | None:
        """Scar inside the myocardium over the myocardium (SCIENCE.md section 1), in percent; None where not marked.

        For an atrium the scar over the cavity, which only orders patients for a split (ours).
        """
        if {"myocardium", "scar"} <= set(self.masks):
            wall = self.masks["myocardium"]
            return _percent(int((self.masks["scar"] & wall).sum()), int(wall.sum()))
        if {"la_cavity", "la_scar"} <= set(self.masks):
            return _percent(int(self.masks["la_scar"].sum()), int(self.masks["la_cavity"].sum()))
        return None

    def tier_of_slice(self, index: int) -> int | None:
        """The tier of a slice: its own where slices were graded, else the study's."""
        own = None if self.slice_tiers is None else self.slice_tiers[index]
        return self.tier if own is None else own


def _percent(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
