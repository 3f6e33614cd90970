"""Scar of the atrial wall as a continuous function of place: rings around the veins with gaps, and patches."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import (
    Field,
    Points,
    Waves,
    box_around,
    ellipsoid,
    points_in,
    points_of,
    sample_waves,
)
from ScarSegLogic.phantom.la_anatomy import LAAnatomy, PulmonaryVein
from ScarSegLogic.phantom.lv_anatomy import Harmonics
from ScarSegLogic.phantom.ray_marching import exit_distance, first_rise, jittered


class LAScarPattern(StrEnum):
    """What the scar looks like."""

    NONE = "none"
    ABLATION = "ablation"
    PREABLATION = "preablation"


PATTERN_WEIGHTS = {LAScarPattern.NONE: 0.15, LAScarPattern.ABLATION: 0.5, LAScarPattern.PREABLATION: 0.35}
"""How often a random pattern is drawn (ours)."""

ANTRAL_SLOPE = 0.6
"""A point at distance q from an ostium's rim lies on the atrial side while its height over the ostium plane is below
this share of q; the vein's own wall rises nearly by q (ours)."""

PARTNERS = {"LSPV": "LIPV", "LIPV": "LSPV", "RSPV": "RIPV", "RIPV": "RSPV"}

FAR_MM = 100.0


@dataclass(frozen=True)
class RimCoordinates:
    """Place relative to an ostium: angle around it, distance from its rim, height over its plane; mm and radians."""

    theta: Field
    distance_mm: Field
    height_mm: Field

    @classmethod
    def of(cls, points: Points, vein: PulmonaryVein) -> RimCoordinates:
        first, second = vein.plane_axes()
        offset = [axis - np.float32(value) for axis, value in zip(points, vein.ostium_ras, strict=True)]
        x, y, height = (
            sum(part * np.float32(value) for part, value in zip(offset, direction, strict=True))
            for direction in (first, second, vein.normal_ras)
        )
        distance = np.hypot(np.hypot(x, y) - np.float32(vein.radius_mm), height)
        return cls(np.arctan2(y, x), distance, height)


@dataclass(frozen=True)
class RingGap:
    """A part of a ring without scar: its middle and half width in radians around the ostium."""

    theta: float
    half_angle: float


@dataclass(frozen=True, eq=False)
class AblationRing:
    """A line of ablation around one vein, on the atrial side of its ostium.

    Attributes:
        vein: The vein.
        mean_distance_mm: Distance of the line's middle from the rim of the ostium where no other vein is near.
        half_width_mm: Half its width.
        waver: How that distance changes with the angle, in mm.
        width_waver: How the half width changes with the angle, in mm.
        partner_theta, partner_gap_mm: Direction of the other vein of that side and distance between the two rims; the
            line keeps to its own half of the ridge between them.
        gaps: Where it is open.
    """

    vein: PulmonaryVein
    mean_distance_mm: float
    half_width_mm: float
    waver: Harmonics
    width_waver: Harmonics
    partner_theta: float
    partner_gap_mm: float
    gaps: tuple[RingGap, ...]

    @property
    def centre_ras(self) -> NDArray[np.float64]:
        return self.vein.ostium_ras

    @property
    def reach_mm(self) -> float:
        """More than the line's largest distance from the middle of the ostium."""
        return self.vein.radius_mm + self.mean_distance_mm + self.half_width_mm + 10.0

    def distance_mm(self, theta: Field) -> Field:
        """Distance of the line's middle from the rim at the angles."""
        toward = np.maximum(np.cos(theta - np.float32(self.partner_theta)), 1e-3)
        radius = self.vein.radius_mm
        border = (radius + 0.5 * self.partner_gap_mm) / toward - radius
        return np.minimum(self.mean_distance_mm + self.waver(theta), np.maximum(border, 1.0))

    def level_mm(self, points: Points) -> Field:
        """Distance into the line, negative outside it."""
        rim = RimCoordinates.of(points, self.vein)
        middle = self.distance_mm(rim.theta)
        width = np.float32(self.half_width_mm) + self.width_waver(rim.theta)
        level = np.minimum(width - np.abs(rim.distance_mm - middle), ANTRAL_SLOPE * rim.distance_mm - rim.height_mm)
        for gap in self.gaps:
            angle = np.abs(_wrapped(rim.theta - np.float32(gap.theta)))
            level = np.minimum(level, (angle - np.float32(gap.half_angle)) * (middle + np.float32(self.vein.radius_mm)))
        return level


@dataclass(frozen=True, eq=False)
class ScarPatch:
    """A patch of scar: what of the wall lies in a ball with waves, whose middle lies on the cavity's surface."""

    centre_ras: NDArray[np.float64]
    semi_axes_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    edge: Waves

    @property
    def reach_mm(self) -> float:
        """More than the largest distance from the patch's middle."""
        return 2.0 * float(self.semi_axes_mm.max()) + 4.0

    def level_mm(self, points: Points) -> Field:
        """Distance into the patch, negative outside it, roughly."""
        return -ellipsoid(points, self.centre_ras, self.semi_axes_mm, self.axes) + self.edge(points)


@dataclass(frozen=True, eq=False)
class LAScar:
    """All scar of one atrium; it takes the whole thickness of the wall.

    Attributes:
        pattern: What it looks like.
        rings, patches: Its parts.
        strength: Signal of a voxel full of it: 1 that of dense scar, 0 that of healthy wall. Fibrosis before ablation
            is weaker than a burn.
    """

    pattern: LAScarPattern
    rings: tuple[AblationRing, ...] = ()
    patches: tuple[ScarPatch, ...] = ()
    strength: float = 1.0
    parts: tuple[AblationRing | ScarPatch, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", (*self.rings, *self.patches))

    def level_mm(self, points: Points) -> Field:
        """Distance into the scar, negative outside it; the wall is to be cut out of it."""
        level = np.full(np.broadcast_shapes(*(axis.shape for axis in points)), -FAR_MM, np.float32)
        for part in self.parts:
            centre, reach = part.centre_ras, part.reach_mm
            box = box_around(points, centre - reach, centre + reach)
            level[box] = np.maximum(level[box], part.level_mm(points_in(points, box)))
        return level


def antral_points(anatomy: LAAnatomy, vein: PulmonaryVein, theta: Field, distance_mm: Field) -> NDArray[np.float64]:
    """(N, 3) points of the cavity's surface on the atrial side of an ostium, at angles and distances from its rim.

    NaN where the surface has none.
    """
    first, second = vein.plane_axes()
    # From inside the blood, around the rim, to the outside above the antrum.
    turn = np.radians(np.arange(-170.0, 38.0, 2.0))
    radius = vein.radius_mm + np.outer(distance_mm, np.cos(turn))
    height = np.outer(distance_mm, np.sin(turn))

    def places(radius: Field, height: Field) -> NDArray[np.float64]:
        outward = np.cos(theta)[:, None] * first + np.sin(theta)[:, None] * second
        return vein.ostium_ras + radius[..., None] * outward[:, None] + height[..., None] * vein.normal_ras

    found = first_rise(anatomy.blood(points_of(places(radius, height))), turn, np.nan)
    radius = vein.radius_mm + distance_mm * np.cos(found)
    return places(radius[:, None], (distance_mm * np.sin(found))[:, None])[:, 0]


def sample_la_scar(pattern: LAScarPattern, anatomy: LAAnatomy, generator: np.random.Generator) -> LAScar:
    """Draw a scar of a pattern; ranges are ours, after published ablation lines of 5 to 10 mm width."""
    g = generator
    if pattern is LAScarPattern.NONE:
        return LAScar(pattern)
    if pattern is LAScarPattern.PREABLATION:
        patches = _sample_patches(anatomy, int(g.integers(3, 13)), (3.5, 11.0), g)
        return LAScar(pattern, patches=patches, strength=float(g.uniform(0.6, 1.0)))
    rings = tuple(_sample_ring(vein, anatomy, g) for vein in anatomy.veins)
    patches = _sample_patches(anatomy, int(g.integers(0, 4)), (3.0, 7.0), g)
    return LAScar(pattern, rings, patches, strength=float(g.uniform(0.8, 1.0)))


def _sample_ring(vein: PulmonaryVein, anatomy: LAAnatomy, generator: np.random.Generator) -> AblationRing:
    g = generator
    partner = next(other for other in anatomy.veins if other.name == PARTNERS[vein.name])
    theta = float(RimCoordinates.of(points_of(partner.ostium_ras), vein).theta)
    between = float(np.linalg.norm(partner.ostium_ras - vein.ostium_ras)) - vein.radius_mm - partner.radius_mm
    distance = g.uniform(4.5, 8.0)

    def waver(sd: float) -> Harmonics:
        return Harmonics(tuple((n, float(g.normal(0.0, sd / n)), float(g.uniform(0.0, 6.28))) for n in (2, 3, 5)))

    # A gap opens to the atrium, not to the ridge between two veins, where the other ring lies.
    gaps = tuple(
        RingGap(theta + np.pi + g.uniform(-2.0, 2.0), float(np.radians(g.uniform(10.0, 30.0))))
        for _ in range(int(g.choice([0, 1, 2, 3], p=[0.3, 0.3, 0.25, 0.15])))
    )
    return AblationRing(
        vein=vein,
        mean_distance_mm=distance,
        half_width_mm=g.uniform(2.2, 4.0),
        waver=waver(1.2),
        width_waver=waver(0.5),
        partner_theta=theta,
        partner_gap_mm=max(between, 2.0),
        gaps=gaps,
    )


def _sample_patches(
    anatomy: LAAnatomy, count: int, radius_mm: tuple[float, float], generator: np.random.Generator
) -> tuple[ScarPatch, ...]:
    """Patches on the shell, more often at the back and on the left, where fibrosis is found first (ours)."""
    g = generator
    patches: list[ScarPatch] = []
    while len(patches) < count:
        direction = jittered(np.array([g.normal(-0.3, 1.0), g.normal(-0.5, 1.0), g.normal(0.0, 1.0)]), 1.0, g)
        axes, _ = np.linalg.qr(g.standard_normal((3, 3)))
        radius = g.uniform(*radius_mm)
        semi_axes = radius * np.array([g.uniform(1.0, 1.5), g.uniform(0.7, 1.0), g.uniform(0.8, 1.0)])
        edge = sample_waves((6.0, 18.0), 0.16 * radius, g)
        centre = direction * exit_distance(anatomy.blood, direction, 80.0)
        if float(anatomy.beyond_ostia(points_of(centre))) < -3.0:
            patches.append(ScarPatch(centre, semi_axes, axes, edge))
    return tuple(patches)


def _wrapped(angle: Field) -> Field:
    """The angle within -pi to pi."""
    return np.mod(angle + np.float32(np.pi), np.float32(2.0 * np.pi)) - np.float32(np.pi)
