"""From a request to the scar of the atrial wall: which method needs what, and what it warns about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_presets import PRESETS, IirPreset, preset_warnings
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import BloodPool, LAThreshold
from ScarSegLogic.quantification.thresholds import otsu_threshold

METHODS_WITH_BLOOD = frozenset({LAMethod.IIR, LAMethod.SD})
"""Methods that are not defined without a blood pool."""

UNCALIBRATED_WARNING = (
    "the IIR is uncalibrated: the image does not say that it holds magnitudes, and one that was z-scored or rescaled "
    "cannot always be told; published thresholds may not fit"
)
NOT_MAGNITUDE_WARNING = (
    "the IIR is uncalibrated: the image says that it does not hold magnitudes (phase-sensitive or processed), so "
    "published thresholds do not fit; use mean + n SD of the blood pool (method 'sd')"
)
EDITED_REASON = "scar was edited by hand: no threshold describes it any more"


@dataclass(frozen=True)
class BloodReference:
    """What the blood says about intensities.

    Attributes:
        blood_pool: Or None with the reason in ``missing``.
        missing: Why there is no blood pool, else None.
        refusal: Why ratios to it are refused, else None.
        is_magnitude: Whether the intensities are magnitudes; None where nobody says.
    """

    blood_pool: BloodPool | None
    missing: str | None
    refusal: str | None
    is_magnitude: bool | None

    def iir_of(self, value: float | None) -> float | None:
        """The intensity as a ratio to the blood; None where ratios are refused."""
        if value is None or self.blood_pool is None or self.refusal is not None:
            return None
        return value / self.blood_pool.mean

    def n_sd_of(self, value: float | None) -> float | None:
        """The intensity in SDs above the blood; None where there is no spread."""
        if value is None or self.blood_pool is None or not self.blood_pool.sd > 0:
            return None
        return (value - self.blood_pool.mean) / self.blood_pool.sd


@dataclass(frozen=True, eq=False)
class LAScarCandidate:
    """What a method says before clean-up: (K, J, I) bool scar inside the wall, the rule, sentences for the user."""

    scar: NDArray[np.bool_]
    threshold: LAThreshold
    warnings: tuple[str, ...] = ()


def find_la_scar(
    image: NDArray[np.floating],
    wall: NDArray[np.bool_],
    request: LARequest,
    blood: BloodReference,
    predicted: NDArray[np.bool_] | None,
) -> LAScarCandidate:
    """Apply the requested method in the wall.

    Args:
        image: (K, J, I) intensities; NaN is never scar.
        wall: (K, J, I) bool.
        request: Method and its parameters.
        blood: The blood pool; required by IIR and SD.
        predicted: (K, J, I) bool scar of the scar model; required by ``model``.

    Raises:
        ScarSegError: Something required is missing, or the method refuses the image.
    """
    if request.method is LAMethod.MODEL:
        if predicted is None:
            raise ScarSegError("the method 'model' needs a prediction: choose a scar model or another method")
        return LAScarCandidate(predicted & wall, LAThreshold(None, "predicted by the scar model"))
    if request.method in METHODS_WITH_BLOOD and blood.blood_pool is None:
        raise ScarSegError(f"the method '{request.method}' needs a blood pool: {blood.missing}")
    if request.method is LAMethod.IIR:
        value, definition, calibration, warnings = _by_ratio(request, blood)
    elif request.method is LAMethod.SD:
        value, calibration, warnings = _by_spread(request, blood.blood_pool), None, ()
        definition = f"mean + {request.n_sd:g} SD of the blood pool"
    else:
        found = otsu_threshold(image, wall, place="wall")
        value, definition, calibration = found.value, found.definition, None
        warnings = _otsu_warnings(value, blood.blood_pool)
    threshold = LAThreshold(value, definition, blood.iir_of(value), blood.n_sd_of(value), calibration)
    return LAScarCandidate(wall & (image >= value), threshold, warnings)


def edited_la_scar(wall: NDArray[np.bool_], request: LARequest, drawn: NDArray[np.bool_] | None) -> LAScarCandidate:
    """Scar as a person left it, cut to the wall and not otherwise changed.

    Raises:
        ScarSegError: There is no drawn scar.
    """
    if drawn is None:
        raise ScarSegError("there is no scar edited by hand: draw it or let a method find it")
    definition = f"edited by hand, first found by the method '{request.method}'"
    return LAScarCandidate(drawn & wall, LAThreshold(None, definition, reason=EDITED_REASON))


def _by_ratio(request: LARequest, blood: BloodReference) -> tuple[float, str, str, tuple[str, ...]]:
    if blood.refusal is not None:
        raise ScarSegError(f"the method 'iir' is refused: {blood.refusal}")
    origin = "set by the user"
    if request.iir_preset is not IirPreset.CUSTOM:
        source = PRESETS[request.iir_preset]
        origin = f"{source.source}: {source.tissue}, {source.reference}; {source.sampling}"
    warnings = preset_warnings(request.iir_preset, pre_ablation=request.pre_ablation)
    if not blood.is_magnitude:
        warnings += (UNCALIBRATED_WARNING if blood.is_magnitude is None else NOT_MAGNITUDE_WARNING,)
    return (
        request.iir * blood.blood_pool.mean,
        f"{request.iir:g} times the mean of the blood pool ({origin})",
        "magnitude" if blood.is_magnitude else "uncalibrated",
        warnings,
    )


def _by_spread(request: LARequest, blood_pool: BloodPool) -> float:
    if not blood_pool.sd > 0:
        raise ScarSegError(
            f"the blood pool has the same intensity everywhere ({blood_pool.mean:.4g}, SD 0), so mean + n SD is not "
            "defined: check the image or use another method"
        )
    return blood_pool.mean + request.n_sd * blood_pool.sd


def _otsu_warnings(value: float, blood_pool: BloodPool | None) -> tuple[str, ...]:
    if blood_pool is None or value >= blood_pool.mean:
        return ()
    return (
        f"Otsu's threshold ({value:.4g}) lies below the mean of the blood pool ({blood_pool.mean:.4g}): Otsu always "
        "splits, so this scar may be normal wall",
    )
