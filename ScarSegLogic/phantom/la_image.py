"""The noise-free signal of an atrial phantom: body, neighbours, atrium, mitral valve, texture and breathing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.acquisition import tissue_texture
from ScarSegLogic.phantom.distance_fields import distance_from_axis, height_over
from ScarSegLogic.phantom.la_anatomy import LAAnatomy, MitralValve
from ScarSegLogic.phantom.la_grid import LAStack
from ScarSegLogic.phantom.la_model import LAModel
from ScarSegLogic.phantom.la_neighbours import Neighbour, draw_neighbours, inside_share, sample_neighbours
from ScarSegLogic.phantom.la_rasterise import LatticeView, RasterisedLA, covered_part
from ScarSegLogic.phantom.signal import Tissue
from ScarSegLogic.phantom.torso import Torso, sample_torso

BODY_STRIDE = 2
"""The body around the heart is drawn for every second row and column and interpolated."""

COARSE_LATTICE = 3
"""Of the lattice's points every third is looked up in the body; neighbours lie over most of it."""

LEAFLET_MM = 0.7
"""Half the thickness of a mitral leaflet (ours)."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What lies around an atrium.

    Attributes:
        torso: The body, and where the atrium's middle lies in its coordinates.
        middle_in_torso: RAS mm.
        neighbours: Near it.
        annulus_mm: Thickness of the bright mitral annulus, 0 for none.
        valve_scar_share: How much annulus and leaflets look like scar.
        breathing_mm: SD of the motion along the body that is left after gating.
    """

    torso: Torso
    middle_in_torso: NDArray[np.float64]
    neighbours: tuple[Neighbour, ...]
    annulus_mm: float
    valve_scar_share: float
    breathing_mm: float


def sample_surroundings(anatomy: LAAnatomy, generator: np.random.Generator) -> Surroundings:
    """Draw body and neighbours; ranges are ours."""
    g = generator
    torso = sample_torso(g)
    spine_r, back = torso.centre_ra[0], torso.centre_ra[1] - torso.semi_axes_ra[1] + torso.fat_mm
    # The vertebra reaches to 68 mm before the back; oesophagus and aorta fit between it and the atrium.
    behind = anatomy.body.back_mm + g.uniform(15.0, 20.0)
    middle = np.array([spine_r - g.uniform(0.0, 10.0), back + 68.0 + behind, g.uniform(26.0, 40.0)])
    aorta = spine_r - 26.0 - middle[0] + g.uniform(-4.0, 4.0), -behind + g.uniform(-4.0, 0.0)
    return Surroundings(
        torso=torso,
        middle_in_torso=middle,
        neighbours=sample_neighbours(anatomy, aorta, g),
        annulus_mm=float(g.uniform(1.2, 2.2)),
        valve_scar_share=float(g.uniform(0.2, 1.0)),
        breathing_mm=float(g.uniform(0.2, 1.6)),
    )


def clean_la_signal(
    model: LAModel,
    atrium: RasterisedLA,
    stack: LAStack,
    surroundings: Surroundings,
    tissue_signal: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Signed signal (K, J, I) without texture, and the body's tissue of every voxel, uint8.

    Args:
        model: The atrium.
        atrium: Its shares on the grid.
        stack: The grid.
        surroundings: What lies around it.
        tissue_signal: (number of tissues,) signal.
    """
    grid = stack.local()
    coarse = _body(surroundings, stack.local(BODY_STRIDE))
    signal = _refined(tissue_signal[coarse], grid.shape_kji)
    background = _background(model, surroundings, tissue_signal)
    _, view = covered_part(model, grid)
    rest = _slab_mean(view, background, grid)
    wall = tissue_signal[Tissue.MYOCARDIUM]
    scar = wall + np.float32(model.scar.strength) * (tissue_signal[Tissue.SCAR] - wall)
    mixed = atrium.blood * tissue_signal[Tissue.BLOOD] + atrium.tissue * wall + atrium.scar * (scar - wall)
    mixed += (1.0 - atrium.blood - atrium.tissue) * rest
    part = signal[atrium.box]
    part[atrium.covered] = mixed[atrium.covered]
    valve = wall + np.float32(surroundings.valve_scar_share) * (tissue_signal[Tissue.SCAR] - wall)
    _draw_valve(signal, grid, model.anatomy.mitral, surroundings.annulus_mm, valve)
    repeated = np.repeat(np.repeat(coarse, BODY_STRIDE, axis=1), BODY_STRIDE, axis=2)
    body = np.ascontiguousarray(repeated[:, : grid.shape_kji[1], : grid.shape_kji[2]])
    return signal, body


def textured(
    signal: NDArray[np.float32],
    body: NDArray[np.uint8],
    atrium: RasterisedLA,
    strength: float,
    generator: np.random.Generator,
) -> None:
    """Vary the signal within tissues, in place; lung and liver vessels stay out of what the model covers."""
    factor, added = tissue_texture(body, strength, generator)
    added[atrium.box][atrium.covered] = 0.0
    signal *= factor
    signal += added


def breathe(signal: NDArray[np.float32], geometry: Geometry, sd_mm: float) -> NDArray[np.float32]:
    """Average over what is left of breathing: a Gaussian along the body's axis.

    Each grid axis is blurred by its share of the head-foot direction; the shear of a tilted grid is left out (ours).
    """
    head = np.abs(geometry.directions[2, ::-1])
    sigma = sd_mm * head / np.array(geometry.spacing_kji_mm)
    return ndimage.gaussian_filter(signal, np.where(sigma < 0.1, 0.0, sigma), truncate=3.0)


def _body(surroundings: Surroundings, grid: Geometry) -> NDArray[np.uint8]:
    k, j, i = np.ogrid[tuple(slice(0, size) for size in grid.shape_kji)]
    matrix = grid.ijk_to_ras.astype(np.float32)
    offset = (grid.ijk_to_ras[:3, 3] + surroundings.middle_in_torso).astype(np.float32)
    r, a, s = (matrix[axis, 0] * i + matrix[axis, 1] * j + matrix[axis, 2] * k + offset[axis] for axis in range(3))
    return surroundings.torso.tissue(r, a, s)


def _refined(values: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Linear interpolation along rows and columns."""
    for axis in (1, 2):
        place = np.arange(shape[axis], dtype=np.float32) / BODY_STRIDE
        low = np.minimum(place.astype(np.intp), values.shape[axis] - 1)
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = (place - low).reshape([-1 if other == axis else 1 for other in range(3)])
        values = values.take(low, axis) * (1.0 - share) + values.take(high, axis) * share
    return values.astype(np.float32, copy=False)


def _background(model: LAModel, surroundings: Surroundings, tissue_signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Signal on the lattice of all that is not the atrium."""
    matrix = np.array(model.lattice.ijk_to_ras)
    matrix[:3, :3] *= COARSE_LATTICE
    shape = tuple(-(-size // COARSE_LATTICE) for size in model.lattice.shape_kji)
    coarse = tissue_signal[_body(surroundings, Geometry(shape, matrix))]
    step = np.full(3, 1.0 / COARSE_LATTICE)
    signal = ndimage.affine_transform(coarse, step, 0.0, model.lattice.shape_kji, order=1, mode="nearest")
    points = model.points()
    r, a = (axis + np.float32(start) for axis, start in zip(points[:2], surroundings.middle_in_torso[:2], strict=True))
    chest = surroundings.torso.inside_chest_mm(r, a)
    draw_neighbours(signal, points, (model.distance_mm, chest), surroundings.neighbours, tissue_signal)
    return signal


def _slab_mean(view: LatticeView, field: NDArray[np.float32], grid: Geometry) -> NDArray[np.float32]:
    """The field averaged across the thickness of each slice."""
    count = max(round(grid.spacing_kji_mm[0]), 1)
    shifts = (np.arange(count) + 0.5) / count - 0.5
    total = view.sample(field, (shifts[0], 0.0, 0.0))
    for shift in shifts[1:]:
        total += view.sample(field, (shift, 0.0, 0.0))
    return total / np.float32(count)


def _draw_valve(
    signal: NDArray[np.float32], grid: Geometry, mitral: MitralValve, annulus_mm: float, value: np.float32
) -> None:
    """Draw the annulus, and two leaflets as the cone that they form when the valve is open."""
    reach = mitral.radius_mm + 16.0
    index = grid.ras_to_index(mitral.centre_ras)
    half = reach / np.array(grid.spacing_kji_mm)
    low = np.clip(np.floor(index - half), 0, grid.shape_kji).astype(int)
    high = np.clip(np.ceil(index + half) + 1, 0, grid.shape_kji).astype(int)
    box = tuple(slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
    part = signal[box]
    k, j, i = np.ogrid[box]
    matrix = grid.ijk_to_ras
    points = tuple(
        (matrix[axis, 0] * i + matrix[axis, 1] * j + matrix[axis, 2] * k + matrix[axis, 3]).astype(np.float32)
        for axis in range(3)
    )
    radius = distance_from_axis(points, mitral.centre_ras, mitral.normal_ras)
    height = height_over(points, mitral.centre_ras, mitral.normal_ras)
    annulus = np.hypot(radius - np.float32(mitral.radius_mm + 1.0), height) - np.float32(annulus_mm)
    # From the annulus to an opening of half its radius, 12 mm down.
    start, step = mitral.radius_mm, np.array([-0.5 * mitral.radius_mm, 12.0])
    place = np.clip(((radius - start) * step[0] + height * step[1]) / (step @ step), 0.0, 1.0)
    leaflet = np.hypot(radius - start - place * step[0], height - place * step[1]) - LEAFLET_MM
    share = inside_share(np.minimum(annulus, leaflet)).astype(np.float32)
    part += share * (value - part)
