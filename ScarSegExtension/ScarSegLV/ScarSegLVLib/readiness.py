"""Why something cannot be done now: the tooltip of a disabled button. An empty text means that it can."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.quantification.request import ScarMethod
from ScarSegLVLib.segments import segment_ids
from ScarSegLVLib.study import Study
from ScarSegModuleLib.job_runner import sentence


def why_not_study(study: Study | None) -> str:
    """Why nothing can be computed in a study."""
    if study is None or study.volume is None:
        return _("Select the LGE volume first.")
    return _why_not_volume(study.volume) or _why_not_segmentation(study)


def why_not_heart(study: Study | None) -> str:
    """Why the heart cannot be segmented."""
    reason = why_not_study(study)
    if reason or not own_myocardium(study):
        return reason
    return _(
        "The myocardium is taken from the segment '{name}'. Clear it in section 1 to let the model find it."
    ).format(name=own_myocardium(study))


def why_not_scar(study: Study | None) -> str:
    """Why scar cannot be segmented. A missing heart is none: it is segmented first."""
    reason = why_not_study(study)
    if reason:
        return reason
    needs_cavity = study.request.method is ScarMethod.MODEL and own_myocardium(study)
    if needs_cavity and terminology.CAVITY not in segment_ids(study):
        return _("The scar model needs the LV cavity too: draw it in the segment 'LV cavity', or take another method.")
    return ""


def why_not_segment_scar(study: Study | None) -> str:
    """As ``why_not_scar``; and without a heart, that Apply finds both."""
    reason = why_not_scar(study)
    if reason or terminology.MYOCARDIUM in segment_ids(study):
        return reason
    return _('There is no heart yet: press "Segment heart" first, or "Apply" for heart and scar at once.')


def why_not_edit(study: Study | None, kind: str) -> str:
    """Why a segment cannot be handed to the Segment Editor."""
    reason = why_not_study(study)
    if reason:
        return reason
    if terminology.MYOCARDIUM not in segment_ids(study) and kind != terminology.MYOCARDIUM:
        return _("Scar is edited within the myocardium: segment or draw the heart first.")
    return ""


def why_not_measure(study: Study | None) -> str:
    """Why nothing can be measured."""
    reason = why_not_study(study)
    if reason or terminology.MYOCARDIUM in segment_ids(study):
        return reason
    return _("There is no myocardium to measure: segment or draw the heart first.")


def own_myocardium(study: Study) -> str:
    """The name of the user's own myocardium segment, or an empty text."""
    segment_id = study.state.myocardium_segment_id
    if not segment_id or study.segmentation is None:
        return ""
    segment = study.segmentation.GetSegmentation().GetSegment(segment_id)
    return segment.GetName() if segment else ""


def _why_not_volume(volume: slicer.vtkMRMLVolumeNode) -> str:
    try:
        geometry_of_volume(volume)
    except ScarSegError as error:
        return sentence(error)
    return ""


def _why_not_segmentation(study: Study) -> str:
    segmentation = study.segmentation
    if segmentation is None:
        return ""
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    reference = segmentation.GetNodeReference(role)
    if reference is None or reference is study.volume:
        return ""
    return _("The segmentation '{name}' belongs to the volume '{other}': choose another one, or a new one.").format(
        name=segmentation.GetName(), other=reference.GetName()
    )
