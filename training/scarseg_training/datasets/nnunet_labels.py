"""Masks as the one label map that nnU-Net learns from, and back.

nnU-Net's labels exclude each other and count up without gaps. A ventricle's masks lie in each other, so each voxel has
the innermost one: ScarSeg's own values 1 cavity, 2 normal myocardium, 3 scar, 4 MVO; scar outside the myocardium is
lost. An atrium's cavity and scar overlap (LAScarQS), so their intersection is a label of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scarseg_training.datasets.case import Case
from ScarSegLogic.errors import ScarSegError

_VALUES: Mapping[str, tuple[int, ...]] = {
    "cavity": (1,),
    "myocardium": (2, 3, 4),
    "scar": (3, 4),
    "mvo": (4,),
    "la_cavity": (1, 3),
    "la_scar": (2, 3),
}
_HIGHEST: Mapping[str, int] = {"cavity": 1, "myocardium": 2, "scar": 3, "mvo": 4, "la_cavity": 1, "la_scar": 3}
"""Labels up to this one are needed where the structure was marked."""
_VENTRICLE_NAMES = ("background", "cavity", "normal_myocardium", "scar", "mvo")
_ATRIUM_NAMES = ("background", "la_cavity", "la_scar", "la_scar_in_cavity")


@dataclass(frozen=True)
class NNUNetLabels:
    """How masks are written as labels.

    Attributes:
        structures: Masks of the cases, those of a ventricle or those of an atrium.
    """

    structures: tuple[str, ...]

    @property
    def names(self) -> dict[str, int]:
        """Label by name, as nnU-Net's ``dataset.json`` has it."""
        names = _VENTRICLE_NAMES if "myocardium" in self.structures else _ATRIUM_NAMES
        return {name: value for value, name in enumerate(names[: self._highest + 1])}

    def encode(self, case: Case) -> NDArray[np.uint8]:
        """(K, J, I) labels of a case.

        Raises:
            ScarSegError: The case has other masks than these.
        """
        if labels_of(case) != self:
            raise ScarSegError(
                f"case {case.case} has the masks {', '.join(sorted(case.masks))}, other cases "
                f"{', '.join(self.structures)}: nnU-Net needs the same in all, choose cases labelled alike"
            )
        if "myocardium" in self.structures:
            labels = np.where(case.masks["myocardium"], np.uint8(2), np.uint8(0))
            labels[case.masks["cavity"] & ~case.masks["myocardium"]] = 1
            for name, value in (("scar", 3), ("mvo", 4)):
                if name in self.structures:
                    labels[case.masks[name] & case.masks["myocardium"]] = value
            return labels
        labels = case.masks["la_cavity"].astype(np.uint8)
        if "la_scar" in self.structures:
            labels += 2 * case.masks["la_scar"].astype(np.uint8)
        return labels

    def decode(self, labels: NDArray[np.integer]) -> dict[str, NDArray[np.bool_]]:
        """The masks of a label map, by structure."""
        return {name: np.isin(labels, _VALUES[name]) for name in self.structures}

    @property
    def _highest(self) -> int:
        return max(_HIGHEST[name] for name in self.structures)


def labels_of(case: Case) -> NNUNetLabels:
    """The labels that a case's masks need.

    Raises:
        ScarSegError: It has the masks of neither a ventricle nor an atrium.
    """
    for needed, optional in ((("cavity", "myocardium"), ("scar", "mvo")), (("la_cavity",), ("la_scar",))):
        if set(needed) <= set(case.masks):
            return NNUNetLabels((*needed, *(name for name in optional if name in case.masks)))
    raise ScarSegError(
        f"case {case.case} has the masks {', '.join(sorted(case.masks)) or 'none'}: nnU-Net needs cavity and "
        "myocardium, or la_cavity"
    )
