"""Scar as a continuous function of angle, wall depth and height."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.lv_anatomy import Array, Harmonics, LVAnatomy


class ScarPattern(StrEnum):
    """What the scar looks like. The ischaemic ones are named for the coronary artery whose territory they take."""

    NONE = "none"
    LAD = "lad"
    LCX = "lcx"
    RCA = "rca"
    MIDWALL_SEPTAL = "midwall_septal"
    EPICARDIAL_LATERAL = "epicardial_lateral"
    DIFFUSE_PATCHY = "diffuse_patchy"


ISCHAEMIC = (ScarPattern.LAD, ScarPattern.LCX, ScarPattern.RCA)

TERRITORY_DEG = {ScarPattern.LAD: (15.0, 75.0), ScarPattern.LCX: (235.0, 45.0), ScarPattern.RCA: (135.0, 50.0)}
"""Centre and half width of each territory in degrees from the anterior insertion, after the AHA assignment
(Cerqueira 2002: LAD segments 1, 2, RCA 3, 4, LCX 5, 6; smoothed to one sector each, ours)."""


PATTERN_WEIGHTS = {
    ScarPattern.NONE: 0.2,
    ScarPattern.LAD: 0.2,
    ScarPattern.LCX: 0.15,
    ScarPattern.RCA: 0.17,
    ScarPattern.MIDWALL_SEPTAL: 0.1,
    ScarPattern.EPICARDIAL_LATERAL: 0.1,
    ScarPattern.DIFFUSE_PATCHY: 0.08,
}
"""How often a random pattern is drawn (ours)."""


@dataclass(frozen=True)
class ScarBlob:
    """One scar: a smooth patch on the wall that is deepest in its middle.

    At relative distance rho from the centre the bump is (1 - rho**2)**(1/4), blunt at its edge; the patch takes the
    depths between ``centre_depth - half_depth * bump`` and ``centre_depth + half_depth * bump``, where depth 0 is the
    endocardium and 1 the epicardium. A subendocardial scar has centre depth 0, an epicardial one 1.

    Attributes:
        theta, z: Centre, radians and mm.
        half_angle, half_height_mm: Half extents along both.
        centre_depth, half_depth: Depth band at the centre, in shares of the wall.
        edge: Ragged edge: relative change of the extent with the direction from the centre.
        mvo_share: Size of the MVO core relative to the scar, 0 for none.
    """

    theta: float
    z: float
    half_angle: float
    half_height_mm: float
    centre_depth: float
    half_depth: float
    edge: Harmonics = field(default_factory=Harmonics)
    mvo_share: float = 0.0

    def scaled(self, factor: float) -> ScarBlob:
        """The same scar with its extents multiplied; the depth grows more slowly and stays within the wall."""
        limit = 1.15 if self.centre_depth in (0.0, 1.0) else 0.5
        return replace(
            self,
            half_angle=min(self.half_angle * factor, np.pi),
            half_height_mm=self.half_height_mm * factor,
            half_depth=min(self.half_depth * factor**0.4, limit),
        )

    def contains(self, theta: Array, depth: Array, z: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Infarct (with MVO) and MVO, boolean arrays of the inputs' common shape."""
        angle = np.mod(theta - np.float32(self.theta) + np.float32(np.pi), np.float32(2.0 * np.pi)) - np.float32(np.pi)
        across, along = angle / self.half_angle, (z - self.z) / self.half_height_mm
        distance_squared = across**2 + along**2
        if self.edge.terms:
            distance_squared = distance_squared / (1.0 + self.edge(np.arctan2(along, across))) ** 2
        bump = np.sqrt(np.sqrt(np.clip(1.0 - distance_squared, 0.0, None)))
        infarct = (np.abs(depth - self.centre_depth) < self.half_depth * bump) & (depth >= 0.0) & (depth <= 1.0)
        if self.mvo_share <= 0.0:
            return infarct, np.zeros_like(infarct)
        core = np.sqrt(np.clip(1.0 - distance_squared / self.mvo_share**2, 0.0, None))
        # The core lies in the inner half of a subendocardial scar and leaves a rim of scar on every side.
        low, high = 0.42 - 0.27 * core, 0.42 + 0.27 * core
        relative = depth / np.float32(min(self.half_depth, 1.0))
        mvo = (relative > low) & (relative < high) & (core > 0.0) & infarct
        return infarct, mvo


@dataclass(frozen=True)
class LVScar:
    """All scar of one heart."""

    pattern: ScarPattern
    blobs: tuple[ScarBlob, ...] = ()

    def contains(self, theta: Array, depth: Array, z: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Infarct (with MVO) and MVO."""
        shape = np.broadcast_shapes(theta.shape, depth.shape, np.shape(z))
        infarct, mvo = np.zeros(shape, bool), np.zeros(shape, bool)
        for blob in self.blobs:
            blob_infarct, blob_mvo = blob.contains(theta, depth, z)
            infarct |= blob_infarct
            mvo |= blob_mvo
        return infarct, mvo

    def scaled(self, factor: float) -> LVScar:
        return replace(self, blobs=tuple(blob.scaled(factor) for blob in self.blobs))


def sample_scar(pattern: ScarPattern, anatomy: LVAnatomy, generator: np.random.Generator) -> LVScar:
    """Draw a scar of a pattern for a heart. Ranges are ours."""
    g = generator
    length = anatomy.length_mm

    def edge(amplitude: float) -> Harmonics:
        return Harmonics(
            tuple((n, float(g.normal(0.0, amplitude / n)), float(g.uniform(0, 6.28))) for n in (1, 2, 3, 4))
        )

    if pattern is ScarPattern.NONE:
        return LVScar(pattern)
    if pattern in ISCHAEMIC:
        centre, half = TERRITORY_DEG[pattern]
        half_angle = half * g.uniform(0.45, 1.5)
        half_depth = g.uniform(0.3, 1.3)
        with_mvo = half_depth > 0.6 and anatomy.wall_mm > 8.0 and g.random() < 0.4
        blob = ScarBlob(
            theta=float(np.radians(centre + g.uniform(-0.3, 0.3) * half)),
            z=float(length * g.uniform(0.35, 0.75)),
            half_angle=float(np.radians(half_angle)),
            half_height_mm=float(length * g.uniform(0.18, 0.6)),
            centre_depth=0.0,
            half_depth=float(half_depth),
            edge=edge(0.15),
            mvo_share=float(g.uniform(0.45, 0.75)) if with_mvo else 0.0,
        )
        return LVScar(pattern, (blob,))
    if pattern is ScarPattern.MIDWALL_SEPTAL:
        blob = ScarBlob(
            theta=float(anatomy.septal_angle * g.uniform(0.4, 0.6)),
            z=float(length * g.uniform(0.25, 0.45)),
            half_angle=float(np.radians(g.uniform(25.0, 60.0))),
            half_height_mm=float(length * g.uniform(0.15, 0.35)),
            centre_depth=float(g.uniform(0.45, 0.55)),
            half_depth=float(g.uniform(0.14, 0.26)),
            edge=edge(0.12),
        )
        return LVScar(pattern, (blob,))
    if pattern is ScarPattern.EPICARDIAL_LATERAL:
        blob = ScarBlob(
            theta=float(np.radians(g.uniform(200.0, 270.0))),
            z=float(length * g.uniform(0.3, 0.55)),
            half_angle=float(np.radians(g.uniform(20.0, 55.0))),
            half_height_mm=float(length * g.uniform(0.15, 0.35)),
            centre_depth=1.0,
            half_depth=float(g.uniform(0.25, 0.55)),
            edge=edge(0.12),
        )
        return LVScar(pattern, (blob,))
    blobs = tuple(
        ScarBlob(
            theta=float(g.uniform(0.0, 2.0 * np.pi)),
            z=float(length * g.uniform(0.1, 0.8)),
            half_angle=float(np.radians(g.uniform(8.0, 22.0))),
            half_height_mm=float(length * g.uniform(0.06, 0.16)),
            centre_depth=float(g.uniform(0.3, 0.7)),
            half_depth=float(g.uniform(0.2, 0.4)),
            edge=edge(0.15),
        )
        for _ in range(int(g.integers(4, 10)))
    )
    return LVScar(pattern, blobs)
