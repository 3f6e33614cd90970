"""What lies around the left atrium and fools methods: other blood with walls of its own, and the oesophagus.

Drawn as signal on the model's lattice; atrium and wall are mixed over it later. Ranges are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ScarSegLogic.phantom.distance_fields import Field, Points, box_around, ellipsoid, points_in, tube_through
from ScarSegLogic.phantom.la_anatomy import WALL_RANGE_MM, LAAnatomy
from ScarSegLogic.phantom.ray_marching import crossings
from ScarSegLogic.phantom.signal import Tissue

MEDIASTINAL_FAT_MM = 7.0
LUNG_FAT_MM = 0.8
"""Depth of the fat around heart and vessels, and around those that have run into the lungs."""

HILUM_MM = (30.0, 50.0)
"""Distance from the middle plane over which the one gives way to the other."""

FAR_UP_MM = 120.0


@dataclass(frozen=True)
class Mixture:
    """A tissue, of which a share looks like another one."""

    tissue: Tissue
    other: Tissue = Tissue.SCAR
    other_share: float = 0.0

    def signal(self, tissue_signal: NDArray[np.float32]) -> np.float32:
        return tissue_signal[self.tissue] * np.float32(1.0 - self.other_share) + tissue_signal[self.other] * np.float32(
            self.other_share
        )


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A tube along a broken line, or an ellipsoid where it has one centre only.

    Attributes:
        centres_ras: (N, 3) from the middle of the atrium.
        sizes_mm: (N,) radii of the tube, or the (3,) semi-axes of the ellipsoid.
        content: What it holds.
        rim_mm, rim: Thickness and tissue of its wall, around the content.
    """

    centres_ras: NDArray[np.float64]
    sizes_mm: NDArray[np.float64]
    content: Mixture
    rim_mm: float
    rim: Mixture

    def field(self, points: Points) -> Field:
        """Distance from the content."""
        if len(self.centres_ras) == 1:
            return ellipsoid(points, self.centres_ras[0], self.sizes_mm)
        return tube_through(points, self.centres_ras, self.sizes_mm)

    def box(self, points: Points) -> tuple[slice, ...]:
        reach = float(self.sizes_mm.max()) + self.rim_mm + MEDIASTINAL_FAT_MM + 1.0
        return box_around(points, self.centres_ras.min(axis=0) - reach, self.centres_ras.max(axis=0) + reach)


def draw_neighbours(
    signal: NDArray[np.float32],
    points: Points,
    distances_mm: tuple[NDArray[np.float32], NDArray[np.float32]],
    neighbours: Sequence[Neighbour],
    tissue_signal: NDArray[np.float32],
) -> None:
    """Draw fat around heart and neighbours, then the neighbours in their order, over a lattice's signal in place.

    Neighbours that follow each other and hold the same open into each other where they meet.

    Args:
        signal: (K, J, I) what was there.
        points: The lattice's open grid.
        distances_mm: Distance from the atrium's blood, and depth within the chest wall, which nothing here crosses;
            both broadcast to (K, J, I).
        neighbours: The last lies on top.
        tissue_signal: (number of tissues,).
    """
    boxes = [neighbour.box(points) for neighbour in neighbours]
    fields = [
        neighbour.field(points_in(points, box)) - np.float32(neighbour.rim_mm)
        for neighbour, box in zip(neighbours, boxes, strict=True)
    ]
    blood, chest = distances_mm
    nearest = blood - np.float32(WALL_RANGE_MM[1])
    for box, field in zip(boxes, fields, strict=True):
        nearest[box] = np.minimum(nearest[box], field)
    fat = np.interp(np.abs(points[0]), HILUM_MM, (MEDIASTINAL_FAT_MM, LUNG_FAT_MM)).astype(np.float32)
    _paint(signal, np.maximum(nearest - fat, -chest), tissue_signal[Tissue.FAT])
    for box, field in zip(boxes, fields, strict=True):
        np.maximum(field, np.float32(MEDIASTINAL_FAT_MM / 2.0) - chest[:, box[1], box[2]], out=field)
    drawn = zip(neighbours, boxes, fields, strict=True)
    for content, joined in groupby(drawn, key=lambda part: part[0].content):
        # No wall crosses the blood where a vein enters its chamber, so all walls come before all contents.
        group = list(joined)
        for neighbour, box, field in group:
            _paint(signal[box], field, neighbour.rim.signal(tissue_signal))
        for neighbour, box, field in group:
            _paint(signal[box], field + np.float32(neighbour.rim_mm), content.signal(tissue_signal))


def inside_share(field: Field, width_mm: float = 1.0) -> Field:
    """Share of a voxel of some width that lies inside a surface, from its distance."""
    return np.clip(np.float32(0.5) - field * np.float32(1.0 / width_mm), 0.0, 1.0)


def _paint(signal: NDArray[np.float32], field: Field, value: np.float32) -> None:
    signal += inside_share(field) * (value - signal)


def sample_neighbours(
    anatomy: LAAnatomy, aorta_ra: tuple[float, float], generator: np.random.Generator
) -> tuple[Neighbour, ...]:
    """Draw the neighbours of an atrium.

    Args:
        anatomy: The atrium.
        aorta_ra: Where the descending aorta runs, R and A from the atrium's middle.
        generator: Randomness.
    """
    g = generator
    x, y, z = anatomy.body.semi_axes_mm
    blood, right_blood = Mixture(Tissue.BLOOD), Mixture(Tissue.RV_BLOOD)
    # Walls of vessels and of the right heart enhance now and then, as do fibrous and inflamed tissues.
    wall = Mixture(Tissue.MYOCARDIUM, other_share=g.uniform(0.0, 0.3))
    aortic_wall = Mixture(Tissue.MUSCLE, other_share=g.uniform(0.0, 0.6))
    pulmonary = np.array([-20.0, y + 5.0, z + 17.0]) + g.normal(0.0, 2.0, 3)
    artery_mm = g.uniform(7.5, 9.5)
    artery_radii = np.array([10.0, artery_mm, artery_mm])
    mitral = anatomy.mitral

    def tube(centres: ArrayLike, radii: ArrayLike, content: Mixture, rim_mm: float, rim: Mixture) -> Neighbour:
        centres = np.asarray(centres, dtype=np.float64)
        radii = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(centres))
        return Neighbour(centres + g.normal(0.0, 1.0, 3), radii, content, rim_mm, rim)

    def ball(centre: ArrayLike, semi_axes: ArrayLike, rim_mm: float) -> Neighbour:
        centre = np.asarray(centre, dtype=np.float64)[None] + g.normal(0.0, 2.0, 3)
        return Neighbour(centre, np.asarray(semi_axes) * g.uniform(0.9, 1.1, 3), right_blood, rim_mm, wall)

    neighbours = [
        Neighbour(mitral.inflow_ras, mitral.inflow_radii_mm, blood, g.uniform(7.0, 11.0), Mixture(Tissue.MYOCARDIUM)),
        ball((2.0, y + 50.0, -32.0), (42.0, 25.0, 32.0), 3.0),
        ball((x + 16.0, 0.3 * y + 12.0, -12.0), (25.0, 25.0, 32.0), 2.0),
        tube([(x + 12.0, 12.0, 8.0), (x + 15.0, 5.0, FAR_UP_MM)], 8.5, right_blood, 1.2, wall),
        tube([(x + 14.0, 0.0, -35.0), (x + 16.0, -4.0, -FAR_UP_MM)], 11.0, right_blood, 1.2, wall),
        tube([(-12.0, y + 36.0, -8.0), (-22.0, y + 25.0, 26.0), pulmonary], 12.5, right_blood, 1.5, wall),
        tube([pulmonary, (8.0, -1.0, z + 13.0), (70.0, -12.0, z + 9.0)], artery_radii, right_blood, 1.2, wall),
        tube([pulmonary, (-38.0, -14.0, z + 19.0), (-70.0, -30.0, z + 8.0)], artery_radii, right_blood, 1.2, wall),
        tube([(-0.9 * x, 4.0, -0.6 * z), (-0.2 * x, -0.8 * y, -z - 5.0), (0.8 * x, -2.0, -z)], 3.8, right_blood,
             0.8, wall),
        tube([(-2.0, y + 14.0, -10.0), (3.0, y + 18.0, 30.0), (12.0, y + 15.0, FAR_UP_MM)], g.uniform(12.5, 15.5),
             blood, 1.6, aortic_wall),
        tube([(*aorta_ra, FAR_UP_MM), (*aorta_ra, -FAR_UP_MM)], g.uniform(10.5, 13.0), blood, 1.8, aortic_wall),
    ]  # fmt: skip
    return (*neighbours, _oesophagus(anatomy, g))


def _oesophagus(anatomy: LAAnatomy, generator: np.random.Generator) -> Neighbour:
    """It runs down the back of the atrium, so near that its wall looks like scar of the atrium's."""
    g = generator
    r, radius, heights = g.uniform(-12.0, 8.0), g.uniform(4.5, 6.5), np.arange(-64.0, 73.0, 8.0)
    back = np.array([0.0, -1.0, 0.0])
    inside = np.abs(heights) < 0.7 * anatomy.body.semi_axes_mm[2]
    depths = [crossings(anatomy.blood, np.array([r, 0.0, s]), back[None], 60.0)[0] for s in heights[inside]]
    depth = np.interp(heights, heights[inside], depths)
    # Above and below the atrium it turns back to the spine.
    depth = np.maximum(depth, np.max(depths) - 2.0) + WALL_RANGE_MM[1] + radius + g.uniform(-0.5, 1.5)
    wander = 2.5 * np.sin(heights / 25.0 + g.uniform(0.0, 6.28))
    centres = np.stack([r + wander, -depth, heights], axis=1)
    lumen = Mixture(Tissue(int(g.choice([Tissue.AIR, Tissue.MUSCLE, Tissue.STOMACH]))))
    rim = 2.6
    return Neighbour(
        centres,
        np.full(len(centres), radius - rim),
        lumen,
        rim,
        Mixture(Tissue.MUSCLE, other_share=g.uniform(0.2, 1.0)),
    )
