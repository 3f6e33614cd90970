"""What the user must agree to before a job starts: replaced edits, a model's licence, missing packages."""

from __future__ import annotations

from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import ScarMethod
from ScarSegLVLib.segments import segment_ids
from ScarSegLVLib.staleness import heart_is_edited, scar_is_edited
from ScarSegLVLib.study import Study
from ScarSegModuleLib.dependencies import ensure_dependencies
from ScarSegModuleLib.model_card import notices_agreed
from ScarSegModuleLib.questions import is_agreed


def may_replace(study: Study, *, heart: bool) -> bool:
    """Whether edits by hand, if there are any, may be replaced."""
    edited = heart_is_edited(study) if heart else scar_is_edited(study)
    if not edited:
        return True
    text = (
        _("The heart was edited by hand. Segment it again and replace the edits?")
        if heart
        else _("The scar was edited by hand. Segment it again and replace the edits?")
    )
    return is_agreed(text, _("Replace edits by hand"))


def require_models(study: Study, *, heart: bool) -> None:
    """Have the user agree to the models that will run, and the packages they need installed.

    Args:
        study: The study.
        heart: Whether the heart alone is asked; else scar, and the heart where there is no myocardium.

    Raises:
        ScarSegError: The user did not agree, or a package is missing and was not installed.
    """
    request = study.request
    finds_heart = heart or terminology.MYOCARDIUM not in segment_ids(study)
    finds_scar = not heart and request.method is ScarMethod.MODEL
    used = [(request.anatomy_model, "lv_anatomy")] if finds_heart else []
    used += [(request.scar_model, "lv_scar")] if finds_scar else []
    if not notices_agreed(used):
        raise ScarSegError(_("nothing was started: choose a model whose licence suits you, or draw the heart yourself"))
    ensure_dependencies(with_model=bool(used), without_torch=_("choose a threshold method within a given myocardium"))
