"""Partial-volume weighted infarct size, after EWA (Heiberg 2008, Radiology 246:581; Engblom 2016, JCMR 18:27)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.result import RemoteRegion, Threshold
from ScarSegLogic.quantification.thresholds import (
    finite_values,
    myocardial_peak,
    no_scar_reason,
    shows_scar,
)

FULL_INFARCT_WEIGHT = 0.5
"""A voxel is segmented as infarct from this weight on (ours: more infarct than not)."""

REGION_SD = 2.0
"""Voxels at and above remote mean + 2 SD are the region whose upper part gives the full-infarct intensity (ours)."""


@dataclass(frozen=True, eq=False)
class WeightedInfarct:
    """Weights of infarct in the myocardium.

    Attributes:
        threshold: Intensity at which the weight is one half, with the definition.
        weights: (K, J, I) float64 in 0..1: share of each voxel that is infarct; 0 outside the myocardium.
    """

    threshold: Threshold
    weights: NDArray[np.float64]


def weigh_infarct(image: NDArray[np.floating], myocardium: NDArray[np.bool_], remote: RemoteRegion) -> WeightedInfarct:
    """Weigh each myocardial voxel by its intensity between remote and full infarct.

    From the sources: the infarct region is found first, then each of its voxels counts by its intensity, zero at the
    remote mean and one at full infarct, so that partly infarcted voxels count partly. Ours: two classes by one
    expectation-maximisation of Gaussians stand for their EM with a-priori information on coronary territories; full
    infarct is the mean of the upper class.

    Args:
        image: (K, J, I) intensities; not finite ones weigh 0.
        myocardium: (K, J, I) bool.
        remote: The zero of the weight.

    Returns:
        Weights, zero everywhere (with the reason) where the peak shows no scar.
    """
    definition = "partial-volume weight >= 0.5: halfway between remote mean and full-infarct intensity"
    values = finite_values(image[myocardium]).astype(np.float64)
    peak = myocardial_peak(image, myocardium)
    if not shows_scar(peak, remote):
        threshold = Threshold(None, definition, reason=no_scar_reason(peak, remote))
        return WeightedInfarct(threshold, np.zeros(image.shape))
    full = _full_infarct_intensity(values, remote, peak)
    weights = np.zeros(image.shape)
    weights[myocardium] = np.clip(
        (np.nan_to_num(image[myocardium], nan=-np.inf) - remote.mean) / (full - remote.mean), 0, 1
    )
    return WeightedInfarct(Threshold((remote.mean + full) / 2, f"{definition} ({full:.4g})"), weights)


def _full_infarct_intensity(values: NDArray[np.float64], remote: RemoteRegion, peak: float) -> float:
    upper = values[values >= remote.mean + REGION_SD * remote.sd]
    return float(np.median(upper)) if upper.size else peak
