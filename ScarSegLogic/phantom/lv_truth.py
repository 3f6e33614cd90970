"""What is true of an LV phantom, from its continuous model and not from its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.labels import MYOCARDIUM
from ScarSegLogic.phantom.aha_truth import TrueSegment, middle_slice, slice_levels, true_segments
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar
from ScarSegLogic.phantom.quadrature import HeartQuadrature, integrate_heart
from ScarSegLogic.phantom.rings import apical_cap_slices, full_ring_slices
from ScarSegLogic.phantom.short_axis import ShortAxisStack
from ScarSegLogic.phantom.signal import ScanSettings
from ScarSegLogic.phantom.tiers import Difficulty, Tier

MYOCARDIAL_DENSITY_G_PER_ML = 1.05
"""SCIENCE.md section 6."""

PURE_SHARE = 0.999
"""A voxel counts as pure normal myocardium above this share."""

TRUTH_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class TrueVolumes:
    """Volumes of the imaged slabs in ml; ``scar_volume_ml`` is without MVO, ``infarct_volume_ml`` with it."""

    cavity_volume_ml: float
    myocardium_volume_ml: float
    scar_volume_ml: float
    mvo_volume_ml: float
    infarct_volume_ml: float

    @property
    def scar_mass_g(self) -> float:
        """Infarct volume times 1.05 g/ml."""
        return self.infarct_volume_ml * MYOCARDIAL_DENSITY_G_PER_ML

    @property
    def scar_fraction_percent(self) -> float | None:
        """Infarct over whole myocardium; None without myocardium."""
        if self.myocardium_volume_ml <= 0.0:
            return None
        return 100.0 * self.infarct_volume_ml / self.myocardium_volume_ml


@dataclass(frozen=True)
class TrueRemote:
    """Grey values of voxels that hold nothing but normal LV myocardium; sd with one degree of freedom."""

    mean: float
    sd: float
    voxel_count: int


@dataclass(frozen=True)
class ShapeTruth:
    """The part of the truth that the shape alone decides.

    Attributes:
        volumes: Totals over the imaged slabs.
        slices: The same for each slice, by index.
        levels: basal, mid, apical or None for each slice.
        aha17: The 17 segments; the convention stands at ``aha_truth.true_segments``.
        anterior_insertion_ras, inferior_insertion_ras: RV insertions in the mid-ventricular slice, where they are
            imaged there (with its breath-hold shift), RAS mm; None without a full ring.
        base_to_apex_ras: Unit vector of the long axis.
    """

    volumes: TrueVolumes
    slices: tuple[TrueVolumes, ...]
    levels: tuple[str | None, ...]
    aha17: tuple[TrueSegment, ...]
    anterior_insertion_ras: tuple[float, float, float] | None
    inferior_insertion_ras: tuple[float, float, float] | None
    base_to_apex_ras: tuple[float, float, float]


@dataclass(frozen=True)
class LVTruth:
    """The truth of one phantom.

    Attributes:
        seed, pattern, contrast: How it was made.
        tier, difficulty: Its tier by definition and what decided it.
        shape: Volumes, AHA-17 values and landmarks.
        remote: True remote, or None where no voxel is pure.
        settings: Inversion time and contrast washout.
        noise_sd: SD of the noise in grey values.
    """

    seed: int
    pattern: str
    contrast: str
    tier: Tier
    difficulty: Difficulty
    shape: ShapeTruth
    remote: TrueRemote | None
    settings: ScanSettings
    noise_sd: float

    @property
    def volumes(self) -> TrueVolumes:
        return self.shape.volumes


def shape_truth(anatomy: LVAnatomy, scar: LVScar, stack: ShortAxisStack, labels: NDArray[np.uint8]) -> ShapeTruth:
    """Integrate the model over the imaged slabs.

    Args:
        anatomy: The heart.
        scar: Its scar.
        stack: The slices.
        labels: (K, J, I) voxel labels; they decide only which slices are full rings and which are apical cap.
    """
    heart = integrate_heart(anatomy, scar, stack.heights_mm, stack.slab_mm)
    is_ring = full_ring_slices(labels)
    is_cap = apical_cap_slices(labels, is_ring, stack.heights_mm)
    slices = _slice_volumes(heart)
    middle = middle_slice(is_ring, stack.heights_mm)
    insertions: list[tuple[float, float, float] | None] = [None, None]
    if middle is not None:
        height = float(stack.heights_mm[middle])
        points = anatomy.insertion_points_xy(height) + stack.shifts_xy_mm[middle]
        insertions = [_triple(stack.pose.to_ras(np.array([x, y, height]))) for x, y in points]
    return ShapeTruth(
        volumes=_total(slices),
        slices=slices,
        levels=tuple(slice_levels(is_ring, stack.heights_mm)),
        aha17=true_segments(anatomy, heart, stack.heights_mm, is_ring, is_cap),
        anterior_insertion_ras=insertions[0],
        inferior_insertion_ras=insertions[1],
        base_to_apex_ras=_triple(stack.pose.axes[:, 2]),
    )


def true_remote(
    image: NDArray[np.float32], labels: NDArray[np.uint8], normal_share: NDArray[np.float32]
) -> TrueRemote | None:
    """Grey values of pure normal myocardium.

    Args:
        image: (K, J, I) grey values.
        labels: (K, J, I); only normal LV myocardium counts, not papillary muscles or the RV's wall.
        normal_share: (K, J, I) share of normal myocardium in each voxel.
    """
    values = image[(labels == MYOCARDIUM) & (normal_share >= PURE_SHARE)].astype(np.float64)
    if values.size < 2:
        return None
    return TrueRemote(float(values.mean()), float(values.std(ddof=1)), int(values.size))


def _slice_volumes(heart: HeartQuadrature) -> tuple[TrueVolumes, ...]:
    wall, infarct, mvo = heart.wall_volumes_ml(), heart.infarct_volumes_ml(), heart.mvo_volumes_ml()
    return tuple(
        TrueVolumes(
            cavity_volume_ml=float(heart.cavity_ml[k]),
            myocardium_volume_ml=float(wall[k]),
            scar_volume_ml=float(infarct[k] - mvo[k]),
            mvo_volume_ml=float(mvo[k]),
            infarct_volume_ml=float(infarct[k]),
        )
        for k in range(len(wall))
    )


def _total(slices: tuple[TrueVolumes, ...]) -> TrueVolumes:
    return TrueVolumes(
        cavity_volume_ml=sum(part.cavity_volume_ml for part in slices),
        myocardium_volume_ml=sum(part.myocardium_volume_ml for part in slices),
        scar_volume_ml=sum(part.scar_volume_ml for part in slices),
        mvo_volume_ml=sum(part.mvo_volume_ml for part in slices),
        infarct_volume_ml=sum(part.infarct_volume_ml for part in slices),
    )


def _triple(point: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])
