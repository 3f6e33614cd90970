"""The shape of the phantom's left atrium: body, four pulmonary veins, appendage and mitral opening.

Coordinates are RAS mm from the middle of the atrium. The blood of the atrium runs on into the veins' branches and
through the mitral plane into the left ventricle, as it does in a patient; planes across veins and mitral opening say
where the labelled cavity ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import (
    Field,
    Points,
    Waves,
    box_around,
    ellipsoid,
    height_over,
    points_in,
    smooth_intersection,
    smooth_union,
    tapered_tube,
    tube_through,
)

VEIN_NAMES = ("LSPV", "LIPV", "RSPV", "RIPV")
"""Left and right, superior and inferior pulmonary vein."""

FLARE_MM = 6.0
"""Radius with which a vein flares into the atrium (ours)."""

WALL_RANGE_MM = (1.5, 3.5)
"""Thinnest and thickest wall."""

INFLOW_FILLET_MM = 5.0
"""Radius of the inner edge between atrium and inflow (ours)."""

FAR_MM = 30.0
"""What stands in a field for anything further away."""

NEIGHBOURHOOD_MM = 11.0
"""Margin around a part on a lattice, more than wall, fillets and waves reach."""

STRUCTURE_MARGIN_MM = 6.0
"""What lies so near to a vein or to the mitral opening belongs to it: more than the thickest wall (ours)."""


@dataclass(frozen=True, eq=False)
class PulmonaryVein:
    """A vein: a trunk through its ostium that parts into two branches.

    Attributes:
        name: One of ``VEIN_NAMES``.
        ostium_ras: Centre of the ostium plane.
        normal_ras: Unit normal of that plane, along the vein and out of the atrium.
        radius_mm: Mean radius of the blood in the ostium plane.
        tube_radius_mm: Radius of the trunk, which the flare widens at the ostium.
        inner_mm: How far the trunk reaches back into the atrium.
        cut_mm: How far beyond the ostium the labelled cavity ends.
        branches: Ends of the two branches, RAS; they part 25 mm beyond the ostium.
    """

    name: str
    ostium_ras: NDArray[np.float64]
    normal_ras: NDArray[np.float64]
    radius_mm: float
    tube_radius_mm: float
    inner_mm: float
    cut_mm: float
    branches: tuple[NDArray[np.float64], NDArray[np.float64]]

    PARTING_MM = 25.0

    def tube(self, points: Points) -> Field:
        """Distance to trunk and branches."""
        start = self.ostium_ras - self.inner_mm * self.normal_ras
        parting = self.ostium_ras + self.PARTING_MM * self.normal_ras
        field = tapered_tube(points, (start, parting), (self.tube_radius_mm, 0.92 * self.tube_radius_mm))
        for end in self.branches:
            radii = (0.78 * self.tube_radius_mm, 0.5 * self.tube_radius_mm)
            field = smooth_union(field, tapered_tube(points, (parting, end), radii), 2.0)
        return field

    def height(self, points: Points) -> Field:
        """Distance beyond the ostium plane."""
        return height_over(points, self.ostium_ras, self.normal_ras)

    def corners(self) -> NDArray[np.float64]:
        """Points between which trunk and branches lie with ``reach_mm`` around them."""
        return np.stack([self.ostium_ras - self.inner_mm * self.normal_ras, *self.branches])

    @property
    def reach_mm(self) -> float:
        return self.tube_radius_mm

    def plane_axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Unit vectors in the ostium plane; the angle 0 around the ostium is the more superior one's."""
        up = np.array([0.0, 0.0, 1.0]) - self.normal_ras[2] * self.normal_ras
        up /= np.linalg.norm(up)
        return up, np.cross(self.normal_ras, up)


@dataclass(frozen=True, eq=False)
class MitralValve:
    """The mitral plane and the ventricle's inflow behind it.

    Attributes:
        centre_ras, normal_ras: The plane; its unit normal points into the ventricle.
        radius_mm: Mean radius of the blood in the plane.
        inflow_ras: (2, 3) ends of the inflow and ``inflow_radii_mm`` its radii there.
    """

    centre_ras: NDArray[np.float64]
    normal_ras: NDArray[np.float64]
    radius_mm: float
    inflow_ras: NDArray[np.float64]
    inflow_radii_mm: NDArray[np.float64]

    def tube(self, points: Points) -> Field:
        """Distance to the inflow."""
        return tube_through(points, self.inflow_ras, self.inflow_radii_mm)

    def height(self, points: Points) -> Field:
        """Distance beyond the plane."""
        return height_over(points, self.centre_ras, self.normal_ras)

    def corners(self) -> NDArray[np.float64]:
        """Points between which the inflow lies with ``reach_mm`` around it."""
        return self.inflow_ras

    @property
    def reach_mm(self) -> float:
        return float(self.inflow_radii_mm.max())


@dataclass(frozen=True, eq=False)
class AtrialBody:
    """The atrium without veins: an ellipsoid with slow waves and a flat back, and its appendage.

    Attributes:
        semi_axes_mm: Right-left, front-back and head-foot half sizes.
        axes: (3, 3) unit axes as columns: the atrium's turn in the chest.
        back_mm: Depth behind the middle at which the back is flat.
        bumps: What makes it irregular.
        appendage_ras: (N, 3) centres along the appendage; ``appendage_radii_mm`` its radii there.
        appendage_lobes: Irregularity of the appendage.
    """

    semi_axes_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    back_mm: float
    bumps: Waves
    appendage_ras: NDArray[np.float64]
    appendage_radii_mm: NDArray[np.float64]
    appendage_lobes: Waves

    def main(self, points: Points) -> Field:
        """Field of the body without the appendage."""
        field = ellipsoid(points, (0.0, 0.0, 0.0), self.semi_axes_mm, self.axes) + self.bumps(points)
        behind = -height_over(points, (0.0, 0.0, 0.0), self.axes[:, 1]) - np.float32(self.back_mm)
        return smooth_intersection(field, behind, 8.0)

    def appendage(self, points: Points) -> Field:
        """Field of the appendage."""
        return tube_through(points, self.appendage_ras, self.appendage_radii_mm) + self.appendage_lobes(points)

    def __call__(self, points: Points) -> Field:
        return smooth_union(self.main(points), self.appendage(points), 5.0)

    def corners(self) -> NDArray[np.float64]:
        """Points between which body and appendage lie with ``reach_mm`` around them."""
        return np.concatenate([self.appendage_ras, [self.semi_axes_mm, -self.semi_axes_mm]])

    @property
    def reach_mm(self) -> float:
        return float(self.appendage_radii_mm.max())


@dataclass(frozen=True, eq=False)
class LAAnatomy:
    """A left atrium.

    Attributes:
        body: Body and appendage.
        veins: In the order of ``VEIN_NAMES``.
        mitral: Mitral plane and inflow.
        thickness_waves: Change of the wall's thickness over the atrium.
    """

    body: AtrialBody
    veins: tuple[PulmonaryVein, ...]
    mitral: MitralValve
    thickness_waves: Waves

    def blood(self, points: Points) -> Field:
        """Field of all blood that is continuous with the atrium: negative inside, zero on its surface.

        On a lattice it is a large constant far from every part.
        """
        field = np.full(np.broadcast_shapes(*(axis.shape for axis in points)), FAR_MM, np.float32)
        box = _box(points, self.body)
        field[box] = self.body(points_in(points, box))
        parts = [(self.mitral, INFLOW_FILLET_MM), *((vein, FLARE_MM) for vein in self.veins)]
        for part, fillet in parts:
            box = _box(points, part)
            field[box] = smooth_union(field[box], part.tube(points_in(points, box)), fillet)
        return field

    def thickness_mm(self, points: Points) -> Field:
        """Thickness of the wall at a place in or near it, within ``WALL_RANGE_MM``."""
        low, high = WALL_RANGE_MM
        return np.float32((low + high) / 2.0) + np.float32((high - low) / 2.0) * np.tanh(self.thickness_waves(points))

    def beyond_cuts(self, points: Points) -> Field:
        """Positive beyond the planes at which the labelled cavity ends, in mm."""
        return self._beyond(points, tuple(vein.cut_mm for vein in self.veins))

    def beyond_ostia(self, points: Points) -> Field:
        """Positive in the veins beyond their ostia and beyond the mitral plane: what the shell leaves out."""
        return self._beyond(points, (0.0,) * len(self.veins))

    def _beyond(self, points: Points, from_mm: tuple[float, ...]) -> Field:
        shape = np.broadcast_shapes(*(axis.shape for axis in points))
        tubes = [np.full(shape, FAR_MM, np.float32) for _ in self.veins]
        for vein, tube in zip(self.veins, tubes, strict=True):
            box = _box(points, vein)
            tube[box] = vein.tube(points_in(points, box))
        beyond = np.full(shape, -FAR_MM, np.float32)
        for index, (vein, tube) in enumerate(zip(self.veins, tubes, strict=True)):
            box = _box(points, vein)
            others = np.minimum.reduce([other[box] for other in tubes[:index] + tubes[index + 1 :]])
            near = np.minimum(np.float32(STRUCTURE_MARGIN_MM) - tube[box], others - tube[box])
            height = vein.height(points_in(points, box)) - np.float32(from_mm[index])
            beyond[box] = np.maximum(beyond[box], np.minimum(height, near))
        box = _box(points, self.mitral)
        local = points_in(points, box)
        tube = self.mitral.tube(local)
        near = np.minimum(np.float32(STRUCTURE_MARGIN_MM) - tube, self.body.appendage(local) - tube)
        beyond[box] = np.maximum(beyond[box], np.minimum(self.mitral.height(local), near))
        return beyond


def _box(points: Points, part: PulmonaryVein | MitralValve | AtrialBody) -> tuple[slice, ...]:
    """The neighbourhood of a part in a lattice."""
    corners, reach = part.corners(), part.reach_mm + NEIGHBOURHOOD_MM
    return box_around(points, corners.min(axis=0) - reach, corners.max(axis=0) + reach)
