"""Section 3: the method, only its own parameters, and starting it."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLogic.quantification.request import Baseline, FwhmScope, GreyZoneDefinition, LVRequest, ScarMethod
from ScarSegLVLib import choices
from ScarSegLVLib.readiness import why_not_edit, why_not_segment_scar
from ScarSegLVLib.session import StudySession
from ScarSegModuleLib.bindings import FieldBindings
from ScarSegModuleLib.buttons import set_ready
from ScarSegModuleLib.model_card import card_html


class ScarSection:
    """Shows the request's fields for scar and starts the method."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        self._card = ""
        self._bind(FieldBindings(self._on_field))
        ui.segmentScarButton.connect("clicked(bool)", lambda _checked: session.segment_scar())
        ui.editScarButton.connect("clicked(bool)", lambda _checked: session.edit(terminology.SCAR))

    def _bind(self, fields: FieldBindings) -> None:
        ui, self._fields = self.ui, fields
        fields.combo(ui.methodSelector, "method", choices.methods(), ScarMethod)
        fields.combo(ui.scarModelSelector, "scar_model", choices.models("lv_scar"))
        fields.combo(ui.baselineSelector, "baseline", choices.baselines(), Baseline)
        fields.combo(ui.fwhmScopeSelector, "fwhm_scope", choices.fwhm_scopes(), FwhmScope)
        fields.combo(ui.greyZoneSelector, "grey_zone", choices.grey_zones(), GreyZoneDefinition)
        fields.number(ui.nSdSlider, "n_sd")
        fields.number(ui.manualThresholdSpinBox, "manual_threshold")
        fields.number(ui.minimumComponentSpinBox, "minimum_component_mm2")
        fields.number(ui.closingRadiusSpinBox, "closing_radius_mm")
        fields.number(ui.maximumMvoSpinBox, "maximum_mvo_mm2")
        fields.number(ui.burdenLineSpinBox, "burden_line_percent")
        fields.check(ui.largestOnlyCheckBox, "largest_component_only")
        fields.check(ui.proposeMvoCheckBox, "propose_mvo")

    def show(self) -> None:
        study = self.session.study
        if study is not None:
            self._fields.show(study.request)
            self._show_parameters_of(study.request)
        self.show_job()

    def show_job(self) -> None:
        """Enable the buttons, or say why not."""
        study, busy = self.session.study, self.session.busy_reason()
        set_ready(
            self.ui.segmentScarButton,
            busy or why_not_segment_scar(study),
            _("Find scar within the myocardium by this method, and measure it."),
        )
        set_ready(
            self.ui.editScarButton,
            busy or why_not_edit(study, terminology.SCAR),
            _("Correct scar in the Segment Editor; it stays inside the myocardium."),
        )

    def _show_parameters_of(self, request: LVRequest) -> None:
        needed = choices.METHOD_PARAMETERS[request.method]
        for names in choices.METHOD_PARAMETERS.values():
            for name in names:
                getattr(self.ui, name).visible = name in needed or self._is_for_grey_zone(name, request)
        if request.scar_model != self._card:
            self.ui.scarModelCard.html = card_html(request.scar_model, "lv_scar")
            self._card = request.scar_model

    def _is_for_grey_zone(self, name: str, request: LVRequest) -> bool:
        return name.startswith("baselineSelector") and request.grey_zone in choices.GREY_ZONES_WITH_BASELINE

    def _on_field(self, field: str, value: Any) -> None:
        changes = {field: value}
        if value is ScarMethod.MANUAL and self.session.study and self.session.study.request.manual_threshold is None:
            changes["manual_threshold"] = self.ui.manualThresholdSpinBox.value
        self.session.change_request(**changes)
