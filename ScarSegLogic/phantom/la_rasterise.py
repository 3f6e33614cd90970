"""Sampling of the continuous atrium on a grid: partial volume and voxel masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.fitting import fitting_voxels
from ScarSegLogic.phantom.la_model import LAModel
from ScarSegLogic.phantom.la_neighbours import inside_share
from ScarSegLogic.phantom.rasterise import Supersampling

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class RasterisedLA:
    """The atrium on the part of a grid that the model covers; arrays are (K', J', I').

    Attributes:
        box: Which part of the grid.
        covered: Voxels whose middle the model covers.
        cavity, wall, scar: float32 share of each voxel within the labelled atrium; the scar is part of the wall.
        blood, tissue: Shares of blood and wall, those beyond the labelled atrium too.
        scarred: Share of scar in the tissue.
    """

    box: Box
    covered: NDArray[np.bool_]
    cavity: NDArray[np.float32]
    wall: NDArray[np.float32]
    scar: NDArray[np.float32]
    blood: NDArray[np.float32]
    tissue: NDArray[np.float32]

    def masks(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Cavity by majority; wall and scar by the shares near one half that keep their volumes.

        A plain majority loses a wall that is thinner than a slice.
        """
        cavity = self.cavity >= 0.5
        wall = fitting_voxels(self.wall, np.ones_like(self.wall), ~cavity & (self.wall > 0.0))
        return cavity, wall, fitting_voxels(self.scar, self.wall, wall)


def rasterise_la(model: LAModel, grid: Geometry, supersampling: Supersampling) -> RasterisedLA:
    """Sample the model at ``in_plane**2 * across`` points of every voxel at the wall or at a cut.

    Elsewhere a voxel is all blood or all else; beyond the labelled atrium shares follow from the distance of the
    voxel's middle.

    Args:
        model: The atrium.
        grid: Voxels, in the model's coordinates.
        supersampling: Number of samples.
    """
    box, view = covered_part(model, grid)
    distance, beyond, thickness = (
        view.sample(field) for field in (model.distance_mm, model.beyond_mm, model.thickness_mm)
    )
    blood = inside_share(distance)
    tissue = inside_share(distance - thickness) - blood
    reach = np.float32(view.reach_mm)
    inside = (distance <= -reach) & (beyond <= -reach)
    mixed = (distance < thickness + reach) & (beyond < reach) & ~inside
    cavity = inside.astype(np.float32)
    wall, scar = np.zeros_like(cavity), np.zeros_like(cavity)
    for target, share in zip(
        (cavity, wall, scar, blood, tissue), _shares(model, view, mixed, thickness, supersampling), strict=True
    ):
        target[mixed] = share
    return RasterisedLA(box, view.covered, cavity, wall, scar, blood, tissue)


@dataclass(frozen=True, eq=False)
class LatticeView:
    """A part of a grid as seen from the lattice: index there = ``matrix`` @ (k, j, i) + ``offset``."""

    shape: tuple[int, int, int]
    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]
    reach_mm: float
    covered: NDArray[np.bool_]

    def sample(self, field: NDArray[np.float32], shift_kji: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> NDArray:
        """The field at all voxels' middles, or beside them by a share of a voxel."""
        offset = self.offset + self.matrix @ np.asarray(shift_kji)
        return ndimage.affine_transform(field, self.matrix, offset, self.shape, order=1, mode="nearest")


def covered_part(model: LAModel, grid: Geometry) -> tuple[Box, LatticeView]:
    """The box of a grid around the model's lattice, and how to look the lattice up from there."""
    corners = grid.ras_to_index(model.lattice.corners_ras())
    size = np.array(grid.shape_kji)
    low = np.clip(np.floor(corners.min(axis=0)), 0, size - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, 1, size).astype(int)
    shape = tuple(int(n) for n in high - low)
    origin = model.lattice.ras_to_index(grid.index_to_ras(low))
    steps = [model.lattice.ras_to_index(grid.index_to_ras(low + step)) - origin for step in np.eye(3)]
    matrix = np.stack(steps, axis=1)
    covered = np.ones(shape, bool)
    k, j, i = np.ogrid[: shape[0], : shape[1], : shape[2]]
    for row, start, limit in zip(matrix.astype(np.float32), origin, model.lattice.shape_kji, strict=True):
        index = row[0] * k + row[1] * j + row[2] * i + np.float32(start)
        covered &= (index >= 0.0) & (index <= limit - 1.0)
    reach = 0.5 * float(np.linalg.norm(grid.spacing_kji_mm))
    box = tuple(slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
    return box, LatticeView(shape, matrix, origin, reach, covered)


def _shares(
    model: LAModel,
    view: LatticeView,
    mixed: NDArray[np.bool_],
    thickness: NDArray[np.float32],
    supersampling: Supersampling,
) -> tuple[NDArray[np.float32], ...]:
    """Shares of cavity, wall, scar, blood and tissue in the (N,) mixed voxels."""
    index = np.argwhere(mixed) @ view.matrix.T + view.offset
    thickness = thickness[mixed]
    # Only where scar or a cut is near do their samples need to be looked at.
    near = view.reach_mm * 2.0
    scarred = np.flatnonzero(_at(model.scar_level_mm, index) > -near)
    beyond = _at(model.beyond_mm, index)
    cut = np.flatnonzero(np.abs(beyond) < near)
    outside = beyond >= 0.0
    counts = np.zeros((5, len(index)), np.float32)
    n, m = supersampling.in_plane, supersampling.across
    places = [(np.arange(size) + 0.5) / size - 0.5 for size in (m, n, n)]
    for shift in np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 3):
        there = index + view.matrix @ shift
        distance = _at(model.distance_mm, there)
        blood = distance < 0.0
        tissue = ~blood & (distance < thickness)
        outside[cut] = _at(model.beyond_mm, there[cut]) >= 0.0
        scar = np.zeros(len(index), bool)
        scar[scarred] = _at(model.scar_level_mm, there[scarred]) > 0.0
        for count, found in zip(
            counts, (blood & ~outside, tissue & ~outside, tissue & ~outside & scar, blood, tissue), strict=True
        ):
            count += found
    return tuple(counts / (n * n * m))


def _at(field: NDArray[np.float32], index: NDArray[np.float64]) -> NDArray[np.float32]:
    return ndimage.map_coordinates(field, index.T, order=1, mode="nearest")
