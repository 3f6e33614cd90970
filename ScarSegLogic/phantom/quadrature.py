"""Volumes of the continuous heart by fine sampling in polar coordinates: the truth, independent of any voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar


@dataclass(frozen=True)
class QuadratureDensity:
    """Midpoints per slab, turn, wall depth and cavity radius."""

    heights: int = 10
    angles: int = 360
    depths: int = 24
    radii: int = 8


TRUTH_DENSITY = QuadratureDensity()
COARSE_DENSITY = QuadratureDensity(heights=4, angles=150, depths=12, radii=1)
"""For the search of a burden only."""


@dataclass(frozen=True, eq=False)
class HeartQuadrature:
    """Volume elements of the imaged part of one heart.

    Axes: slice K, height within the slab Z, angle T, wall depth D. Everything above the basal plane weighs 0.

    Attributes:
        wall_ml: (K, Z, T, D) float32 volume of each wall element.
        infarct, mvo: (K, Z, T, D) bool.
        radius_mm: (K, Z, T, D) float32 distance of each element from the long axis.
        theta: (T,) angles in radians.
        cavity_ml: (K,) cavity volume.
        cavity_moment: (K, 2) volume integral of x and y over the cavity, ml mm.
    """

    wall_ml: NDArray[np.float32]
    infarct: NDArray[np.bool_]
    mvo: NDArray[np.bool_]
    radius_mm: NDArray[np.float32]
    theta: NDArray[np.float32]
    cavity_ml: NDArray[np.float64]
    cavity_moment: NDArray[np.float64]

    def wall_volumes_ml(self) -> NDArray[np.float64]:
        """(K,) whole myocardium of each slice."""
        return self.wall_ml.sum(axis=(1, 2, 3), dtype=np.float64)

    def infarct_volumes_ml(self) -> NDArray[np.float64]:
        """(K,) infarct (scar with MVO) of each slice."""
        return np.where(self.infarct, self.wall_ml, 0.0).sum(axis=(1, 2, 3), dtype=np.float64)

    def mvo_volumes_ml(self) -> NDArray[np.float64]:
        """(K,) MVO of each slice."""
        return np.where(self.mvo, self.wall_ml, 0.0).sum(axis=(1, 2, 3), dtype=np.float64)

    def infarct_percent(self) -> float:
        """Infarct over whole myocardium."""
        return float(100.0 * self.infarct_volumes_ml().sum() / self.wall_volumes_ml().sum())

    def centroids_xy_mm(self) -> NDArray[np.float64]:
        """(K, 2) centroid of cavity and wall in each slab, heart x and y; NaN in slabs without either."""
        cosine, sine = np.cos(self.theta)[:, None], np.sin(self.theta)[:, None]
        weighted = self.wall_ml * self.radius_mm
        moment = np.stack([(weighted * f).sum(axis=(1, 2, 3), dtype=np.float64) for f in (cosine, sine)], axis=1)
        volume = self.wall_volumes_ml() + self.cavity_ml
        with np.errstate(invalid="ignore", divide="ignore"):
            return (moment + self.cavity_moment) / volume[:, None]


def integrate_heart(
    anatomy: LVAnatomy,
    scar: LVScar,
    heights_mm: NDArray[np.float64],
    slab_mm: float,
    density: QuadratureDensity = TRUTH_DENSITY,
) -> HeartQuadrature:
    """Midpoint rule over the slabs around ``heights_mm``; an element of the wall has the volume r dr dtheta dz.

    Args:
        anatomy: The heart.
        scar: Its scar.
        heights_mm: (K,) centres of the slabs.
        slab_mm: Thickness of every slab.
        density: Number of midpoints.
    """
    within = slab_mm * ((np.arange(density.heights) + 0.5) / density.heights - 0.5)
    z = (heights_mm[:, None] + within)[:, :, None].astype(np.float32)
    theta = ((np.arange(density.angles) + 0.5) * (2.0 * np.pi / density.angles)).astype(np.float32)
    step = slab_mm / density.heights * 2.0 * np.pi / density.angles / 1000.0
    # Above the base the ellipsoid continues as a cylinder; the tilted basal plane cuts both.
    below_base = np.maximum(z, 0.0)
    outer = anatomy.epicardial_profile(below_base) * anatomy.epicardial_factor(theta)
    inner = anatomy.endocardial_profile(below_base) * anatomy.endocardial_factor(theta)
    inner, outer = inner.astype(np.float32)[..., None], outer.astype(np.float32)[..., None]
    turned, height = theta[:, None], z[..., None]
    cosine, sine = np.cos(turned), np.sin(turned)

    depth = ((np.arange(density.depths) + 0.5) / density.depths).astype(np.float32)
    radius = inner + depth * (outer - inner)
    wall = radius * (outer - inner) * np.float32(step / density.depths)
    wall *= anatomy.is_ventricle(radius * cosine, radius * sine, height)
    infarct, mvo = scar.contains(turned, depth, height)

    share = ((np.arange(density.radii) + 0.5) / density.radii).astype(np.float32)
    cavity_radius = inner * share
    cavity = cavity_radius * inner * np.float32(step / density.radii)
    cavity *= anatomy.is_ventricle(cavity_radius * cosine, cavity_radius * sine, height)
    moments = [(cavity * cavity_radius * f).sum(axis=(1, 2, 3), dtype=np.float64) for f in (cosine, sine)]
    return HeartQuadrature(
        wall_ml=wall,
        infarct=np.broadcast_to(infarct, wall.shape),
        mvo=np.broadcast_to(mvo, wall.shape),
        radius_mm=radius,
        theta=theta,
        cavity_ml=cavity.sum(axis=(1, 2, 3), dtype=np.float64),
        cavity_moment=np.stack(moments, axis=1),
    )
