"""Section 2: the model that finds the heart, and the device."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ScarSegLogic import terminology
from ScarSegLVLib import choices
from ScarSegLVLib.readiness import why_not_edit, why_not_heart
from ScarSegLVLib.session import StudySession
from ScarSegModuleLib.bindings import FieldBindings
from ScarSegModuleLib.buttons import set_ready
from ScarSegModuleLib.model_card import card_html


class HeartSection:
    """Shows the anatomy model and starts it."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        self._card = ""
        self._fields = FieldBindings(lambda field, value: session.change_request(**{field: value}))
        self._fields.combo(ui.anatomyModelSelector, "anatomy_model", choices.models("lv_anatomy"))
        self._fields.combo(ui.deviceSelector, "device", choices.devices())
        ui.segmentHeartButton.connect("clicked(bool)", lambda _checked: session.segment_heart())
        ui.editHeartButton.connect("clicked(bool)", lambda _checked: session.edit(terminology.MYOCARDIUM))

    def show(self) -> None:
        study = self.session.study
        if study is not None:
            self._fields.show(study.request)
            self._show_card(study.request.anatomy_model)
        self.show_job()

    def show_job(self) -> None:
        """Enable the buttons, or say why not."""
        study, busy = self.session.study, self.session.busy_reason()
        set_ready(
            self.ui.segmentHeartButton, busy or why_not_heart(study), _("Find LV cavity and myocardium with the model.")
        )
        set_ready(
            self.ui.editHeartButton,
            busy or why_not_edit(study, terminology.MYOCARDIUM),
            _("Draw or correct the myocardium in the Segment Editor."),
        )

    def _show_card(self, name: str) -> None:
        if name != self._card:
            self.ui.anatomyModelCard.html = card_html(name, "lv_anatomy")
            self._card = name
