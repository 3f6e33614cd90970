"""What the user reads for the values of a request."""

from __future__ import annotations

from slicer.i18n import tr as _

from ScarSegLogic.models.catalogue import list_packages
from ScarSegLogic.quantification.request import Baseline, FwhmScope, GreyZoneDefinition, ScarMethod


def methods() -> list[tuple[str, str]]:
    return [
        (ScarMethod.MODEL, _("Trained model")),
        (ScarMethod.NSD, _("n-SD above remote myocardium")),
        (ScarMethod.FWHM, _("Full width at half maximum (FWHM)")),
        (ScarMethod.OTSU, _("Otsu")),
        (ScarMethod.EWA, _("Partial-volume weighted infarct (EWA-like)")),
        (ScarMethod.MANUAL, _("Manual threshold")),
    ]


def baselines() -> list[tuple[str, str]]:
    return [(Baseline.REMOTE, _("Mean of remote myocardium")), (Baseline.RAW, _("Zero intensity"))]


def fwhm_scopes() -> list[tuple[str, str]]:
    return [(FwhmScope.STUDY, _("The whole study")), (FwhmScope.SLICE, _("Each slice"))]


def grey_zones() -> list[tuple[str, str]]:
    return [
        (GreyZoneDefinition.NONE, _("None")),
        (GreyZoneDefinition.SD_2_3, _("2 to 3 SD above remote")),
        (GreyZoneDefinition.PEAK_35_50, _("35 to 50 % of the peak")),
        (GreyZoneDefinition.PEAK_40_60, _("40 to 60 % of the peak")),
    ]


def devices() -> list[tuple[str, str]]:
    return [
        ("auto", _("Automatic")),
        ("cpu", _("Processor (CPU)")),
        ("cuda", _("NVIDIA graphics card (CUDA)")),
        ("mps", _("Apple graphics (MPS)")),
    ]


def models(task: str) -> list[tuple[str, str]]:
    """The installed packages for a task."""
    return [
        (package.manifest.name, f"{package.manifest.name} {package.manifest.version}")
        for package in list_packages()
        if package.manifest.task == task
    ]


METHOD_PARAMETERS = {
    ScarMethod.MODEL: ("scarModelSelector", "scarModelSelectorLabel", "scarModelBox"),
    ScarMethod.NSD: ("nSdSlider", "nSdSliderLabel"),
    ScarMethod.FWHM: ("baselineSelector", "baselineSelectorLabel", "fwhmScopeSelector", "fwhmScopeSelectorLabel"),
    ScarMethod.OTSU: (),
    ScarMethod.EWA: (),
    ScarMethod.MANUAL: ("manualThresholdSpinBox", "manualThresholdSpinBoxLabel"),
}
"""Widgets that only one method needs."""
GREY_ZONES_WITH_BASELINE = frozenset({GreyZoneDefinition.PEAK_35_50, GreyZoneDefinition.PEAK_40_60})
