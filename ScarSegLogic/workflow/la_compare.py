"""Two studies of one patient, for example before and after an ablation: brought together, then compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.lps import LPS_TO_RAS, image_from_array
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.quantification.la_change import LAChange, change_between, scar_overlap
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.wall.box import bounding_box
from ScarSegLogic.workflow.resample import on_grid

REACH_MM = 15.0
"""Distances to the cavity's surface are told apart this far on both sides (ours)."""
SAMPLES = 40_000
"""Voxels about the atrium that the registration looks at (ours)."""
MOST_STEPS = 200
GOOD_DICE = 0.8
"""Cavities that overlap less once brought together are named to the user (ours)."""


@dataclass(frozen=True, eq=False)
class LAComparison:
    """Two studies side by side.

    Attributes:
        change: What changed, scar voxel by voxel included.
        before_from_after: (4, 4), takes a point of the later study to the same place of the earlier one, RAS mm.
        cavity_dice: How well the two cavities lie on each other then; 0 to 1.
    """

    change: LAChange
    before_from_after: NDArray[np.float64]
    cavity_dice: float


def compare_la(before: LAScarResult, after: LAScarResult) -> LAComparison:
    """Bring the earlier study onto the later one's grid by a rigid motion, and compare their scar.

    Args:
        before: The earlier study.
        after: The later one.

    Raises:
        ScarSegError: The walls do not meet even then.
    """
    motion = rigid_motion(before.cavity, after.cavity)
    grid = after.cavity.geometry
    cavity, wall, scar = (_moved(each, motion, grid) for each in (before.cavity, before.wall, before.scar))
    dice = overlap(cavity, after.cavity.array > 0).dice
    shared = scar_overlap((wall, scar), (after.wall.array > 0, after.scar.array > 0), grid.voxel_volume_ml)
    change = change_between(before, after, overlap=shared)
    if dice < GOOD_DICE:
        told = f"the two cavities overlap poorly once brought together (Dice {dice:.2f}): check that both are complete"
        change = replace(change, warnings=(*change.warnings, told))
    return LAComparison(change, motion, dice)


def rigid_motion(before: LabelMap, after: LabelMap) -> NDArray[np.float64]:
    """The rotation and shift that lay the later cavity onto the earlier one.

    The shapes are compared, not the intensities, which an ablation changes and no two scans share.

    Returns:
        (4, 4), from the later study to the earlier one, RAS mm.
    """
    fixed, moving = _distances(after), _distances(before)
    start = sitk.Euler3DTransform()
    middles = [LPS_TO_RAS[:3, :3] @ _middle_ras(each) for each in (after, before)]
    start.SetCenter(middles[0].tolist())
    start.SetTranslation((middles[1] - middles[0]).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMeanSquares()
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(min(1.0, SAMPLES / fixed.GetNumberOfPixels()))
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, MOST_STEPS)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(start)
    method.Execute(fixed, moving)
    rotation, centre = np.array(start.GetMatrix()).reshape(3, 3), np.array(start.GetCenter())
    lps = np.eye(4)
    lps[:3, :3] = rotation
    lps[:3, 3] = centre + start.GetTranslation() - rotation @ centre
    return LPS_TO_RAS @ lps @ LPS_TO_RAS


def _distances(cavity: LabelMap) -> sitk.Image:
    """Signed distance from the surface in the part of the volume about it, clipped."""
    geometry = cavity.geometry
    margin = [int(np.ceil(REACH_MM / step)) for step in geometry.spacing_kji_mm]
    box = bounding_box(cavity.array > 0).grown(margin, geometry.shape_kji)
    image = image_from_array((cavity.array[box.slices] > 0).astype(np.uint8), box.geometry_in(geometry))
    distances = sitk.SignedMaurerDistanceMap(image, squaredDistance=False, useImageSpacing=True)
    return sitk.Cast(sitk.Clamp(distances, sitk.sitkFloat32, -REACH_MM, REACH_MM), sitk.sitkFloat64)


def _middle_ras(mask: LabelMap) -> NDArray[np.float64]:
    return mask.geometry.index_to_ras(np.argwhere(mask.array > 0).mean(axis=0))


def _moved(mask: LabelMap, before_from_after: NDArray[np.float64], grid: Geometry) -> NDArray[np.bool_]:
    """A mask of the earlier study on the grid of the later one."""
    matrix = np.linalg.inv(before_from_after) @ mask.geometry.ijk_to_ras
    return on_grid(replace(mask, geometry=Geometry(mask.geometry.shape_kji, matrix)), grid).array > 0
