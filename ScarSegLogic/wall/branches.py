"""Where the cavity narrows into tubes: the pulmonary veins and the appendage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ScarSegLogic.wall.box import Box
from ScarSegLogic.wall.coarse_cavity import STEP_MM, CoarseCavity

FIRST_HEIGHT_MM = 2.5
"""Height above the body where a tube begins: above the ripples of a surface (ours)."""

SHORTEST_MM = 6.0
"""A tube rises at least this far above where it begins (ours)."""

CARINA_DEPTH_MM = 12.0
"""Two tubes that part within this height are two veins; further out it is one vein that forks (ours)."""

SMALLEST_ML = 0.3
"""Smaller tubes are corners of the surface (ours)."""

AXIS_MM = 7.5
"""Length of a tube over which its direction is taken: beyond, veins bend (ours)."""

OSTIUM_SEARCH_MM = 10.0
"""The ostium is the first section within this length that closes about the tube alone (ours)."""

WIDEST_SECTION = 1.5
"""A section with more than this of the tube's own voxels still runs into the atrium (ours)."""

SURROUNDINGS_MM = 40.0
"""Ball about a tube's base in which its sections are looked at: wider than any atrium's half (ours)."""

EVERYWHERE = np.ones((3, 3, 3))


@dataclass(frozen=True, eq=False)
class Branch:
    """One tube.

    Attributes:
        ostium_ras: (3,) RAS mm, middle of the opening.
        direction_ras: (3,) unit vector out of the atrium.
        radius_mm: Of the disc that covers the opening.
        length_mm: From the ostium to the tip, along the rise above the body.
        is_closed: Whether the disc parts the tube from the atrium; False where no section does, as in a broad bulge.
    """

    ostium_ras: NDArray[np.float64]
    direction_ras: NDArray[np.float64]
    radius_mm: float
    length_mm: float
    is_closed: bool


@dataclass(frozen=True, eq=False)
class _Part:
    """A connected region above a height: (k, j, i) bool in a box, so that its cost is its own size."""

    box: Box
    mask: NDArray[np.bool_]
    from_mm: float


def find_branches(cavity: CoarseCavity) -> tuple[Branch, ...]:
    """Every tube that leaves the body; () for a round cavity.

    The body is the opening of the cavity by a large ball; what rises above it is cut into tubes at the height where
    they part.
    """
    whole = Box((0, 0, 0), cavity.mask.shape)
    found = []
    for part in _persistent(cavity.mask & (cavity.body > FIRST_HEIGHT_MM), whole, cavity.body, FIRST_HEIGHT_MM):
        for tube in _parted(part, cavity.body):
            if np.count_nonzero(tube.mask) * STEP_MM**3 / 1000 >= SMALLEST_ML:
                found.append(_measured(tube, cavity))
    return tuple(found)


def _parted(region: _Part, height_mm: NDArray[np.float64]) -> list[_Part]:
    """The tubes that a region parts into near its start, or the region itself."""
    remaining = region
    for level_mm in np.arange(region.from_mm + STEP_MM, region.from_mm + CARINA_DEPTH_MM, STEP_MM):
        higher = remaining.mask & (height_mm[remaining.box.slices] > level_mm)
        parts = _persistent(higher, remaining.box, height_mm, float(level_mm))
        if not parts:
            break
        if len(parts) > 1:
            return [each for part in parts for each in _parted(part, height_mm)]
        remaining = parts[0]
    return [region]


def _persistent(mask: NDArray[np.bool_], box: Box, height_mm: NDArray[np.float64], level_mm: float) -> list[_Part]:
    """The connected parts of a mask in a box that rise far enough above the level."""
    labels, _ = ndimage.label(mask, structure=EVERYWHERE)
    parts = []
    for number, slices in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[slices] == number
        starts = np.add(box.start_kji, [each.start for each in slices])
        own = Box(tuple(starts.tolist()), tuple((starts + part.shape).tolist()))
        if height_mm[own.slices][part].max() >= level_mm + SHORTEST_MM:
            parts.append(_Part(own, part, level_mm))
    return parts


def _measured(tube: _Part, cavity: CoarseCavity) -> Branch:
    points = cavity.geometry.index_to_ras(np.argwhere(tube.mask) + tube.box.start_kji)
    height_mm = cavity.body[tube.box.slices][tube.mask] - tube.from_mm
    base = points[height_mm <= STEP_MM].mean(axis=0)
    ahead = (height_mm > AXIS_MM - 2 * STEP_MM) & (height_mm <= AXIS_MM)
    direction = points[ahead if ahead.any() else height_mm > STEP_MM].mean(axis=0) - base
    direction /= np.linalg.norm(direction)
    length_mm = float(height_mm.max())
    surroundings = cavity.points_ras(cavity.mask)
    surroundings = surroundings[np.linalg.norm(surroundings - base, axis=1) <= SURROUNDINGS_MM]
    for step_mm in np.arange(0.0, OSTIUM_SEARCH_MM, STEP_MM):
        across = points[np.abs((points - base) @ direction - step_mm) <= STEP_MM / 2]
        if len(across) == 0:
            break
        centre = across.mean(axis=0)
        section = _section(surroundings, centre, direction)
        if len(section) <= WIDEST_SECTION * len(across):
            aside_mm = float(np.linalg.norm(section - centre, axis=1).max())
            return Branch(centre, direction, aside_mm + STEP_MM, max(0.0, length_mm - float(step_mm)), is_closed=True)
    across = np.count_nonzero(np.abs((points - base) @ direction - STEP_MM) <= STEP_MM / 2)
    return Branch(base, direction, float(np.sqrt(max(across, 1) / np.pi)) * STEP_MM, length_mm, is_closed=False)


def _section(
    points: NDArray[np.float64], centre: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The points (n, 3) in the plane that hang together with the one nearest to the centre."""
    plane = points[np.abs((points - centre) @ direction) <= STEP_MM / 2]
    neighbours = cKDTree(plane).sparse_distance_matrix(cKDTree(plane), 1.8 * STEP_MM)
    _, labels = connected_components(neighbours, directed=False)
    return plane[labels == labels[np.linalg.norm(plane - centre, axis=1).argmin()]]
