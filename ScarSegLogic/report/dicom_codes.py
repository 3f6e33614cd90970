"""Codes of the structured report: DICOM's own where it has one, else ScarSeg's private ones, declared as such.

Neither DICOM nor the part of SNOMED CT that it carries knows the share of infarct in the myocardium, nor methods of LGE
thresholding. For such concepts the standard foresees private schemes whose designator begins with 99 (PS3.16, 8).
"""

from __future__ import annotations

from ScarSegLogic.quantification.request import ScarMethod
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.terminology import Code

PRIVATE_SCHEME = "99SCARSEG"

IMAGING_MEASUREMENT_REPORT = Code("126000", "Imaging Measurement Report", "DCM")
CARDIAC_MRI = Code("241620005", "Cardiac MRI")
SCARRED_MYOCARDIUM = Code("122113", "Scarred Myocardium", "DCM")
NORMAL_MYOCARDIUM = Code("122112", "Normal Myocardium", "DCM")
VOLUME = Code("118565006", "Volume")
MASS = Code("118538004", "Mass")
SIGNAL_INTENSITY = Code("110852", "MR signal intensity", "DCM")
MEAN = Code("373098007", "Mean")
STANDARD_DEVIATION = Code("386136009", "Standard Deviation")
ALGORITHM_MANUFACTURER = Code("122405", "Algorithm Manufacturer", "DCM")
ALGORITHM_PARAMETERS = Code("111002", "Algorithm Parameters", "DCM")
ALGORITHM_FAMILY = Code("111000", "Algorithm Family", "DCM")

MILLILITRE = Code("ml", "milliliter", "UCUM")
GRAM = Code("g", "gram", "UCUM")
PERCENT = Code("%", "Percent", "UCUM")
NO_UNITS = Code("1", "no units", "UCUM")

INFARCT_FRACTION = Code("infarct_fraction", "Infarct (scar with MVO) in myocardium", PRIVATE_SCHEME)
"""In the left ventricle or, at the finding site of a segment, in that segment."""
WEIGHTED_VOLUME = Code("weighted_infarct", "Infarct volume weighted by partial volume", PRIVATE_SCHEME)
GREY_ZONE_VOLUME = Code("grey_zone", "Grey zone volume", PRIVATE_SCHEME)
CORE_VOLUME = Code("core", "Infarct core volume", PRIVATE_SCHEME)

_METHOD_MEANINGS = {
    ScarMethod.MODEL: "Scar by trained model",
    ScarMethod.NSD: "Scar by n-SD above remote myocardium",
    ScarMethod.FWHM: "Scar by full width at half maximum",
    ScarMethod.OTSU: "Scar by Otsu threshold",
    ScarMethod.EWA: "Scar by partial volume weighting",
    ScarMethod.MANUAL: "Scar by manual threshold",
}
EDITED = Code("edited", "Scar edited by hand", PRIVATE_SCHEME)


def method_code(result: LVScarResult) -> Code:
    """How the scar of a result was found; edits by hand outweigh the method they began from."""
    method = result.request.method
    return EDITED if result.edited_by_hand else Code(method.value, _METHOD_MEANINGS[method], PRIVATE_SCHEME)
