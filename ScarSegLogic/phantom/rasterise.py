"""Sampling of the continuous heart on a stack: partial volume and voxel labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.labels import BACKGROUND, CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.phantom.fitting import fitting_voxels
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar
from ScarSegLogic.phantom.short_axis import ShortAxisStack
from ScarSegLogic.phantom.signal import Tissue

HEART_TISSUES = (
    Tissue.AIR,
    Tissue.FAT,
    Tissue.BLOOD,
    Tissue.RV_BLOOD,
    Tissue.MYOCARDIUM,
    Tissue.SCAR,
    Tissue.MVO,
)
OUTSIDE = 255
"""A sample that belongs to the body around the heart."""


@dataclass(frozen=True)
class Supersampling:
    """Samples of one voxel along each in-plane axis and across the slice."""

    in_plane: int = 3
    across: int = 5


@dataclass(frozen=True, eq=False)
class RasterisedHeart:
    """The heart's neighbourhood in a stack.

    Attributes:
        rows, columns: The neighbourhood in the stack's slices.
        shares: (K, J', I', number of ``HEART_TISSUES``) float32, share of each voxel; the rest is body.
        labels: (K, J, I) uint8 of the whole stack: background, cavity or wall by majority; within the wall infarct or
            normal and within the infarct scar or MVO by the share near one half that keeps each slice's volume.
    """

    rows: slice
    columns: slice
    shares: NDArray[np.float32]
    labels: NDArray[np.uint8]


def rasterise(anatomy: LVAnatomy, scar: LVScar, stack: ShortAxisStack, supersampling: Supersampling) -> RasterisedHeart:
    """Sample the heart at ``in_plane**2 * across`` points a voxel."""
    count, height, width = stack.geometry.shape_kji
    rows, columns = _neighbourhood(anatomy, stack)
    n = supersampling.in_plane
    matrix, offset = stack.pixel_to_xy()
    sub = (np.arange(n) + 0.5) / n - 0.5
    j = (np.arange(rows.start, rows.stop)[:, None] + sub).ravel()
    i = (np.arange(columns.start, columns.stop)[:, None] + sub).ravel()
    x = (matrix[0, 0] * i[None, :] + matrix[0, 1] * j[:, None] + offset[0]).astype(np.float32)
    y = (matrix[1, 0] * i[None, :] + matrix[1, 1] * j[:, None] + offset[1]).astype(np.float32)
    size = (rows.stop - rows.start, columns.stop - columns.start)
    shares = np.zeros((count, *size, len(HEART_TISSUES)), np.float32)
    regions = np.zeros((4, count, *size), np.float32)
    across = stack.slab_mm * ((np.arange(supersampling.across) + 0.5) / supersampling.across - 0.5)
    for k in range(count):
        shift_x, shift_y = stack.shifts_xy_mm[k].astype(np.float32)
        plane = _Plane.at(anatomy, x - shift_x, y - shift_y, float(stack.heights_mm[k]))
        tissue_count = np.zeros((len(HEART_TISSUES), *size), np.float32)
        region_count = np.zeros((4, *size), np.float32)
        for z in stack.heights_mm[k] + across:
            tissue, region = _sample(anatomy, scar, plane, float(z))
            for index, code in enumerate(HEART_TISSUES):
                tissue_count[index] += _bin(tissue == code, n)
            for index, code in enumerate((CAVITY, MYOCARDIUM, SCAR, MVO)):
                region_count[index] += _bin(region == code, n)
        total = n * n * supersampling.across
        shares[k] = np.moveaxis(tissue_count, 0, -1) / total
        regions[:, k] = region_count / total
    labels = np.zeros((count, height, width), np.uint8)
    labels[:, rows, columns] = _labels(regions)
    return RasterisedHeart(rows, columns, shares, labels)


@dataclass(frozen=True, eq=False)
class _Plane:
    """What depends on the place within a slice only."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    radius: NDArray[np.float32]
    theta: NDArray[np.float32]
    epicardial_factor: NDArray[np.float32]
    endocardial_factor: NDArray[np.float32]
    base: NDArray[np.float32]
    rv_outline: NDArray[np.float32]
    fat_outline: NDArray[np.float32]
    trabeculae: NDArray[np.float32]

    @classmethod
    def at(cls, anatomy: LVAnatomy, x: NDArray[np.float32], y: NDArray[np.float32], z: float) -> _Plane:
        theta = np.arctan2(y, x)
        slope_x, slope_y = anatomy.basal_slope_xy
        epicardial = anatomy.epicardial_factor(theta)
        return cls(
            x,
            y,
            np.hypot(x, y),
            theta,
            epicardial,
            epicardial + anatomy.wall_shape(theta),
            np.float32(slope_x) * x + np.float32(slope_y) * y,
            anatomy.rv_outline(theta, z),
            anatomy.fat_outline(theta),
            np.maximum(anatomy.trabeculae(theta), 0.0),
        )


def _sample(anatomy: LVAnatomy, scar: LVScar, plane: _Plane, z: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Tissue (``OUTSIDE`` where the body begins) and label of every point of a plane at height z."""
    radius = plane.radius
    outer = np.float32(anatomy.epicardial_profile(np.array(max(z, 0.0)))) * plane.epicardial_factor
    inner = np.float32(anatomy.endocardial_profile(np.array(max(z, 0.0)))) * plane.endocardial_factor
    # Above the ellipsoid's base plane its shape continues as a cylinder: atrium, or a tilted basal cut's high side.
    in_outer, in_inner = radius < outer, radius < inner
    ventricle = plane.base <= z
    rv = np.float32(anatomy.rv_width(z)) * plane.rv_outline
    rv_outer = outer + rv
    rv_wall = rv_outer + np.float32(anatomy.rv_wall_mm) * (rv > 1.0)
    fat = rv_wall + np.float32(anatomy.fat_share(z)) * plane.fat_outline
    tissue = np.full(radius.shape, OUTSIDE, np.uint8)
    tissue[radius < fat + np.float32(anatomy.pericardium_mm)] = Tissue.AIR
    tissue[radius < fat] = Tissue.FAT
    tissue[radius < rv_wall] = Tissue.MYOCARDIUM
    tissue[radius < rv_outer] = Tissue.RV_BLOOD
    wall = in_outer & ~in_inner & ventricle
    cavity = in_inner & ventricle
    # Above the base lies the atrium, with a thin wall.
    tissue[in_outer & ~ventricle] = Tissue.MYOCARDIUM
    tissue[(radius < outer - 2.0) & ~ventricle] = Tissue.BLOOD
    tissue[wall] = Tissue.MYOCARDIUM
    tissue[cavity] = Tissue.BLOOD
    tissue[cavity & ((radius > inner - plane.trabeculae) | _in_papillary(anatomy, plane, z))] = Tissue.MYOCARDIUM
    region = np.full(radius.shape, BACKGROUND, np.uint8)
    region[cavity] = CAVITY
    region[wall] = MYOCARDIUM
    if scar.blobs:
        depth = (radius[wall] - inner[wall]) / (outer[wall] - inner[wall])
        infarct, mvo = scar.contains(plane.theta[wall], depth, np.float32(z))
        region[wall] = np.where(mvo, MVO, np.where(infarct, SCAR, MYOCARDIUM))
        tissue[wall] = np.where(mvo, Tissue.MVO, np.where(infarct, Tissue.SCAR, Tissue.MYOCARDIUM))
    return tissue, region


def _in_papillary(anatomy: LVAnatomy, plane: _Plane, z: float) -> NDArray[np.bool_]:
    inside = np.zeros(plane.x.shape, bool)
    for muscle in anatomy.papillary_muscles:
        place = (z - muscle.start_mm) / (muscle.end_mm - muscle.start_mm)
        if not 0.0 < place < 1.0:
            continue
        radius = muscle.radius_mm * (4.0 * place * (1.0 - place)) ** 0.35
        distance = float(anatomy.endocardial_profile(np.array(z))) * muscle.radial_position
        centre = np.float32(distance * np.cos(muscle.theta)), np.float32(distance * np.sin(muscle.theta))
        inside |= (plane.x - centre[0]) ** 2 + (plane.y - centre[1]) ** 2 < radius**2
    return inside


def _bin(mask: NDArray[np.bool_], n: int) -> NDArray[np.uint8]:
    """Number of true samples of every pixel."""
    values = mask.view(np.uint8)
    total = values[::n].copy()
    for step in range(1, n):
        total += values[step::n]
    columns = total[:, ::n].copy()
    for step in range(1, n):
        columns += total[:, step::n]
    return columns


def _labels(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Labels of (4, K, J, I) shares of cavity, normal myocardium, scar and MVO."""
    cavity, normal, scar, mvo = shares
    infarct = scar + mvo
    wall = normal + infarct
    background = 1.0 - wall - cavity
    labels = np.where((cavity > wall) & (cavity > background), CAVITY, BACKGROUND).astype(np.uint8)
    is_wall = (wall >= cavity) & (wall > background)
    labels[is_wall] = MYOCARDIUM
    for k in range(len(labels)):
        is_infarct = fitting_voxels(infarct[k], wall[k], is_wall[k])
        labels[k][is_infarct] = SCAR
        # The core never touches living wall or the outside, however coarse the voxels.
        open_to = ndimage.binary_dilation((labels[k] == MYOCARDIUM) | (labels[k] == BACKGROUND), np.ones((3, 3), bool))
        labels[k][fitting_voxels(mvo[k], infarct[k], is_infarct) & ~open_to] = MVO
    return labels


def _neighbourhood(anatomy: LVAnatomy, stack: ShortAxisStack) -> tuple[slice, slice]:
    """Rows and columns that hold the whole heart with its RV, fat and shifts."""
    theta = np.linspace(-np.pi, np.pi, 90)
    reach = anatomy.epicardial_radius_mm * anatomy.epicardial_factor(theta) + anatomy.rv_width_mm * anatomy.rv_outline(
        theta, 0.0
    )
    reach = reach + anatomy.fat_mm + 15.0 + anatomy.rv_wall_mm
    points = np.stack([reach * np.cos(theta), reach * np.sin(theta)], axis=1)
    pixels = stack.xy_to_pixel(points, 0)
    _, height, width = stack.geometry.shape_kji
    margin = 6.0 / min(stack.geometry.spacing_kji_mm[1:])
    low = np.floor(pixels.min(axis=0) - margin).astype(int)
    high = np.ceil(pixels.max(axis=0) + margin).astype(int) + 1
    return (
        slice(int(np.clip(low[0], 0, height - 1)), int(np.clip(high[0], 1, height))),
        slice(int(np.clip(low[1], 0, width - 1)), int(np.clip(high[1], 1, width))),
    )
