"""The numbers of one LA study, as frozen dataclasses that turn into JSON field by field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.surface.rings import RingGap
from ScarSegLogic.volume import LabelMap, with_slices_first

LA_RESULT_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class BloodPool:
    """The blood that thresholds refer to.

    Attributes:
        mean, sd: Intensity, in the image's unit; sd with one degree of freedom.
        voxel_count, volume_ml: Its size.
        source: ``eroded cavity`` or ``given``.
        erosion_mm: Rim of the cavity that was left out; None where the blood pool was given.
    """

    mean: float
    sd: float
    voxel_count: int
    volume_ml: float
    source: str
    erosion_mm: float | None


@dataclass(frozen=True)
class LAThreshold:
    """The intensity at and above which wall is scar.

    Attributes:
        value: Intensity; None where the method has none (``model``, edited by hand).
        iir: The same as a ratio to the mean of the blood pool; None where ratios are refused.
        n_sd: The same in SDs above the mean of the blood pool; None where there is no blood pool.
        definition: The rule in words, with its source.
        calibration: ``magnitude`` or ``uncalibrated`` for the method ``iir``, else None.
        reason: Why there is no threshold, else None.
    """

    value: float | None
    definition: str
    iir: float | None = None
    n_sd: float | None = None
    calibration: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class SweepPoint:
    """Scar at another threshold: its intensity, IIR and SDs as in ``LAThreshold``."""

    value: float
    iir: float | None
    n_sd: float
    scar_volume_ml: float
    scar_percent_of_wall: float


@dataclass(frozen=True)
class WallScar:
    """Volumes of a study or of one region.

    Attributes:
        wall_volume_ml: Wall without exclusions.
        scar_volume_ml: Scar in it.
        scar_percent_of_wall: None where there is no wall.
    """

    wall_volume_ml: float
    scar_volume_ml: float
    scar_percent_of_wall: float | None


@dataclass(frozen=True)
class ShellScar:
    """Areas of the cavity's surface, of a study or of one region.

    Attributes:
        shell_area_cm2: Surface without ostia, mitral plane and the lid of a cavity that leaves the volume.
        scar_area_cm2: Scar on it.
        scar_percent_of_shell: None where there is no surface.
    """

    shell_area_cm2: float
    scar_area_cm2: float
    scar_percent_of_shell: float | None


@dataclass(frozen=True)
class Patches:
    """Connected scars: how many, and the size of the largest (0 without any) in ml or cm2."""

    count: int
    largest: float


@dataclass(frozen=True)
class LARegion:
    """One region of the atrium; ``shell`` is None where there is no surface."""

    name: str
    wall: WallScar
    shell: ShellScar | None


@dataclass(frozen=True)
class VeinRing:
    """Scar around one pulmonary vein, see ``surface.rings``. Undefined numbers are None, with ``reason``.

    Attributes:
        name: For example ``LSPV``.
        encirclement_percent: Scarred share of the assessed ring.
        assessed_percent: Share of the circle that could be assessed.
        length_mm: Length of the assessed ring.
        gaps: Stretches without scar, the longest first.
    """

    name: str
    encirclement_percent: float | None
    assessed_percent: float | None
    length_mm: float | None
    gaps: tuple[RingGap, ...]
    reason: str | None = None


@dataclass(frozen=True)
class UtahCategory:
    """Category 1 to 4 of a pre-ablation study.

    Attributes:
        category: 1 (least) to 4.
        scale: Its limits in %, ``5/20/35`` or ``10/20/30``.
        method: The method and threshold that the percentage came from.
    """

    category: int
    scale: str
    method: str


@dataclass(frozen=True, eq=False)
class LAShell:
    """The cavity's surface with one value a vertex.

    Attributes:
        mesh: In RAS.
        intensity: (V,) float32, maximum or mean along the normal; NaN outside the image.
        iir: (V,) float32, the same over the mean of the blood pool; None where ratios are refused.
        scar: (V,) bool, False where excluded.
        thickness_mm: (V,) float32, wall along the normal.
        region: (V,) uint8, 1-based place in ``la_regions.REGIONS``; 0 where excluded.
        excluded: (V,) bool: beyond an ostium or the mitral plane, or the lid at the border of the volume.
    """

    mesh: TriangleMesh
    intensity: NDArray[np.float32]
    iir: NDArray[np.float32] | None
    scar: NDArray[np.bool_]
    thickness_mm: NDArray[np.float32]
    region: NDArray[np.uint8]
    excluded: NDArray[np.bool_]

    def point_arrays(self) -> dict[str, NDArray]:
        """The values by the names they carry in Slicer and in ``shell.vtp``."""
        arrays = {
            "Scar": self.scar.astype(np.uint8),
            "Intensity": self.intensity,
            "Thickness_mm": self.thickness_mm,
            "Region": self.region,
            "Excluded": self.excluded.astype(np.uint8),
        }
        return arrays if self.iir is None else {"IIR": self.iir, **arrays}


@dataclass(frozen=True, eq=False)
class LAScarResult:
    """Everything one LA study yields.

    Attributes:
        request: What was asked.
        cavity, wall, scar, blood_pool_mask: uint8 masks of 0 and 1 on the input grid. ``wall`` is without exclusions,
            ``scar`` lies in it; ``blood_pool_mask`` is empty where there is no blood pool.
        cavity_volume_ml: Cavity, veins included as far as they were drawn.
        burden: Wall and scar in it.
        scar_outside_wall_ml: Scar of a model, or drawn by hand, that is not in the wall and not counted; thresholds
            search the wall alone.
        patches: Connected scars (26 neighbours), the largest in ml.
        threshold: The rule and its value.
        blood_pool: Or None with ``blood_pool_reason``.
        sweep: Scar at other thresholds, rising; () without a blood pool.
        regions: In the order of ``la_regions.REGIONS``.
        shell_scar: Areas on the surface, or None with ``shell_reason``.
        shell_patches: Connected scars on the surface, the largest in cm2.
        excluded_area_cm2: Surface that does not count.
        vein_rings: One for each vein among the openings.
        utah: Or None with ``utah_reason``.
        openings: Ostia and mitral plane that were taken.
        shell: The surface and its values; None where there was none, and in a result that was read from a file.
        models: Model packages that took part.
        warnings: Sentences for the user.
        study_name: Name of the image, no identity.
        elapsed_s: Seconds by step.
        cavity_found: Whether a model found the cavity.
        edited_by_hand: Whether the scar is as a person left it: the method is then only where it came from.
    """

    request: LARequest
    cavity: LabelMap
    wall: LabelMap
    scar: LabelMap
    blood_pool_mask: LabelMap
    cavity_volume_ml: float
    burden: WallScar
    scar_outside_wall_ml: float
    patches: Patches
    threshold: LAThreshold
    blood_pool: BloodPool | None
    blood_pool_reason: str | None
    sweep: tuple[SweepPoint, ...]
    regions: tuple[LARegion, ...]
    shell_scar: ShellScar | None
    shell_reason: str | None
    shell_patches: Patches | None
    excluded_area_cm2: float | None
    vein_rings: tuple[VeinRing, ...]
    utah: UtahCategory | None
    utah_reason: str | None
    openings: tuple[Opening, ...]
    models: tuple[ModelUse, ...]
    warnings: tuple[str, ...]
    study_name: str
    elapsed_s: dict[str, float]
    shell: LAShell | None = None
    cavity_found: bool = False
    edited_by_hand: bool = False

    @property
    def slices_to_review(self) -> tuple[int, ...]:
        """Slices that a reader accepts: those with wall, counted along the slice axis."""
        stack = with_slices_first(self.wall).array
        return tuple(np.flatnonzero(stack.any(axis=(1, 2))).tolist())
