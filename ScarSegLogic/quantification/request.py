"""What a user asks of the LV job. Parsed by the command line, kept by the module, printed by the report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.ranges import check_device, check_point, check_range


class ScarMethod(StrEnum):
    """How scar is told from normal myocardium."""

    MODEL = "model"
    NSD = "nsd"
    FWHM = "fwhm"
    OTSU = "otsu"
    EWA = "ewa"
    MANUAL = "manual"


class Baseline(StrEnum):
    """The zero from which a fraction of the peak is measured."""

    RAW = "raw"
    REMOTE = "remote"


class FwhmScope(StrEnum):
    """Whether one peak serves the study or each slice has its own."""

    STUDY = "study"
    SLICE = "slice"


class GreyZoneDefinition(StrEnum):
    """Named definitions of the grey zone (SCIENCE.md section 6)."""

    NONE = "none"
    SD_2_3 = "sd_2_3"
    PEAK_35_50 = "peak_35_50"
    PEAK_40_60 = "peak_40_60"


@dataclass(frozen=True)
class LVRequest:
    """Parameters of one LV scar study.

    Attributes:
        method: How scar is found.
        n_sd: SDs above remote for ``nsd``, 2 to 6.
        baseline: Where FWHM and peak-based grey zones measure from.
        fwhm_scope: One FWHM peak per study or per slice.
        manual_threshold: Intensity at and above which myocardium is scar; required by ``manual``, else None.
        grey_zone: Which grey zone is reported beside the core.
        minimum_component_mm2: Scar islands smaller than this in a slice are dropped, 0 to 500.
        largest_component_only: Keep only the largest 3D scar.
        closing_radius_mm: Radius of an in-plane closing of the scar, inside the myocardium, 0 to 10.
        propose_mvo: Whether MVO is told from scar: unenhanced islands enclosed by scar or cavity, or with the method
            ``model`` the model's own MVO, which otherwise counts as scar.
        maximum_mvo_mm2: Largest area of such an unenhanced island in a slice, 0 to 1000. It limits the proposals of
            the rule only, never the model's MVO.
        excluded_slices: Slice indices (K of the stack with slices first) left out of every number.
        rv_insertion_ras: The anterior RV insertion point in RAS mm, or None to use a prediction where there is one.
        rv_insertion_confirmed: False where ``rv_insertion_ras`` is a prediction that nobody has looked at yet: the
            result then calls it predicted, not given.
        remote_ras: Centre of the user's remote region in RAS mm, or None; see ``remote.region_around``.
        burden_line_percent: The editable line against which the burden is shown, 0 to 100; never a diagnosis.
        labels: Convention of the myocardium label map, see ``labels.SCHEMES``.
        anatomy_model: Model package (name or path) that finds cavity and myocardium where no mask is given.
        scar_model: Model package (name or path) of the method ``model``.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ScarSegError: A value lies outside its range or is not finite.
    """

    method: ScarMethod = ScarMethod.MODEL
    n_sd: float = 5.0
    baseline: Baseline = Baseline.REMOTE
    fwhm_scope: FwhmScope = FwhmScope.STUDY
    manual_threshold: float | None = None
    grey_zone: GreyZoneDefinition = GreyZoneDefinition.NONE
    minimum_component_mm2: float = 10.0
    largest_component_only: bool = False
    closing_radius_mm: float = 0.0
    propose_mvo: bool = True
    maximum_mvo_mm2: float = 300.0
    excluded_slices: tuple[int, ...] = ()
    rv_insertion_ras: tuple[float, float, float] | None = None
    rv_insertion_confirmed: bool = True
    remote_ras: tuple[float, float, float] | None = None
    burden_line_percent: float = 5.0
    labels: str = "emidec"
    anatomy_model: str = "lv_anatomy_emidec"
    scar_model: str = "lv_scar_emidec"
    device: str = "auto"

    def __post_init__(self) -> None:
        check_range("n_sd", self.n_sd, 2, 6)
        check_range("minimum_component_mm2", self.minimum_component_mm2, 0, 500)
        check_range("closing_radius_mm", self.closing_radius_mm, 0, 10)
        check_range("maximum_mvo_mm2", self.maximum_mvo_mm2, 0, 1000)
        check_range("burden_line_percent", self.burden_line_percent, 0, 100)
        if self.method is ScarMethod.MANUAL and self.manual_threshold is None:
            raise ScarSegError("the method 'manual' needs a threshold: enter one (command line: --threshold)")
        if self.manual_threshold is not None and not math.isfinite(self.manual_threshold):
            raise ScarSegError(f"manual_threshold is {self.manual_threshold}: expected a finite intensity")
        check_point("rv_insertion_ras", self.rv_insertion_ras)
        check_point("remote_ras", self.remote_ras)
        check_device(self.device)
