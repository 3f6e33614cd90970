"""The blood in the left atrium that wall intensities are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_result import BloodPool
from ScarSegLogic.quantification.thresholds import finite_values

MINIMUM_VOXELS = 30
"""A mean and an SD of fewer voxels are not trusted (ours, as for remote myocardium)."""


def measure_blood_pool(
    image: NDArray[np.floating],
    mask: NDArray[np.bool_],
    *,
    voxel_volume_ml: float,
    source: str,
    erosion_mm: float | None = None,
) -> BloodPool:
    """Mean and SD (one degree of freedom) of the blood.

    Args:
        image: (K, J, I) intensities; not finite ones are ignored.
        mask: (K, J, I) bool.
        voxel_volume_ml: Volume of a voxel.
        source: ``eroded cavity`` or ``given``.
        erosion_mm: Rim of the cavity that was left out.

    Raises:
        ScarSegError: Too few usable voxels.
    """
    values = finite_values(image[mask]).astype(np.float64)
    if values.size < MINIMUM_VOXELS:
        rest = "in the region that was given" if erosion_mm is None else f"after an erosion by {erosion_mm:g} mm"
        raise ScarSegError(
            f"no blood pool: {values.size} voxels of the cavity are left {rest}, at least {MINIMUM_VOXELS} are "
            "needed. Check that the cavity is filled, or erode it less"
        )
    return BloodPool(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        voxel_count=int(values.size),
        volume_ml=values.size * voxel_volume_ml,
        source=source,
        erosion_mm=erosion_mm,
    )


def ratio_refusal(
    image: NDArray[np.floating], wall: NDArray[np.bool_], blood_pool_mask: NDArray[np.bool_]
) -> str | None:
    """Why a ratio to the blood means nothing here, or None: blood or wall has values at or below zero.

    Such an image was z-scored, rescaled or is phase-sensitive (SCIENCE.md section 7).
    """
    told = []
    for name, mask in (("wall", wall), ("blood pool", blood_pool_mask)):
        values = finite_values(image[mask])
        count = int(np.count_nonzero(values <= 0))
        if count:
            told.append(f"{count} of {values.size} voxels of the {name} are zero or below (down to {values.min():.4g})")
    if not told:
        return None
    return (
        f"{' and '.join(told)}: the image was z-scored, rescaled or is phase-sensitive, so a ratio of intensities "
        "means nothing. Use mean + n SD of the blood pool (method 'sd')"
    )
