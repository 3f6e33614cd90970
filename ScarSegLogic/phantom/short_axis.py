"""The short-axis stack: where its voxels lie in the patient and in the heart, and its breath-hold shifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy


@dataclass(frozen=True, eq=False)
class LVPose:
    """Heart coordinates in the patient.

    Attributes:
        axes: (3, 3) columns: heart x, y and z as unit vectors in RAS; right-handed.
        origin_ras_mm: RAS of the heart's origin, on the long axis in the basal plane.
    """

    axes: NDArray[np.float64]
    origin_ras_mm: NDArray[np.float64]

    def to_ras(self, point_xyz_mm: NDArray) -> NDArray[np.float64]:
        return np.asarray(point_xyz_mm) @ self.axes.T + self.origin_ras_mm


@dataclass(frozen=True, eq=False)
class ShortAxisStack:
    """A grid across the long axis.

    Attributes:
        geometry: Its k axis runs along the long axis, in one sense or the other.
        heights_mm: (K,) heart z of each slice's centre.
        shifts_xy_mm: (K, 2) breath-hold shift of the anatomy of each slice, heart x and y. A point of the anatomy at
            heart (x, y, z) is imaged at (x, y) + shift in the slice that holds z: image and truth labels shift alike,
            and the truth's volumes do not change.
        time_order: (K,) rank of each slice in the order of acquisition.
    """

    geometry: Geometry
    pose: LVPose
    heights_mm: NDArray[np.float64]
    shifts_xy_mm: NDArray[np.float64]
    time_order: NDArray[np.int64]

    @property
    def slab_mm(self) -> float:
        """Distance between slices; each slice images a slab of this thickness, without a gap."""
        return self.geometry.spacing_kji_mm[0]

    def pixel_to_xy(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(2, 2) matrix A and (2,) offset b of heart (x, y) = A (i, j) + b, before the shifts."""
        matrix = self.pose.axes.T @ self.geometry.ijk_to_ras[:3, :3]
        offset = self.pose.axes.T @ (self.geometry.ijk_to_ras[:3, 3] - self.pose.origin_ras_mm)
        return matrix[:2, :2], offset[:2]

    def xy_to_pixel(self, point_xy_mm: NDArray, slice_index: int) -> NDArray[np.float64]:
        """(..., 2) fractional (j, i) where anatomy at heart (x, y) is imaged in one slice."""
        matrix, offset = self.pixel_to_xy()
        ij = (point_xy_mm + self.shifts_xy_mm[slice_index] - offset) @ np.linalg.inv(matrix).T
        return ij[..., ::-1]


def sample_pose(generator: np.random.Generator) -> LVPose:
    """Draw an orientation: the apex points left, forward and down, the anterior wall up (ranges are ours)."""
    g = generator
    apex = np.array([-g.uniform(0.45, 0.8), g.uniform(0.4, 0.75), -g.uniform(0.1, 0.6)])
    z = apex / np.linalg.norm(apex)
    up = np.array([0.0, 0.0, 1.0]) - z[2] * z
    up /= np.linalg.norm(up)
    septal = np.cross(z, up)
    # The middle of the anterior wall is 30 degrees before the anterior insertion (Cerqueira 2002).
    angle = np.radians(30.0 + g.normal(0.0, 12.0))
    x = np.cos(angle) * up + np.sin(angle) * septal
    return LVPose(np.stack([x, np.cross(z, x), z], axis=1), g.uniform(-40.0, 40.0, 3))


def sample_stack(
    anatomy: LVAnatomy, pose: LVPose, generator: np.random.Generator, matrix_size: int | None
) -> ShortAxisStack:
    """Draw a right-handed stack of 9 to 13 slices of 8 to 10 mm.

    Pixels measure 1.2 to 1.8 mm; with a given matrix size they follow from a field of view of 255 to 375 mm.
    """
    g = generator
    spacing_k = g.uniform(8.0, 10.0)
    size = int(g.choice([192, 208, 224, 240, 256])) if matrix_size is None else matrix_size
    field_of_view = g.uniform(255.0, 375.0)
    pixel = float(np.clip(field_of_view / size, 1.2, 1.8)) if matrix_size is None else field_of_view / size
    # The basal plane falls between two slices: a stack planned on it. A stack that begins there or one slice above.
    start = -spacing_k * float(g.integers(0, 2)) if anatomy.basal_slope_xy == (0.0, 0.0) else -spacing_k
    end = anatomy.length_mm + spacing_k * g.uniform(-1.2, 0.8)
    count = int(np.clip(round((end - start) / spacing_k), 9, 13))
    heights = start + spacing_k * (np.arange(count) + 0.5)
    to_apex = g.random() < 0.5
    if not to_apex:
        heights = heights[::-1].copy()
    z = pose.axes[:, 2]
    # The usual view from the apex, anterior wall up: i × j points to the base. For the other sense of k the axes
    # swap, so that the grid stays right-handed as DICOM's are.
    up = np.array([0.0, 0.0, 1.0]) - z[2] * z
    up /= np.linalg.norm(up)
    right = np.cross(up, z)
    i, j = (right, -up) if not to_apex else (-up, right)
    turn = np.radians(90.0 * g.choice([0, 1, 2, 3], p=[0.55, 0.15, 0.15, 0.15]) + g.normal(0.0, 15.0))
    i, j = np.cos(turn) * i + np.sin(turn) * j, np.cos(turn) * j - np.sin(turn) * i
    directions = np.stack([i, j, z if to_apex else -z], axis=1)
    # The heart lies off the middle of the image by up to an eighth of the field of view.
    offset = g.uniform(-0.5, 0.5, 2) * 0.22 * size * pixel
    centre_index = np.array([(size - 1) / 2.0, (size - 1) / 2.0])
    matrix = directions * np.array([pixel, pixel, spacing_k])
    heart = pose.origin_ras_mm + heights[0] * z
    origin = heart + i * offset[0] + j * offset[1] - matrix[:, :2] @ centre_index
    geometry = Geometry.from_spacing(
        (count, size, size), (spacing_k, pixel, pixel), directions=directions, origin_ras_mm=origin
    )
    shifts = np.clip(g.normal(0.0, g.uniform(0.0, 2.0), (count, 2)), -5.0, 5.0)
    order = np.arange(count) if to_apex else np.arange(count)[::-1].copy()
    return ShortAxisStack(geometry, pose, heights, shifts, order)
