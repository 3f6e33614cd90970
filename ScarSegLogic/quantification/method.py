"""From a request to a scar mask: which method needs what, and what it warns about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.crop import HeartCrop
from ScarSegLogic.quantification.edges import edge_warnings
from ScarSegLogic.quantification.partial_volume import weigh_infarct
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result import RemoteRegion, Threshold
from ScarSegLogic.quantification.thresholds import (
    RAW_REFUSAL_SD,
    apply_threshold,
    fwhm_threshold,
    manual_threshold,
    nsd_threshold,
    otsu_threshold,
)

METHODS_WITH_REMOTE = frozenset({ScarMethod.NSD, ScarMethod.FWHM, ScarMethod.EWA})
"""Methods that are not defined without remote myocardium."""

METHODS_WITH_PEAK = frozenset({ScarMethod.FWHM, ScarMethod.EWA})
"""Methods that find scar only where the peak of the myocardium shows it."""

EDGE_REASON = (
    "no scar: only the edge of the wall is enhanced, as blood does in healthy hearts; where the overlay shows a "
    "thin subendocardial scar, use nsd or a manual threshold"
)

EDITED_REASON = "scar was edited by hand: no threshold describes it any more"


@dataclass(frozen=True, eq=False)
class ScarCandidate:
    """What a method says before clean-up.

    Attributes:
        scar: (K, J, I) bool inside the myocardium.
        threshold: The rule and its value.
        weights: (K, J, I) partial-volume weights of the method ``ewa``, else None.
        warnings: Sentences for the user.
    """

    scar: NDArray[np.bool_]
    threshold: Threshold
    weights: NDArray[np.float64] | None = None
    warnings: tuple[str, ...] = ()


def find_scar(
    heart: HeartCrop, request: LVRequest, remote: RemoteRegion | None, predicted: NDArray[np.bool_] | None
) -> ScarCandidate:
    """Apply the requested method.

    Args:
        heart: Image and masks.
        request: Method and its parameters.
        remote: Remote myocardium; required by n-SD, FWHM and EWA.
        predicted: (K, J, I) bool infarct of the scar model; required by ``model``.

    Raises:
        ScarSegError: Something required is missing, or the method refuses the image.
    """
    image, myocardium = heart.image, heart.myocardium
    if request.method is ScarMethod.MODEL:
        if predicted is None:
            raise ScarSegError("the method 'model' needs a prediction: choose a scar model or another method")
        return ScarCandidate(predicted & myocardium, Threshold(None, "predicted by the scar model"))
    if request.method is ScarMethod.MANUAL:
        threshold = manual_threshold(request.manual_threshold)
        return ScarCandidate(apply_threshold(image, myocardium, threshold), threshold)
    if request.method is ScarMethod.OTSU:
        threshold = otsu_threshold(image, myocardium)
        return ScarCandidate(
            apply_threshold(image, myocardium, threshold), threshold, warnings=_otsu_warnings(threshold, remote)
        )
    if remote is None:
        raise ScarSegError(
            f"the method '{request.method}' needs remote myocardium: mark a region (command line: --remote)"
        )
    told = edge_warnings(image, myocardium, remote) if request.method in METHODS_WITH_PEAK else ()
    if told:
        # FWHM must not invent scar in a healthy heart (SCIENCE.md section 6); extending the rule to the edge is ours.
        threshold = Threshold(None, "no threshold: enhancement only at the edge of the wall", reason=EDGE_REASON)
        weights = np.zeros(myocardium.shape) if request.method is ScarMethod.EWA else None
        return ScarCandidate(np.zeros_like(myocardium), threshold, weights=weights, warnings=told)
    if request.method is ScarMethod.EWA:
        weighted = weigh_infarct(image, myocardium, remote)
        return ScarCandidate(weighted.infarct, weighted.threshold, weights=weighted.weights)
    if request.method is ScarMethod.NSD:
        threshold = nsd_threshold(remote, request.n_sd)
    else:
        threshold = fwhm_threshold(image, myocardium, remote, baseline=request.baseline, scope=request.fwhm_scope)
    return ScarCandidate(apply_threshold(image, myocardium, threshold), threshold)


def edited_scar(heart: HeartCrop, request: LVRequest, drawn: NDArray[np.bool_] | None) -> ScarCandidate:
    """Scar as a person left it, cut to the myocardium and not otherwise changed.

    Raises:
        ScarSegError: There is no drawn scar.
    """
    if drawn is None:
        raise ScarSegError("there is no scar edited by hand: draw it or let a method find it")
    definition = f"edited by hand, first found by the method '{request.method}'"
    return ScarCandidate(drawn & heart.myocardium, Threshold(None, definition, reason=EDITED_REASON))


def _otsu_warnings(threshold: Threshold, remote: RemoteRegion | None) -> tuple[str, ...]:
    if remote is None:
        return ()
    line = remote.mean + RAW_REFUSAL_SD * remote.sd
    if threshold.value >= line:
        return ()
    return (
        f"Otsu's threshold ({threshold.value:.4g}) lies below remote mean + {RAW_REFUSAL_SD:g} SD ({line:.4g}): "
        "Otsu always splits, so this scar may be normal myocardium",
    )
