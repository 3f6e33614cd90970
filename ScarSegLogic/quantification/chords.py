"""Radial chords: the wall of each short-axis slice seen from the centre of the left ventricle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry

CHORD_COUNT = 360
"""Chords a slice (SCIENCE.md section 6 asks for at least 100; one a degree is ours)."""

SAMPLES_PER_PIXEL = 4
"""Samples along a chord for each smallest pixel width (ours)."""


@dataclass(frozen=True, eq=False)
class ShortAxisPlane:
    """Directions of the slice plane in the patient.

    Attributes:
        normal: Unit vector in RAS at right angles to the slices, pointing from base to apex.
        first, second: Unit vectors in RAS that span the plane; ``second`` is ``normal`` x ``first``, so angles from
            ``first`` to ``second`` turn like those from the anterior RV insertion into the septum (see ``aha17``).
    """

    normal: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RadialChords:
    """Samples of wall and infarct along chords.

    Attributes:
        angles: (C,) radians in 0..2 pi from ``first`` to ``second`` of the plane.
        wall, infarct: (K, C, R) bool samples from the centre outward, equally spaced.
    """

    angles: NDArray[np.float64]
    wall: NDArray[np.bool_]
    infarct: NDArray[np.bool_]


def stack_normal(geometry: Geometry) -> NDArray[np.float64]:
    """Unit normal of the slices in RAS, on the side of growing slice index; right for sheared stacks too."""
    axes = geometry.ijk_to_ras[:3, :3]
    normal = np.cross(axes[:, 0], axes[:, 1])
    normal /= np.linalg.norm(normal)
    return normal if normal @ axes[:, 2] > 0 else -normal


def short_axis_plane(geometry: Geometry, base_to_apex: NDArray[np.float64]) -> ShortAxisPlane:
    """The plane of the slices, with its normal towards the apex."""
    first = geometry.directions[:, 0]
    return ShortAxisPlane(base_to_apex, first, np.cross(base_to_apex, first))


def lv_centres(myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(K, 2) centroid (j, i) of the filled epicardium of each slice; NaN where there is no myocardium."""
    centres = np.full((myocardium.shape[0], 2), np.nan)
    for index in np.flatnonzero(myocardium.any(axis=(1, 2))):
        filled = ndimage.binary_fill_holes(myocardium[index] | cavity[index])
        centres[index] = np.mean(np.nonzero(filled), axis=1)
    return centres


def sample_chords(
    myocardium: NDArray[np.bool_],
    infarct: NDArray[np.bool_],
    centres_ji: NDArray[np.float64],
    geometry: Geometry,
    plane: ShortAxisPlane,
) -> RadialChords:
    """Read wall and infarct along ``CHORD_COUNT`` chords a slice, nearest voxel.

    Args:
        myocardium: (K, J, I) bool, whole wall.
        infarct: (K, J, I) bool, scar with MVO.
        centres_ji: (K, 2) from ``lv_centres``; a slice without a centre yields empty chords.
        geometry: Grid of the masks.
        plane: From ``short_axis_plane``.
    """
    slice_count, rows, columns = myocardium.shape
    angles = (np.arange(CHORD_COUNT) + 0.5) * (2 * np.pi / CHORD_COUNT)
    directions = np.cos(angles)[:, None] * plane.first + np.sin(angles)[:, None] * plane.second
    steps_ji = (directions @ geometry.ras_to_ijk[:3, :3].T)[:, 1::-1]
    _, spacing_j, spacing_i = geometry.spacing_kji_mm
    step_mm = min(spacing_j, spacing_i) / SAMPLES_PER_PIXEL
    radii_mm = np.arange(0.5, np.hypot(rows * spacing_j, columns * spacing_i) / step_mm) * step_mm
    offsets = steps_ji[:, None, :] * radii_mm[None, :, None]
    wall = np.zeros((slice_count, *offsets.shape[:2]), dtype=bool)
    struck = np.zeros_like(wall)
    for index in np.flatnonzero(np.isfinite(centres_ji[:, 0])):
        places = np.rint(centres_ji[index] + offsets).astype(np.intp)
        inside = ((places >= 0) & (places < (rows, columns))).all(axis=-1)
        flat = np.where(inside, places[..., 0] * columns + places[..., 1], 0)
        wall[index] = myocardium[index].ravel()[flat] & inside
        struck[index] = infarct[index].ravel()[flat] & wall[index]
    return RadialChords(angles, wall, struck)
