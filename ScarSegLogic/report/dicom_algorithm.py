"""What found a structure, in the words of DICOM objects."""

from __future__ import annotations

from dataclasses import dataclass

from ScarSegLogic import terminology
from ScarSegLogic.quantification.request import ScarMethod
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.terminology import Code
from ScarSegLogic.version import VERSION

ARTIFICIAL_INTELLIGENCE = Code("123110", "Artificial Intelligence", "DCM")
HISTOGRAM_ANALYSIS = Code("123105", "Histogram Analysis", "DCM")
MANUAL_PROCESSING = Code("123109", "Manual Processing", "DCM")
"""Algorithm families (CID 7162)."""


@dataclass(frozen=True)
class Algorithm:
    """Name and version of a model package, or ScarSeg's own; family; parameters as sentences."""

    name: str
    version: str
    family: Code
    parameters: tuple[str, ...]


def algorithm_of(kind: str, result: LVScarResult) -> Algorithm:
    """The algorithm behind a kind of segment; edits by hand are told in its parameters."""
    finding = kind in (terminology.SCAR, terminology.MVO)
    edits = ("edited by hand afterwards",) if result.edited_by_hand else ()
    by_model = result.request.method is ScarMethod.MODEL if finding else result.myocardium_found
    task = "lv_scar" if finding else "lv_anatomy"
    model = next((entry for entry in result.models if entry.task == task), None)
    if by_model and model is not None:
        weights = (f"sha256 of the weights {model.sha256}",)
        return Algorithm(model.name, model.version, ARTIFICIAL_INTELLIGENCE, (*weights, *edits))
    if finding and not by_model:
        threshold = (f"method {result.request.method}", result.threshold.definition)
        return Algorithm("ScarSeg threshold", VERSION, HISTOGRAM_ANALYSIS, (*threshold, *edits))
    return Algorithm("ScarSeg with a given segment", VERSION, MANUAL_PROCESSING, edits)


def is_automatic(kind: str, result: LVScarResult) -> bool:
    """Whether nobody had a hand in it: no given myocardium, threshold or remote region, no edits."""
    if result.edited_by_hand or not result.myocardium_found:
        return False
    if kind not in (terminology.SCAR, terminology.MVO):
        return True
    remote_given = result.remote is not None and result.remote.source == "given"
    return result.request.method is ScarMethod.MODEL or not (remote_given or result.request.method is ScarMethod.MANUAL)
