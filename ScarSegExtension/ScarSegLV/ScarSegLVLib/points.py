"""The two points a reader can move: the centre of the remote region and the anterior RV insertion."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.mrml.markups import point_of, set_point
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLVLib.study import REMOTE_POINT, RV_INSERTION_POINT, Study

Point = tuple[float, float, float]

COLOURS = {REMOTE_POINT: (0.3, 0.85, 0.4), RV_INSERTION_POINT: (1.0, 0.65, 0.1)}
NAMES = {REMOTE_POINT: "Remote myocardium", RV_INSERTION_POINT: "RV insertion"}
PUT_ATTRIBUTE = "ScarSegLV.Put"
"""Where the module put a point, on its markup."""
TOLERANCE_MM = 1e-3
"""A point nearer than this to where the module put it was not moved (ours)."""


def node_of(study: Study, role: str) -> slicer.vtkMRMLMarkupsFiducialNode:
    """The markup of a role, made where there is none."""
    node = study.get(role)
    if node is None:
        node = study.get_or_add(role, "vtkMRMLMarkupsFiducialNode", _(NAMES[role]))
        node.SetMaximumNumberOfControlPoints(1)
        # The point is called as the node is, without a number.
        node.SetControlPointLabelFormat("%N")
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetSelectedColor(*COLOURS[role])
        node.GetDisplayNode().SetTextScale(2.5)
    return node


def show_points_of(study: Study, result: LVScarResult) -> None:
    """Put both points where a result had them; what the reader placed stays, or comes back if it was removed."""
    request = study.request
    if request.remote_ras is None and result.remote is not None:
        _put(study, REMOTE_POINT, _place_of_remote(result))
    if result.aha17 is not None:
        show_predicted_rv_insertion(study, result.aha17.rv_insertion_ras)
    for role, point in ((REMOTE_POINT, request.remote_ras), (RV_INSERTION_POINT, request.rv_insertion_ras)):
        if point is not None and point_of_role(study, role) is None:
            _put(study, role, point)


def _place_of_remote(result: LVScarResult) -> Point:
    """A point within the region where its mask is known, else its centre."""
    # scipy is slow to import: not when the module opens.
    from ScarSegLogic.quantification.remote import deepest_point

    mask = result.remote_mask
    inside = None if mask is None else deepest_point(mask, result.segmentation.geometry)
    return inside or result.remote.centre_ras


def show_predicted_rv_insertion(study: Study, point: Point | None) -> None:
    """Show a predicted RV insertion, unless the reader placed or confirmed one."""
    if study.request.rv_insertion_ras is None and point is not None:
        _put(study, RV_INSERTION_POINT, point)


def take_moved_points(study: Study) -> bool:
    """Take over points that the reader moved or placed; whether there were any."""
    request = study.request
    with study.one_change():
        remote, rv_insertion = _moved(study, REMOTE_POINT), _moved(study, RV_INSERTION_POINT)
        if remote is not None and remote != request.remote_ras:
            study.change_request(remote_ras=remote)
            study.change_state(remote_confirmed=True)
        if rv_insertion is not None and rv_insertion != request.rv_insertion_ras:
            study.change_request(rv_insertion_ras=rv_insertion)
    return study.request != request


def confirm_or_propose_remote(study: Study) -> None:
    """Agree with the proposed region, which changes no number; or give a placed one back to the proposal."""
    with study.one_change():
        study.change_state(remote_confirmed=study.request.remote_ras is None)
        study.change_request(remote_ras=None)


def confirm_rv_insertion(study: Study) -> None:
    """The reader agrees with the predicted point."""
    study.change_request(rv_insertion_ras=point_of_role(study, RV_INSERTION_POINT))


def remote_text(study: Study) -> str:
    """Where the remote region comes from."""
    if study.request.remote_ras is not None:
        return _("placed by the reader")
    if point_of_role(study, REMOTE_POINT) is None:
        return _("none yet")
    return _("confirmed") if study.state.remote_confirmed else _("proposed")


def rv_insertion_text(study: Study) -> str:
    """Where the RV insertion comes from."""
    if study.request.rv_insertion_ras is not None:
        return _("confirmed")
    if point_of_role(study, RV_INSERTION_POINT) is None:
        return _("none yet")
    return _("predicted")


def remote_button_text(study: Study) -> str:
    return _("Confirm") if study.request.remote_ras is None else _("Propose again")


def remote_tip() -> str:
    return _("The proposed region is normal myocardium; or, once it was moved, let it be proposed again.")


def why_not_remote(study: Study) -> str:
    """Why the remote region can neither be confirmed nor proposed again."""
    if study.request.remote_ras is not None:
        return ""
    if point_of_role(study, REMOTE_POINT) is None:
        return _("There is no remote region yet: a threshold method proposes one.")
    return _("The region is confirmed already.") if study.state.remote_confirmed else ""


def why_not_confirm_rv_insertion(study: Study) -> str:
    """Why there is nothing to confirm."""
    if study.request.rv_insertion_ras is not None:
        return _("The RV insertion is confirmed already.")
    if point_of_role(study, RV_INSERTION_POINT) is None:
        return _("There is no predicted RV insertion: place it.")
    return ""


def point_of_role(study: Study, role: str) -> Point | None:
    """World RAS of a point, or None."""
    node = study.get(role)
    return None if node is None else point_of(node)


def start_placing(study: Study, role: str) -> None:
    """Let the next click in a view place the point."""
    node = node_of(study, role)
    node.RemoveAllControlPoints()
    markups = slicer.modules.markups.logic()
    markups.SetActiveList(node)
    markups.StartPlaceMode(False)


def _put(study: Study, role: str, point: Point) -> None:
    """Move the markup and remember where the module put it."""
    node = node_of(study, role)
    # First: moving it rings observers, who ask whether it was the reader.
    node.SetAttribute(PUT_ATTRIBUTE, ",".join(repr(float(value)) for value in point))
    set_point(node, point, _(NAMES[role]))


def _moved(study: Study, role: str) -> Point | None:
    """Where the reader moved a point to; None where it is still where the module put it."""
    node = study.get(role)
    point = None if node is None else point_of(node)
    if point is None:
        return None
    put = node.GetAttribute(PUT_ATTRIBUTE)
    if put is None:
        return point
    before = tuple(float(value) for value in put.split(","))
    return None if max(abs(a - b) for a, b in zip(point, before, strict=True)) < TOLERANCE_MM else point
