"""The numbers of one LV study, as frozen dataclasses that turn into JSON field by field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.volume import LabelMap

RESULT_SCHEMA_VERSION = 2
SCAR_DENSITY_G_PER_ML = 1.05
"""Density of myocardium (SCIENCE.md section 6)."""


@dataclass(frozen=True)
class ScarBurden:
    """Volumes of a study or of one slice.

    Attributes:
        myocardium_volume_ml: Whole myocardium: normal + scar + MVO.
        scar_volume_ml: Scar without MVO.
        mvo_volume_ml: Microvascular obstruction.
        infarct_volume_ml: Scar with MVO.
        scar_mass_g: Infarct volume times 1.05 g/ml.
        scar_fraction_percent: Infarct over whole myocardium; None where there is no myocardium.
    """

    myocardium_volume_ml: float
    scar_volume_ml: float
    mvo_volume_ml: float
    infarct_volume_ml: float
    scar_mass_g: float
    scar_fraction_percent: float | None


@dataclass(frozen=True)
class RemoteRegion:
    """The remote (normal) myocardium that thresholds refer to.

    Attributes:
        mean, sd: Intensity, in the image's unit; sd with one degree of freedom.
        voxel_count: Number of voxels.
        centre_ras: Centre of the region in RAS mm.
        source: ``proposed`` or ``given``.
    """

    mean: float
    sd: float
    voxel_count: int
    centre_ras: tuple[float, float, float]
    source: str


@dataclass(frozen=True)
class Threshold:
    """The intensity above which myocardium is scar.

    Attributes:
        value: For the study; None where the method has none (``model``) or each slice has its own.
        per_slice: Slice index to threshold, where each slice has its own.
        definition: The rule in words, with its constants.
        reason: Why there is no scar or no threshold, else None.
    """

    value: float | None
    definition: str
    per_slice: dict[int, float] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class SliceResult:
    """One slice. ``index`` counts the stack with slices first, ``level`` is basal, mid, apical or None."""

    index: int
    excluded: bool
    burden: ScarBurden
    level: str | None = None


@dataclass(frozen=True)
class SegmentResult:
    """One AHA segment (Cerqueira 2002). Undefined values are None, with the reason in ``reason``.

    Attributes:
        number: 1 to 17.
        name: Field name, for example ``basal anterior``.
        scar_percent: Infarct area over segment area.
        transmurality_class: ``0``, ``>0-25``, ``>25-50``, ``>50-75`` or ``>75`` by infarct area over segment area.
        transmurality_mean_percent, transmurality_max_percent: Over the radial chords that meet scar.
        circumferential_extent_percent: Share of the segment's chords that meet scar.
        pattern: subendocardial, mid-wall, subepicardial, transmural or none.
        reason: Why the segment is not assessed, else None.
    """

    number: int
    name: str
    volume_ml: float | None
    scar_percent: float | None
    transmurality_class: str | None
    transmurality_mean_percent: float | None
    transmurality_max_percent: float | None
    circumferential_extent_percent: float | None
    pattern: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Aha17:
    """The 17 segments in order and where the reference point came from (``given`` or ``predicted``)."""

    segments: tuple[SegmentResult, ...]
    rv_insertion_ras: tuple[float, float, float]
    rv_insertion_source: str


@dataclass(frozen=True)
class GreyZone:
    """Core and grey zone of the myocardium, apart.

    Attributes:
        definition: The rule in words, baseline stated.
        lower, upper: Intensities; the grey zone lies in [lower, upper), the core at and above ``upper``.
    """

    definition: str
    lower: float
    upper: float
    grey_zone_volume_ml: float
    core_volume_ml: float


@dataclass(frozen=True)
class ScarShape:
    """Descriptors of one connected scar in one slice (SCIENCE.md section 3)."""

    slice_index: int
    area_mm2: float
    perimeter_mm: float
    circularity: float
    solidity: float
    centre_ras: tuple[float, float, float]


@dataclass(frozen=True)
class ModelUse:
    """Which model package did what, as the report prints it."""

    name: str
    version: str
    task: str
    licence: str
    training_data: str
    sha256: str
    notice: str = ""


@dataclass(frozen=True, eq=False)
class LVScarResult:
    """Everything one LV study yields.

    Attributes:
        request: What was asked.
        segmentation: 0 background, 1 cavity, 2 normal myocardium, 3 scar, 4 MVO, on the input grid, uint8.
        burden: Totals over the slices that are not excluded.
        weighted_infarct_volume_ml: Partial-volume weighted infarct (method ``ewa``), else None.
        slices: One entry for each slice that has myocardium, base to apex order not implied.
        aha17: The segments, or None with ``aha17_reason``.
        grey_zone: Or None with ``grey_zone_reason``.
        shapes: One entry for each 2D scar component.
        remote_mask: (K, J, I) bool on the input grid, or None where the method needs none.
        warnings: Sentences for the user.
        study_name: Name of the image, no identity.
        elapsed_s: Seconds by step.
        myocardium_found: Whether the anatomy model found the myocardium of this result; False where it was given.
        edited_by_hand: Whether scar and MVO are as a person left them: the method is then only where they came from.
        found_heart: 1 cavity, 2 whole myocardium as the anatomy model found them, in excluded slices too, on the input
            grid, uint8; None where the myocardium was given, and in a result that was read from a file.
    """

    request: LVRequest
    segmentation: LabelMap
    burden: ScarBurden
    threshold: Threshold
    slices: tuple[SliceResult, ...]
    shapes: tuple[ScarShape, ...]
    remote: RemoteRegion | None
    remote_mask: NDArray[np.bool_] | None
    aha17: Aha17 | None
    aha17_reason: str | None
    grey_zone: GreyZone | None
    grey_zone_reason: str | None
    models: tuple[ModelUse, ...]
    warnings: tuple[str, ...]
    study_name: str
    elapsed_s: dict[str, float]
    weighted_infarct_volume_ml: float | None = None
    myocardium_found: bool = False
    edited_by_hand: bool = False
    found_heart: LabelMap | None = None

    @property
    def slices_to_review(self) -> tuple[int, ...]:
        """Slices that a reader accepts: all but the excluded."""
        return tuple(item.index for item in self.slices if not item.excluded)
