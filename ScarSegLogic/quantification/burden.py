"""Volumes, mass and burden of scar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.result import SCAR_DENSITY_G_PER_ML, ScarBurden

EMPTY_BURDEN = ScarBurden(0.0, 0.0, 0.0, 0.0, 0.0, None)
"""What an excluded slice contributes: nothing."""


def scar_burden(
    myocardium: NDArray[np.bool_], scar: NDArray[np.bool_], mvo: NDArray[np.bool_], voxel_volume_ml: float
) -> ScarBurden:
    """Count voxels into millilitres, grams and per cent (SCIENCE.md section 6, "Numbers").

    Args:
        myocardium: Bool mask of any shape: the whole wall, normal + scar + MVO.
        scar: Bool mask of the same shape, without MVO.
        mvo: Bool mask of the same shape.
        voxel_volume_ml: Volume of one voxel, with the gap between slices counted once.

    Returns:
        The burden; its fraction is None where there is no myocardium.
    """
    myocardium_ml = float(np.count_nonzero(myocardium)) * voxel_volume_ml
    scar_ml = float(np.count_nonzero(scar)) * voxel_volume_ml
    mvo_ml = float(np.count_nonzero(mvo)) * voxel_volume_ml
    infarct_ml = scar_ml + mvo_ml
    return ScarBurden(
        myocardium_volume_ml=myocardium_ml,
        scar_volume_ml=scar_ml,
        mvo_volume_ml=mvo_ml,
        infarct_volume_ml=infarct_ml,
        scar_mass_g=infarct_ml * SCAR_DENSITY_G_PER_ML,
        scar_fraction_percent=100.0 * infarct_ml / myocardium_ml if myocardium_ml > 0 else None,
    )
