"""The shape of the phantom's heart as continuous functions of heart coordinates in mm.

Heart coordinates: the origin lies on the long axis in the basal plane, z runs from base to apex, x points to the
anterior RV insertion at mid-ventricle, y = z × x points from there into the septum. The angle theta = atan2(y, x)
therefore starts at the anterior insertion and grows through the septum to the inferior insertion; looking from the
apex at a heart in the patient it grows anticlockwise. ``LVPose`` places these coordinates in RAS.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Harmonics:
    """A smooth function of the angle: sum of ``amplitude * cos(order * (theta - phase))``, without a constant."""

    terms: tuple[tuple[int, float, float], ...] = ()

    def __call__(self, theta: Array) -> Array:
        total = np.zeros_like(theta)
        for order, amplitude, phase in self.terms:
            total += np.cos(order * (theta - phase)) * amplitude
        return total


@dataclass(frozen=True)
class PapillaryMuscle:
    """A papillary muscle: a tapered rod along the long axis, inside the cavity.

    Attributes:
        theta: Angle of its axis in radians.
        radial_position: Distance of its axis from the long axis as a share of the cavity's radius.
        radius_mm: Largest radius.
        start_mm, end_mm: Extent along z.
    """

    theta: float
    radial_position: float
    radius_mm: float
    start_mm: float
    end_mm: float


@dataclass(frozen=True)
class LVAnatomy:
    """A truncated ellipsoidal LV with tapering wall, and the RV, fat and papillary muscles around and in it.

    Epicardium and endocardium are ellipsoids of revolution around the long axis with one centre, at
    ``equator_mm`` below the base, cut by the basal plane; ``shape`` and ``wall_shape`` modulate them with the angle.

    Attributes:
        epicardial_radius_mm: Epicardial radius at the equator.
        length_mm: Base to epicardial apex.
        equator_mm: Height of the largest radius below the base.
        wall_mm, apical_wall_mm: Wall thickness at the equator and at the apex.
        basal_slope_xy: The basal plane is z = slope_x x + slope_y y.
        shape: Relative change of both radii with the angle.
        wall_shape: Further relative change of the endocardial radius.
        septal_angle: Angle from the anterior to the inferior insertion, radians.
        twist_per_mm: Turn of the insertions along z, radians per mm, zero at ``middle_mm``.
        middle_mm: Height of the mid-ventricle.
        rv_width_mm, rv_end_mm, rv_power, rv_wall_mm: Largest width of the RV cavity beside the septum, height where
            it ends, how square its outline is (small is square) and thickness of its free wall.
        fat_mm: Mean thickness of the epicardial fat.
        pericardium_mm: Thickness of the dark line around the fat.
        fat_shape: Change of the fat's thickness with the angle, in mm.
        papillary_muscles: Labelled cavity, with the signal of myocardium.
        trabeculae: How far trabeculae reach into the cavity where positive, in mm; labelled cavity as well.
    """

    epicardial_radius_mm: float
    length_mm: float
    equator_mm: float
    wall_mm: float
    apical_wall_mm: float
    basal_slope_xy: tuple[float, float] = (0.0, 0.0)
    shape: Harmonics = field(default_factory=Harmonics)
    wall_shape: Harmonics = field(default_factory=Harmonics)
    septal_angle: float = 2.1
    twist_per_mm: float = 0.0
    middle_mm: float = 40.0
    rv_width_mm: float = 35.0
    rv_end_mm: float = 70.0
    rv_power: float = 0.6
    rv_wall_mm: float = 3.0
    fat_mm: float = 2.0
    pericardium_mm: float = 0.0
    fat_shape: Harmonics = field(default_factory=Harmonics)
    papillary_muscles: tuple[PapillaryMuscle, ...] = ()
    trabeculae: Harmonics = field(default_factory=Harmonics)

    def epicardial_profile(self, z: Array) -> Array:
        """Epicardial radius in mm at heights z, before modulation with the angle; 0 beyond the apex."""
        return _ellipse(z - self.equator_mm, self.epicardial_radius_mm, self.length_mm - self.equator_mm)

    def endocardial_profile(self, z: Array) -> Array:
        """Endocardial radius in mm at heights z; 0 in the apical cap."""
        return _ellipse(
            z - self.equator_mm,
            self.epicardial_radius_mm - self.wall_mm,
            self.length_mm - self.apical_wall_mm - self.equator_mm,
        )

    def epicardial_factor(self, theta: Array) -> Array:
        return 1.0 + self.shape(theta)

    def endocardial_factor(self, theta: Array) -> Array:
        return 1.0 + self.shape(theta) + self.wall_shape(theta)

    def insertion_angles(self, z: float) -> tuple[float, float]:
        """Angles of the anterior and inferior RV insertion at height z, radians."""
        turn = self.twist_per_mm * (z - self.middle_mm)
        return turn, turn + self.septal_angle

    def insertion_points_xy(self, z: float) -> NDArray[np.float64]:
        """(2, 2) anterior and inferior insertion on the epicardium at height z, heart x and y in mm."""
        theta = np.array(self.insertion_angles(z))
        radius = self.epicardial_profile(np.array(z)) * self.epicardial_factor(theta)
        return np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=1)

    def rv_outline(self, theta: Array, z: float) -> Array:
        """Width of the RV cavity at the angle relative to its largest at that height; 0 outside the insertions."""
        anterior, _ = self.insertion_angles(z)
        position = np.mod(theta - np.float32(anterior), np.float32(2.0 * np.pi)) / np.float32(self.septal_angle)
        outline = np.sin(np.float32(np.pi) * np.minimum(position, np.float32(1.0)))
        return np.where(position < 1.0, np.maximum(outline, 0.0) ** np.float32(self.rv_power), np.float32(0.0))

    def rv_width(self, z: float) -> float:
        """Largest width of the RV cavity beside the septum at height z in mm; 0 beyond its end."""
        return self.rv_width_mm * float(np.sqrt(max(1.0 - (max(z, 0.0) / self.rv_end_mm) ** 2, 0.0)))

    def fat_outline(self, theta: Array) -> Array:
        """Thickness of epicardial fat in mm before its change along the heart."""
        return np.maximum(self.fat_mm + self.fat_shape(theta), 0.0)

    def fat_share(self, z: float) -> float:
        """Fat thins towards the apex (ours)."""
        return float(np.clip(1.2 - z / self.length_mm, 0.2, 1.3))

    def is_ventricle(self, x: Array, y: Array, z: Array) -> NDArray[np.bool_]:
        """Whether points lie on the apex's side of the basal plane."""
        return self.basal_slope_xy[0] * x + self.basal_slope_xy[1] * y <= z


def _ellipse(distance: Array, radius: float, half_length: float) -> Array:
    return radius * np.sqrt(np.clip(1.0 - (np.asarray(distance) / half_length) ** 2, 0.0, None))


def sample_anatomy(generator: np.random.Generator) -> LVAnatomy:
    """Draw a heart. Ranges are ours, around adult end-diastolic values (cavity 40-60 mm across, wall 7-14 mm)."""
    g = generator
    wall = g.uniform(7.0, 13.5)
    radius = g.uniform(20.0, 30.0) + wall
    length = g.uniform(78.0, 104.0)
    equator = g.uniform(0.12, 0.32) * length
    # Kept below half a slice at the wall: a reader draws no sliver of wall above the base.
    tilt = np.tan(np.radians(g.uniform(0.0, 5.5)))
    tilt_direction = g.uniform(0.0, 2.0 * np.pi)
    shape = Harmonics(
        tuple((n, float(g.normal(0.0, s)), float(g.uniform(0, 6.28))) for n, s in ((2, 0.04), (3, 0.012)))
    )
    wall_shape = Harmonics(
        tuple((n, float(g.normal(0.0, s)), float(g.uniform(0, 6.28))) for n, s in ((1, 0.035), (2, 0.02), (5, 0.008)))
    )
    middle = 0.45 * length
    papillary = tuple(
        PapillaryMuscle(
            theta=float(np.radians(angle + g.normal(0.0, 10.0))),
            radial_position=float(g.uniform(0.62, 0.85)),
            radius_mm=float(g.uniform(3.0, 6.0)),
            start_mm=float(g.uniform(0.15, 0.35) * length),
            end_mm=float(g.uniform(0.6, 0.8) * length),
        )
        # Anterolateral and posteromedial muscle.
        for angle in (265.0, 165.0)
    )
    return LVAnatomy(
        epicardial_radius_mm=radius,
        length_mm=length,
        equator_mm=equator,
        wall_mm=wall,
        apical_wall_mm=wall * g.uniform(0.4, 0.75),
        basal_slope_xy=(tilt * np.cos(tilt_direction), tilt * np.sin(tilt_direction)),
        shape=shape,
        wall_shape=wall_shape,
        septal_angle=float(np.radians(g.uniform(108.0, 132.0))),
        twist_per_mm=float(np.radians(g.normal(0.0, 0.12))),
        middle_mm=middle,
        rv_width_mm=g.uniform(25.0, 58.0),
        rv_end_mm=length * g.uniform(0.72, 0.98),
        rv_power=g.uniform(0.35, 0.7),
        rv_wall_mm=g.uniform(2.0, 4.0),
        fat_mm=g.uniform(0.0, 4.0),
        pericardium_mm=max(g.uniform(-1.0, 1.5), 0.0),
        fat_shape=Harmonics(tuple((n, float(g.uniform(0.0, 3.0)), float(g.uniform(0, 6.28))) for n in (1, 2, 3))),
        papillary_muscles=papillary,
        trabeculae=Harmonics(
            tuple((n, float(g.normal(0.0, 0.7)), float(g.uniform(0, 6.28))) for n in (5, 8, 11, 13, 17))
        ),
    )
