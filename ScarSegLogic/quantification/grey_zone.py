"""The grey zone between core scar and normal myocardium, by named definition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import Baseline, GreyZoneDefinition
from ScarSegLogic.quantification.result import GreyZone, RemoteRegion
from ScarSegLogic.quantification.thresholds import (
    PEAK_PERCENTILE,
    myocardial_peak,
    no_scar_reason,
    shows_scar,
)

SD_LIMITS = (2.0, 3.0)
"""Grey zone of 2 to 3 SD above remote (Yan 2006, Circulation 114:32; SCIENCE.md section 6)."""

PEAK_LIMITS = {
    GreyZoneDefinition.PEAK_35_50: (0.35, 0.50),
    GreyZoneDefinition.PEAK_40_60: (0.40, 0.60),
}
"""Grey zone as a range of the peak (35-50 %: Roes 2009; 40-60 %: SCIENCE.md section 6)."""


def measure_grey_zone(
    image: NDArray[np.floating],
    myocardium: NDArray[np.bool_],
    remote: RemoteRegion,
    *,
    definition: GreyZoneDefinition,
    baseline: Baseline,
    voxel_volume_ml: float,
) -> GreyZone:
    """Volumes of grey zone and core, apart, over the whole myocardium.

    Args:
        image: (K, J, I) intensities; NaN belongs to neither.
        myocardium: (K, J, I) bool, not empty.
        remote: Remote myocardium.
        definition: One of the named definitions, not ``NONE``.
        baseline: Where a fraction of the peak is measured from; the peak is the 99th percentile of the myocardium.
        voxel_volume_ml: Volume of a voxel.

    Raises:
        ScarSegError: It is undefined, with the reason: the peak shows no scar, or raw limits lie within the remote
            myocardium.
    """
    peak = myocardial_peak(image, myocardium)
    if not shows_scar(peak, remote):
        raise ScarSegError(f"there is no grey zone: {no_scar_reason(peak, remote)}")
    if definition is GreyZoneDefinition.SD_2_3:
        lower, upper = (remote.mean + n * remote.sd for n in SD_LIMITS)
        words = "2-3 SD above the remote mean"
    else:
        fractions = PEAK_LIMITS[definition]
        zero = 0.0 if baseline is Baseline.RAW else remote.mean
        lower, upper = (zero + fraction * (peak - zero) for fraction in fractions)
        origin = "zero" if baseline is Baseline.RAW else "the remote mean"
        words = (
            f"{fractions[0]:.0%} to {fractions[1]:.0%} of the peak (the {PEAK_PERCENTILE:g}th percentile of the "
            f"myocardium), measured from {origin}"
        )
    if lower <= remote.mean:
        raise ScarSegError(
            f"the grey zone is undefined: its lower limit ({lower:.4g}) does not lie above the remote mean "
            f"({remote.mean:.4g}); a raw baseline does not fit this image, use the remote baseline"
        )
    values = image[myocardium]
    return GreyZone(
        definition=words,
        lower=float(lower),
        upper=float(upper),
        grey_zone_volume_ml=float(np.count_nonzero((values >= lower) & (values < upper))) * voxel_volume_ml,
        core_volume_ml=float(np.count_nonzero(values >= upper)) * voxel_volume_ml,
    )
