"""What is true of an LA phantom, from its continuous model and not from its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import points_of
from ScarSegLogic.phantom.la_model import LAModel
from ScarSegLogic.phantom.la_rasterise import RasterisedLA
from ScarSegLogic.phantom.la_rings import TrueRing, true_ring
from ScarSegLogic.phantom.signal import ScanSettings
from ScarSegLogic.phantom.tiers import Difficulty, Tier

LA_TRUTH_SCHEMA_VERSION = 1

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class LAVolumes:
    """Volumes of the labelled atrium in ml: cavity, its wall, and the scar in the wall.

    They integrate the continuous model over the samples of all voxels, so they do not depend on how voxels are
    labelled.
    """

    cavity_volume_ml: float
    wall_volume_ml: float
    scar_volume_ml: float

    @property
    def scar_percent_of_wall(self) -> float:
        return 100.0 * self.scar_volume_ml / self.wall_volume_ml

    @classmethod
    def of(cls, atrium: RasterisedLA, voxel_ml: float) -> LAVolumes:
        parts = (atrium.cavity, atrium.wall, atrium.scar)
        return cls(*(float(part.sum(dtype=np.float64)) * voxel_ml for part in parts))


@dataclass(frozen=True)
class LAShell:
    """The cavity's surface without veins beyond their ostia and without the mitral opening.

    Attributes:
        shell_area_cm2, scar_area_cm2: Area of it, and of what of it is scarred.
        wall_thickness_mean_mm, wall_thickness_min_mm, wall_thickness_max_mm: Over its area.
    """

    shell_area_cm2: float
    scar_area_cm2: float
    wall_thickness_mean_mm: float
    wall_thickness_min_mm: float
    wall_thickness_max_mm: float

    @property
    def scar_percent_of_shell(self) -> float:
        return 100.0 * self.scar_area_cm2 / self.shell_area_cm2

    @classmethod
    def of(cls, model: LAModel) -> LAShell:
        """Sum the triangles of the blood's surface whose middles lie on the shell."""
        points = points_of(model.surface.centres_ras)
        on_shell = (model.anatomy.beyond_ostia(points) < 0.0) & (model.anatomy.beyond_cuts(points) < 0.0)
        areas = np.where(on_shell, model.surface.areas_mm2, 0.0) / 100.0
        thickness = model.anatomy.thickness_mm(points)
        return cls(
            shell_area_cm2=float(areas.sum()),
            scar_area_cm2=float(areas[model.scar.level_mm(points) > 0.0].sum()),
            wall_thickness_mean_mm=float((areas * thickness).sum() / areas.sum()),
            wall_thickness_min_mm=float(thickness[on_shell].min()),
            wall_thickness_max_mm=float(thickness[on_shell].max()),
        )


@dataclass(frozen=True)
class TrueOpening:
    """A vein's ostium or the mitral plane: RAS of its centre, unit normal out of the atrium, mean radius."""

    name: str
    centre_ras: Triple
    normal_ras: Triple
    radius_mm: float


@dataclass(frozen=True)
class TrueBloodPool:
    """Grey values of voxels of nothing but the cavity's blood; sd with one degree of freedom."""

    mean: float
    sd: float
    voxel_count: int


@dataclass(frozen=True)
class TrueSignals:
    """Signal of the tissues without noise, bias or partial volume, as the image shows it before its offset."""

    blood: float
    wall: float
    scar: float


@dataclass(frozen=True)
class LATruth:
    """The truth of one phantom.

    Attributes:
        seed, pattern, sampling, contrast: How it was made.
        tier, difficulty: Its tier by definition and what decided it; the burden is scar in percent of the wall, the
            contrast that of scar and healthy wall.
        volumes: Of cavity, wall and scar.
        shell: Areas.
        ostia: LSPV, LIPV, RSPV and RIPV.
        mitral: The mitral plane; its normal points into the ventricle.
        rings: How far scar surrounds each vein, in the order of ``ostia``.
        blood_pool: In the image.
        signals: Of the tissues.
        settings: Of the scan.
        noise_sd: SD of the noise in grey values.
        breathing_mm: SD of what is left of breathing.
    """

    seed: int
    pattern: str
    sampling: str
    contrast: str
    tier: Tier
    difficulty: Difficulty
    volumes: LAVolumes
    shell: LAShell
    ostia: tuple[TrueOpening, ...]
    mitral: TrueOpening
    rings: tuple[TrueRing, ...]
    blood_pool: TrueBloodPool
    signals: TrueSignals
    settings: ScanSettings
    noise_sd: float
    breathing_mm: float


@dataclass(frozen=True)
class LAShapeTruth:
    """The part of the truth that the shape alone decides; see ``LATruth``."""

    volumes: LAVolumes
    shell: LAShell
    ostia: tuple[TrueOpening, ...]
    mitral: TrueOpening
    rings: tuple[TrueRing, ...]


def la_shape_truth(model: LAModel, volumes: LAVolumes, middle_ras: NDArray[np.float64]) -> LAShapeTruth:
    """Measure the model.

    Args:
        model: The atrium, in coordinates from its middle.
        volumes: Its volumes.
        middle_ras: RAS of the middle.
    """

    def opening(name: str, centre: NDArray, normal: NDArray, radius_mm: float) -> TrueOpening:
        return TrueOpening(name, _triple(centre + middle_ras), _triple(normal), float(radius_mm))

    veins, mitral = model.anatomy.veins, model.anatomy.mitral
    return LAShapeTruth(
        volumes=volumes,
        shell=LAShell.of(model),
        ostia=tuple(opening(vein.name, vein.ostium_ras, vein.normal_ras, vein.radius_mm) for vein in veins),
        mitral=opening("mitral", mitral.centre_ras, mitral.normal_ras, mitral.radius_mm),
        rings=tuple(true_ring(model.anatomy, model.scar, vein) for vein in veins),
    )


def true_blood_pool(values: NDArray[np.float32]) -> TrueBloodPool:
    """Grey values of the voxels that hold the cavity's blood alone."""
    values = values.astype(np.float64)
    return TrueBloodPool(float(values.mean()), float(values.std(ddof=1)), int(values.size))


def _triple(point: NDArray[np.float64]) -> Triple:
    return float(point[0]), float(point[1]), float(point[2])
