"""What the module asks of the worker, and what it does with each answer."""

from __future__ import annotations

from dataclasses import replace

from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.jobs.job import Job, JobSpec
from ScarSegLogic.mrml.volumes import volume_from_node
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker import lv
from ScarSegLVLib import answers, readiness
from ScarSegLVLib.before_job import require_models
from ScarSegLVLib.review_log import current_segments
from ScarSegLVLib.segments import HEART_KINDS, label_map, segment_versions
from ScarSegLVLib.staleness import scar_is_edited
from ScarSegLVLib.study import Study
from ScarSegModuleLib.job_runner import Step
from ScarSegModuleLib.scene_guard import SceneGuard


def heart_step(study: Study) -> Step:
    """Find cavity and myocardium.

    Raises:
        ScarSegError: Something is missing or was not agreed to; the sentence says what.
    """
    _insist(readiness.why_not_heart(study))
    require_models(study, heart=True)

    def write(job: Job) -> str:
        return answers.write_heart(study, lv.heart_answer(job))

    request = study.request
    return Step(_("Segment heart"), lambda: lv.heart_job(_image(study), request), _guard(study).obstacle, write)


def scar_step(study: Study) -> Step:
    """Find scar within the heart; the heart too where there is none.

    Raises:
        ScarSegError: Something is missing or was not agreed to; the sentence says what.
    """
    _insist(readiness.why_not_scar(study))
    require_models(study, heart=False)
    heart, request = _heart(study), study.request

    def write(job: Job) -> str:
        return answers.write_scar(study, lv.scar_answer(job), heart_found=heart is None)

    title = _("Segment scar") if heart is not None else _("Segment heart and scar")
    return Step(title, lambda: lv.scar_job(_image(study), request, heart, None), _guard(study).obstacle, write)


def recompute_step(study: Study) -> Step:
    """Bring the numbers up to date: edits by hand are measured as they are, else the method runs again.

    Raises:
        ScarSegError: Something is missing or was not agreed to; the sentence says what.
    """
    _insist(readiness.why_not_measure(study))
    if not scar_is_edited(study):
        return replace(scar_step(study), replaceable=True)
    result = study.result
    models = result.models if result else ()
    request, drawn = _with_prediction(study), _all_labels(study)

    def make_spec() -> JobSpec:
        return lv.measure_job(_image(study), request, drawn, None, models=models)

    def write(job: Job) -> str:
        return answers.write_measurement(study, lv.scar_answer(job))

    return Step(_("Measure"), make_spec, _guard(study).obstacle, write, replaceable=True)


def _guard(study: Study) -> SceneGuard:
    return SceneGuard(study, lambda: segment_versions(study))


def _image(study: Study) -> Volume:
    return volume_from_node(study.volume)


def _heart(study: Study) -> LabelMap | None:
    """Cavity and myocardium, or None where there is no myocardium to find scar in."""
    arrays = current_segments(study)
    if arrays is None or not arrays.has(terminology.MYOCARDIUM):
        if readiness.own_myocardium(study):
            raise ScarSegError(
                _("the segment '{name}' is empty: draw the myocardium in it, or clear it in section 1").format(
                    name=readiness.own_myocardium(study)
                )
            )
        return None
    return label_map(study, arrays, HEART_KINDS)


def _all_labels(study: Study) -> LabelMap:
    arrays = current_segments(study)
    if not arrays.has(terminology.MYOCARDIUM):
        raise ScarSegError(_("the myocardium is empty: segment or draw the heart first"))
    return label_map(study, arrays)


def _with_prediction(study: Study) -> LVRequest:
    """The request with the RV insertion that was predicted before, where the reader set none: it need not be again."""
    request, result = study.request, study.result
    if request.rv_insertion_ras is not None or result is None or result.aha17 is None:
        return request
    return replace(request, rv_insertion_ras=result.aha17.rv_insertion_ras, rv_insertion_confirmed=False)


def _insist(reason: str) -> None:
    if reason:
        raise ScarSegError(reason)
