"""What the numbers in a label map mean: ScarSeg's own and the public datasets'. Always named, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.volume import LabelMap

BACKGROUND, CAVITY, MYOCARDIUM, SCAR, MVO = 0, 1, 2, 3, 4
"""ScarSeg's own values in `segmentation.nrrd`; 2 is normal myocardium, the whole is 2 + 3 + 4."""

MINIMUM_ENCLOSED_FRACTION = 0.6
"""A cavity counts as inside its myocardium when this share of it lies in the filled myocardium or beside it (ours)."""


@dataclass(frozen=True)
class LabelScheme:
    """Values of one convention. An empty tuple means that the convention has no such structure."""

    cavity: tuple[int, ...] = ()
    normal_myocardium: tuple[int, ...] = ()
    scar: tuple[int, ...] = ()
    mvo: tuple[int, ...] = ()
    right_ventricle: tuple[int, ...] = ()
    other: tuple[int, ...] = ()

    @property
    def known(self) -> tuple[int, ...]:
        return (0, *self.cavity, *self.normal_myocardium, *self.scar, *self.mvo, *self.right_ventricle, *self.other)


SCHEMES: Mapping[str, LabelScheme] = MappingProxyType(
    {
        "emidec": LabelScheme(cavity=(1,), normal_myocardium=(2,), scar=(3,), mvo=(4,)),
        "acdc": LabelScheme(cavity=(3,), normal_myocardium=(2,), right_ventricle=(1,)),
        # Oedema (1220) is living myocardium: it belongs to the wall, not to the scar.
        "myops": LabelScheme(cavity=(500,), normal_myocardium=(200, 1220), scar=(2221,), right_ventricle=(600,)),
        "mscmrseg": LabelScheme(cavity=(500,), normal_myocardium=(200,), right_ventricle=(600,)),
        "myosaiq": LabelScheme(cavity=(1,), normal_myocardium=(2,), scar=(3,), mvo=(4,)),
        # A plain mask of the whole myocardium, without a cavity.
        "mask": LabelScheme(normal_myocardium=(1,)),
    }
)


@dataclass(frozen=True, eq=False)
class HeartMasks:
    """Boolean (K, J, I) masks read from one label map. ``myocardium`` is the whole wall: normal + scar + MVO."""

    cavity: NDArray[np.bool_]
    myocardium: NDArray[np.bool_]
    scar: NDArray[np.bool_]
    mvo: NDArray[np.bool_]


def scheme_named(name: str) -> LabelScheme:
    """Look a convention up. Raises ScarSegError with the known names."""
    if name not in SCHEMES:
        raise ScarSegError(f"unknown label convention '{name}': expected one of {', '.join(SCHEMES)}")
    return SCHEMES[name]


def heart_masks(labels: LabelMap, scheme_name: str, *, cavity_required: bool = True) -> HeartMasks:
    """Split a label map into masks by a named convention.

    Raises:
        ScarSegError: The map is empty, holds values the convention lacks, has no myocardium, has no cavity where one
            is required, or its cavity does not lie inside its myocardium (the sign of a wrong convention).
    """
    scheme = scheme_named(scheme_name)
    found = {int(value) for value in np.unique(labels.array)}
    if found <= {0}:
        raise ScarSegError(f"the label map {labels.name} is empty: draw the myocardium or leave the mask out")
    unknown = sorted(found - set(scheme.known))
    if unknown:
        raise ScarSegError(
            f"the label map {labels.name} holds the values {unknown}, which '{scheme_name}' does not know "
            f"(it knows {sorted(scheme.known)}): name its convention (command line: --labels)"
        )

    def mask(*values: int) -> NDArray[np.bool_]:
        return np.isin(labels.array, values)

    masks = HeartMasks(
        cavity=mask(*scheme.cavity),
        myocardium=mask(*scheme.normal_myocardium, *scheme.scar, *scheme.mvo),
        scar=mask(*scheme.scar),
        mvo=mask(*scheme.mvo),
    )
    if not masks.myocardium.any():
        raise ScarSegError(f"the label map {labels.name} has no myocardium under '{scheme_name}'")
    if not masks.cavity.any():
        if cavity_required:
            raise ScarSegError(
                f"the label map {labels.name} has a myocardium but no cavity: the cavity is needed here, "
                f"label it with {scheme.cavity or (CAVITY,)} and choose a convention that has one"
            )
        return masks
    share = enclosed_fraction(masks.cavity, masks.myocardium)
    if share < MINIMUM_ENCLOSED_FRACTION:
        raise ScarSegError(
            f"only {share:.0%} of the cavity of {labels.name} lies inside its myocardium: correct the two where they "
            f"were drawn, or, if they come from a file, name its convention, which is probably not '{scheme_name}' "
            "(command line: --labels)"
        )
    return masks


def enclosed_fraction(cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_]) -> float:
    """Share of the cavity's pixels that lie in the holes of the myocardium, slice by slice (axis 0).

    A ring that is open at the outflow tract has no hole; there the pixels inside the myocardium's convex extent along
    all four in-plane directions count as enclosed. 0 where there is no cavity.
    """
    if not cavity.any():
        return 0.0
    # Late: who needs the names of the labels alone, as a module that opens, need not wait for scipy.
    from scipy import ndimage

    inside = 0
    for cavity_slice, wall_slice in zip(cavity, myocardium, strict=True):
        if not cavity_slice.any() or not wall_slice.any():
            continue
        filled = ndimage.binary_fill_holes(wall_slice)
        shadows = [
            np.maximum.accumulate(wall_slice, axis=0),
            np.maximum.accumulate(wall_slice[::-1], axis=0)[::-1],
            np.maximum.accumulate(wall_slice, axis=1),
            np.maximum.accumulate(wall_slice[:, ::-1], axis=1)[:, ::-1],
        ]
        surrounded = np.sum(shadows, axis=0) >= 3
        inside += int((cavity_slice & (filled | surrounded)).sum())
    return inside / int(cavity.sum())
