"""Scar of the atrial wall in ml and %, of the whole and by region, and at other thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import cc3d
import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.cleanup import drop_small_volumes
from ScarSegLogic.quantification.la_method import BloodReference
from ScarSegLogic.quantification.la_regions import REGIONS
from ScarSegLogic.quantification.la_request import LAMethod, LARequest, UtahScale
from ScarSegLogic.quantification.la_result import (
    LAThreshold,
    Patches,
    SweepPoint,
    UtahCategory,
    WallScar,
)

SWEEP_IIR = np.round(np.arange(0.80, 1.8001, 0.05), 2)
"""Ratios of the threshold sweep: around all published ones (ours)."""

SWEEP_SD = np.arange(1.0, 6.001, 0.25)
"""SDs of the threshold sweep (ours)."""

NOT_PRE_ABLATION = "the study is not declared pre-ablation (command line: --pre-ablation)"


def wall_scar(wall_voxels: int, scar_voxels: int, voxel_volume_ml: float) -> WallScar:
    """Volumes and percentage of two counts of voxels."""
    percent = 100 * scar_voxels / wall_voxels if wall_voxels else None
    return WallScar(wall_voxels * voxel_volume_ml, scar_voxels * voxel_volume_ml, percent)


def scar_patches(scar: NDArray[np.bool_], voxel_volume_ml: float) -> Patches:
    """Connected scars (26 neighbours): how many and the largest in ml."""
    sizes = np.bincount(cc3d.connected_components(scar, connectivity=26).ravel())[1:]
    return Patches(len(sizes), float(sizes.max()) * voxel_volume_ml if len(sizes) else 0.0)


def region_scars(
    wall_regions: NDArray[np.uint8], scar_of_wall: NDArray[np.bool_], voxel_volume_ml: float
) -> tuple[WallScar, ...]:
    """Wall and scar of each region, in the order of ``REGIONS``.

    Args:
        wall_regions: (N,) region of each wall voxel.
        scar_of_wall: (N,) bool, whether it is scar.
        voxel_volume_ml: Volume of a voxel.
    """
    count = len(REGIONS) + 1
    walls = np.bincount(wall_regions, minlength=count)
    scars = np.bincount(wall_regions[scar_of_wall], minlength=count)
    return tuple(wall_scar(int(walls[n]), int(scars[n]), voxel_volume_ml) for n in range(1, count))


def threshold_sweep(
    image: NDArray[np.floating],
    wall: NDArray[np.bool_],
    request: LARequest,
    blood: BloodReference,
    voxel_volume_ml: float,
) -> tuple[SweepPoint, ...]:
    """Scar of the wall at rising thresholds, cleaned up as the result itself; () without a blood pool.

    Thresholds are ratios to the blood; SDs above it with the method ``sd`` and where ratios are refused.

    Args:
        image: (K, J, I) intensities.
        wall: (K, J, I) bool, not empty.
        request: Its method chooses the steps, its smallest island the clean-up.
        blood: The blood pool.
        voxel_volume_ml: Volume of a voxel.
    """
    points = []
    for value in _sweep_values(request, blood):
        scar = drop_small_volumes(wall & (image >= value), voxel_volume_ml, request.minimum_island_mm3)
        found = wall_scar(int(np.count_nonzero(wall)), int(np.count_nonzero(scar)), voxel_volume_ml)
        points.append(
            SweepPoint(
                value, blood.iir_of(value), blood.n_sd_of(value), found.scar_volume_ml, found.scar_percent_of_wall
            )
        )
    return tuple(points)


def utah_category(
    request: LARequest, percent: float | None, threshold: LAThreshold
) -> tuple[UtahCategory | None, str | None]:
    """The category of a pre-ablation study by % of wall volume (SCIENCE.md section 7), or None with the reason.

    Akoum 2011 (5/20/35) and DECAAF, Marrouche 2014 (10/20/30): below the first limit is 1, at and above the last 4.
    """
    if not request.pre_ablation:
        return None, NOT_PRE_ABLATION
    if percent is None:
        return None, "there is no wall to relate the scar to"
    limits = [float(limit) for limit in UtahScale(request.utah_scale).split("/")]
    category = 1 + int(np.searchsorted(limits, percent, side="right"))
    return UtahCategory(category, str(request.utah_scale), threshold.definition), None


def _sweep_values(request: LARequest, blood: BloodReference) -> Sequence[float]:
    pool = blood.blood_pool
    if pool is None or not pool.sd > 0:
        return ()
    if request.method is LAMethod.SD or blood.refusal is not None:
        return [float(pool.mean + number * pool.sd) for number in SWEEP_SD]
    return [float(ratio * pool.mean) for ratio in SWEEP_IIR]
