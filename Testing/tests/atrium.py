"""An atrium of known size on any grid: a ball with two veins, a wall around it, scar where one wants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.volume import Volume
from Testing.tests.rotations import rotation

CENTRE_RAS = np.array([-12.0, 30.0, 21.0])
OBLIQUE = rotation((1, 2, 3), 35)
BALL_MM, VEIN_MM, VEIN_LENGTH_MM = 24.0, 6.0, 34.0
BLOOD, TISSUE, SCAR = 100.0, 70.0, 160.0
LEFT = np.array([-0.8, -0.5, 0.33]) / np.linalg.norm([-0.8, -0.5, 0.33])
RIGHT = np.array([0.8, -0.5, 0.33]) / np.linalg.norm([0.8, -0.5, 0.33])
SPACINGS = {"slices": (2.5, 0.625, 0.625), "isotropic": (1.0, 1.0, 1.0)}


def grid(spacing_kji_mm=(2.5, 0.625, 0.625), directions=OBLIQUE, size_mm=80.0) -> Geometry:
    """A cube of ``size_mm`` around the atrium's centre."""
    shape = tuple(int(np.ceil(size_mm / step)) for step in spacing_kji_mm)
    at_origin = Geometry.from_spacing(shape, spacing_kji_mm, directions=directions)
    middle = at_origin.index_to_ras((np.array(shape) - 1) / 2)
    return Geometry.from_spacing(
        shape, spacing_kji_mm, directions=directions, origin_ras_mm=CENTRE_RAS - middle + (0.11, 0.07, 0.05)
    )


def voxels_ras(geometry: Geometry) -> np.ndarray:
    """(K, J, I, 3) RAS of every voxel centre."""
    return geometry.index_to_ras(np.stack(np.meshgrid(*map(np.arange, geometry.shape_kji), indexing="ij"), axis=-1))


def angle_degrees(points_ras: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Angle at the atrium's centre between each point and an axis."""
    steps = points_ras - CENTRE_RAS
    return np.degrees(np.arccos(np.clip(steps @ axis / np.maximum(np.linalg.norm(steps, axis=-1), 1e-9), -1, 1)))


@dataclass(frozen=True, eq=False)
class Atrium:
    """A ball of 24 mm; a vein of radius 6 mm in each direction of ``veins``."""

    geometry: Geometry = field(default_factory=grid)
    veins: dict[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def points(self) -> np.ndarray:
        return voxels_ras(self.geometry)

    @cached_property
    def depth_mm(self) -> np.ndarray:
        """Signed distance from the surface, outward positive."""
        steps = self.points - CENTRE_RAS
        depth = np.linalg.norm(steps, axis=-1) - BALL_MM
        for axis in self.veins.values():
            along = steps @ axis
            aside = np.linalg.norm(steps - along[..., None] * axis, axis=-1)
            tube = np.maximum(aside - VEIN_MM, along - VEIN_LENGTH_MM)
            depth = np.where(along > 0, np.minimum(depth, tube), depth)
        return depth

    @cached_property
    def cavity(self) -> np.ndarray:
        return self.depth_mm <= 0

    @cached_property
    def wall(self) -> np.ndarray:
        """3 mm thick, not behind the ostia."""
        wall = (self.depth_mm > 0) & (self.depth_mm <= 3)
        for opening in self.openings:
            depths, radii = opening.depth_and_radius_mm(self.points[wall])
            wall[wall] = (depths <= 0) | (radii >= 15)
        return wall

    @cached_property
    def openings(self) -> tuple[Opening, ...]:
        """1 mm beyond the circle where each vein leaves the ball."""
        depth = np.sqrt(BALL_MM**2 - VEIN_MM**2) + 1
        return tuple(
            Opening(name, OpeningKind.VEIN, tuple(CENTRE_RAS + depth * axis), tuple(axis), VEIN_MM)
            for name, axis in self.veins.items()
        )

    def image(self, scar: np.ndarray | None = None, *, noise: float = 2.0) -> Volume:
        """Blood 100, everything else 70, the scar (K, J, I) outside the cavity 160."""
        values = np.where(self.cavity, BLOOD, TISSUE)
        if scar is not None:
            values[scar & ~self.cavity] = SCAR
        values = values + np.random.default_rng(5).normal(0, noise, values.shape)
        return Volume(values.astype(np.float32), self.geometry, name="atrium")

    def cap(self, axis: np.ndarray, half_angle_degrees: float) -> np.ndarray:
        """(K, J, I) bool: everything within a cone from the centre, up to 5 mm outside the surface."""
        return (angle_degrees(self.points, axis) <= half_angle_degrees) & (self.depth_mm <= 5)


def cap_area_cm2(half_angle_degrees: float) -> float:
    """Area of a cap of the ball."""
    return 2 * np.pi * BALL_MM**2 * (1 - np.cos(np.radians(half_angle_degrees))) / 100
