"""Intensity thresholds between normal myocardium and scar, each by its published rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import Baseline, FwhmScope
from ScarSegLogic.quantification.result import RemoteRegion, Threshold

PEAK_PERCENTILE = 99.0
"""Peak of the myocardium for FWHM (SCIENCE.md section 6: ours; on `emidec_p100` the maximum itself gives Dice .52)."""

NO_SCAR_SD = 3.0
"""A peak below remote mean + 3 SD means that there is no scar (SCIENCE.md section 6)."""

RAW_REFUSAL_SD = 2.0
"""Half of the raw peak below remote mean + 2 SD means an offset image (SCIENCE.md section 6)."""

NO_SLICE_REASON = f"no scar: the peak of no single slice reaches remote mean + {NO_SCAR_SD:g} SD"


def nsd_threshold(remote: RemoteRegion, n_sd: float) -> Threshold:
    """Remote mean + n SD (Kim 1999, n = 2; Kramer 2020, SCMR: 2 to 6).

    Raises:
        ScarSegError: The remote myocardium has no spread.
    """
    _require_spread(remote, "n-SD")
    return Threshold(remote.mean + n_sd * remote.sd, f"remote mean + {n_sd:g} SD")


def fwhm_threshold(
    image: NDArray[np.floating],
    myocardium: NDArray[np.bool_],
    remote: RemoteRegion,
    *,
    baseline: Baseline,
    scope: FwhmScope,
) -> Threshold:
    """Full width at half maximum: (peak + baseline) / 2 (Amado 2004; peak and refusals as in SCIENCE.md section 6).

    Args:
        image: (K, J, I) intensities; not finite values are ignored.
        myocardium: (K, J, I) bool, not empty.
        remote: Decides whether there is scar at all, and is the baseline of ``Baseline.REMOTE``.
        baseline: Zero (raw) or the remote mean.
        scope: One peak for the study or one per slice. A slice whose own peak shows no scar gets no threshold.

    Returns:
        The threshold, with a reason and no value where the peak shows no scar.

    Raises:
        ScarSegError: A raw baseline where half of the study's peak, or of a slice's own that shows scar, lies below
            remote mean + 2 SD.
    """
    definition = _fwhm_definition(baseline, scope)
    peak = myocardial_peak(image, myocardium)
    if not shows_scar(peak, remote):
        return Threshold(None, definition, reason=no_scar_reason(peak, remote))
    zero = 0.0 if baseline is Baseline.RAW else remote.mean
    if scope is FwhmScope.STUDY:
        if baseline is Baseline.RAW:
            _refuse_offset_image({"study": peak}, remote)
        return Threshold((peak + zero) / 2, definition)
    peaks = _peaks_of_scarred_slices(image, myocardium, remote)
    if not peaks:
        return Threshold(None, definition, per_slice={}, reason=NO_SLICE_REASON)
    if baseline is Baseline.RAW:
        _refuse_offset_image({f"slice {index}": value for index, value in peaks.items()}, remote)
    return Threshold(None, definition, per_slice={index: (value + zero) / 2 for index, value in peaks.items()})


def otsu_threshold(image: NDArray[np.floating], mask: NDArray[np.bool_], *, place: str = "myocardium") -> Threshold:
    """The split of the tissue's histogram with the largest variance between classes (Otsu 1979, 256 bins).

    Otsu always splits, scar or not: the caller compares the split with normal tissue or blood and warns.

    Args:
        image: (K, J, I) intensities; not finite values are ignored.
        mask: (K, J, I) bool, the tissue.
        place: What the sentences call the tissue.

    Raises:
        ScarSegError: The tissue has one intensity only.
    """
    values = finite_values(image[mask])
    if values.size < 2 or values.min() == values.max():
        raise ScarSegError(f"Otsu needs at least two intensities in the {place}: it has one. Check image and mask")
    return Threshold(float(threshold_otsu(values.astype(np.float64))), f"Otsu's threshold of the {place}, 256 bins")


def manual_threshold(value: float) -> Threshold:
    """The user's own intensity."""
    return Threshold(float(value), "set by the user")


def apply_threshold(
    image: NDArray[np.floating], myocardium: NDArray[np.bool_], threshold: Threshold
) -> NDArray[np.bool_]:
    """Myocardium at and above its threshold; (K, J, I) bool. NaN is never scar; no threshold, no scar."""
    if threshold.per_slice is not None:
        cuts = np.full(image.shape[0], np.inf)
        for index, value in threshold.per_slice.items():
            cuts[index] = value
        return myocardium & (image >= cuts[:, None, None])
    if threshold.value is None:
        return np.zeros_like(myocardium)
    return myocardium & (image >= threshold.value)


def finite_values(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The values that are neither NaN nor infinite."""
    return values[np.isfinite(values)]


def myocardial_peak(image: NDArray[np.floating], myocardium: NDArray[np.bool_]) -> float:
    """The 99th percentile of the finite intensities of the myocardium; minus infinity where there is none."""
    values = finite_values(image[myocardium])
    return float(np.percentile(values, PEAK_PERCENTILE)) if values.size else float("-inf")


def shows_scar(peak: float, remote: RemoteRegion) -> bool:
    """Whether a peak reaches remote mean + 3 SD; below it there is nothing to take half of."""
    return peak >= remote.mean + NO_SCAR_SD * remote.sd and peak > remote.mean


def no_scar_reason(peak: float, remote: RemoteRegion) -> str:
    """The reason that goes with a study without scar."""
    line = remote.mean + NO_SCAR_SD * remote.sd
    return (
        f"no scar: the peak of the myocardium (its {PEAK_PERCENTILE:g}th percentile, {peak:.4g}) is below remote "
        f"mean + {NO_SCAR_SD:g} SD ({line:.4g})"
    )


def _require_spread(remote: RemoteRegion, method: str) -> None:
    if not remote.sd > 0:
        raise ScarSegError(
            f"the remote myocardium has the same intensity everywhere ({remote.mean:.4g}, SD 0), so {method} is not "
            "defined: choose another remote region or another method"
        )


def _peaks_of_scarred_slices(
    image: NDArray[np.floating], myocardium: NDArray[np.bool_], remote: RemoteRegion
) -> dict[int, float]:
    peaks = {}
    for index in np.flatnonzero(myocardium.any(axis=(1, 2))):
        peak = myocardial_peak(image[index], myocardium[index])
        if shows_scar(peak, remote):
            peaks[int(index)] = peak
    return peaks


def _refuse_offset_image(peaks: dict[str, float], remote: RemoteRegion) -> None:
    line = remote.mean + RAW_REFUSAL_SD * remote.sd
    refused = [f"{place} {peak / 2:.4g}" for place, peak in peaks.items() if peak / 2 < line]
    if refused:
        raise ScarSegError(
            f"FWHM with a raw baseline does not fit this image: half of the peak ({', '.join(refused)}) lies below "
            f"remote mean + {RAW_REFUSAL_SD:g} SD ({line:.4g}), so normal myocardium would be called scar. The "
            "intensities have an offset (PSIR or rescaled) or the scar is faint: use the remote baseline"
        )


def _fwhm_definition(baseline: Baseline, scope: FwhmScope) -> str:
    zero = "zero" if baseline is Baseline.RAW else "remote mean"
    place = "myocardium of the study" if scope is FwhmScope.STUDY else "myocardium of each slice"
    return f"FWHM: halfway between {zero} and the {PEAK_PERCENTILE:g}th percentile of the {place}"
