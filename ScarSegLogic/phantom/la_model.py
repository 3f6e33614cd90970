"""The continuous atrium sampled once on a fine lattice, between whose points everything else interpolates.

Distances from the blood's surface are Euclidean in mm: the implicit shape says where the surface is, its triangles say
how far away a point is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.distance_fields import Points
from ScarSegLogic.phantom.la_anatomy import WALL_RANGE_MM, LAAnatomy
from ScarSegLogic.phantom.la_scar import LAScar

LATTICE_MM = 1.0
"""Spacing of the lattice (ours): interpolating a distance over it errs by less than 0.03 mm at a vein's curvature."""

LATTICE_LOW_RAS = (-86.0, -50.0, -68.0)
LATTICE_HIGH_RAS = (86.0, 84.0, 74.0)
"""What the lattice covers: atrium, neighbours and the beginnings of the veins' branches, RAS from the middle."""

BAND_MM = (-2.5, WALL_RANGE_MM[1] + 3.0)
"""Where distances are made Euclidean; further away only their sign and size matter."""

BEYOND_CUT_MM = 6.0
"""How far beyond the labelled cavity they are."""


@dataclass(frozen=True, eq=False)
class BloodSurface:
    """Triangles of the surface of the blood.

    Attributes:
        vertices_ras: (N, 3) mm.
        triangles: (M, 3) indices.
        areas_mm2: (M,).
    """

    vertices_ras: NDArray[np.float64]
    triangles: NDArray[np.int64]
    areas_mm2: NDArray[np.float64]

    @property
    def centres_ras(self) -> NDArray[np.float64]:
        """(M, 3) middles of the triangles."""
        return self.vertices_ras[self.triangles].mean(axis=1)


@dataclass(frozen=True, eq=False)
class LAModel:
    """One atrium on its lattice; arrays are (K, J, I) float32 over ``lattice``, whose axes are S, A and R.

    Attributes:
        anatomy, scar: What was sampled.
        lattice: Isotropic grid along RAS, around the middle of the atrium.
        distance_mm: Distance from the blood's surface, negative in the blood.
        thickness_mm: Thickness of the wall.
        beyond_mm: Positive beyond the planes at which the labelled cavity ends.
        scar_level_mm: Positive in the scar.
        surface: The blood's surface.
    """

    anatomy: LAAnatomy
    scar: LAScar
    lattice: Geometry
    distance_mm: NDArray[np.float32]
    thickness_mm: NDArray[np.float32]
    beyond_mm: NDArray[np.float32]
    scar_level_mm: NDArray[np.float32]
    surface: BloodSurface

    def points(self) -> Points:
        """Open grid of the lattice's coordinates."""
        return lattice_points(self.lattice)

    def index_of(self, points_ras: NDArray[np.floating]) -> NDArray[np.floating]:
        """(3, N) fractional lattice indices of (N, 3) points."""
        low = self.lattice.ijk_to_ras[:3, 3]
        return ((points_ras - low) / LATTICE_MM).T[::-1]

    def labelled_box_ras(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of the labelled cavity with its wall."""
        inside = (self.distance_mm < self.thickness_mm) & (self.beyond_mm < 0.0)
        parts = ndimage.find_objects(inside.astype(np.uint8))[0]
        low, high = (np.array([getattr(part, end) for part in parts]) for end in ("start", "stop"))
        return self.lattice.index_to_ras(low), self.lattice.index_to_ras(high - 1)


def make_la_model(anatomy: LAAnatomy, scar: LAScar) -> LAModel:
    """Sample an atrium and its scar on the lattice."""
    size = np.rint((np.array(LATTICE_HIGH_RAS) - LATTICE_LOW_RAS) / LATTICE_MM).astype(int) + 1
    lattice = Geometry.from_spacing(tuple(size[::-1]), (LATTICE_MM,) * 3, origin_ras_mm=LATTICE_LOW_RAS)
    points = lattice_points(lattice)
    distance = anatomy.blood(points)
    surface = _surface(distance, lattice)
    beyond = anatomy.beyond_cuts(points)
    _measure(distance, beyond, surface, lattice)
    return LAModel(
        anatomy=anatomy,
        scar=scar,
        lattice=lattice,
        distance_mm=distance,
        thickness_mm=anatomy.thickness_mm(points),
        beyond_mm=beyond,
        scar_level_mm=scar.level_mm(points),
        surface=surface,
    )


def lattice_points(lattice: Geometry) -> Points:
    """Open grid of the coordinates of a lattice along S, A and R."""
    low, step = lattice.ijk_to_ras[:3, 3], lattice.spacing_kji_mm[0]
    s, a, r = np.ogrid[tuple(slice(0, size) for size in lattice.shape_kji)]
    return tuple((value + step * index).astype(np.float32) for value, index in zip(low, (r, a, s), strict=True))


def _surface(field: NDArray[np.float32], lattice: Geometry) -> BloodSurface:
    vertices, triangles, _, _ = marching_cubes(field, 0.0)
    vertices = lattice.index_to_ras(vertices)
    corners = vertices[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return BloodSurface(vertices, triangles.astype(np.int64), 0.5 * np.linalg.norm(cross, axis=1))


def _measure(field: NDArray[np.float32], beyond: NDArray[np.float32], surface: BloodSurface, lattice: Geometry) -> None:
    """Replace the field's values near the surface of the labelled cavity by distances from it, in place."""
    low, high = BAND_MM
    band = np.argwhere((field > low) & (field < high) & (beyond < BEYOND_CUT_MM))
    points = lattice.index_to_ras(band)
    corners = points.min(axis=0) - high, points.max(axis=0) + high
    vertices = surface.vertices_ras
    vertices = vertices[((vertices > corners[0]) & (vertices < corners[1])).all(axis=1)]
    normals = _normals(field, vertices, lattice)
    gap, nearest = cKDTree(vertices, balanced_tree=False, compact_nodes=False).query(points)
    # The nearest vertex lies beside the foot of the perpendicular: what counts is the way along the normal there,
    # except at sharp inner edges, where it says less than the way to the vertex.
    along = np.abs(np.einsum("nd,nd->n", points - vertices[nearest], normals[nearest]))
    distance = np.where(along > 0.85 * gap - 0.6, along, gap)
    place = tuple(band.T)
    field[place] = np.copysign(distance, field[place])


def _normals(field: NDArray[np.float32], points_ras: NDArray, lattice: Geometry) -> NDArray[np.float64]:
    """(N, 3) unit gradients of the field in RAS at points, by central differences over the lattice."""
    index = lattice.ras_to_index(points_ras).T
    gradient = [ndimage.map_coordinates(part, index, order=1) for part in np.gradient(field)[::-1]]
    gradient = np.stack(gradient, axis=1).astype(np.float64)
    return gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-6)
