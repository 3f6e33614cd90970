"""ScarSeg LV: find and measure scar of the left ventricle in LGE MRI. Thin; the parts lie in ScarSegLVLib."""

from __future__ import annotations

import sys
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

try:
    import ScarSegLogic
except ImportError:
    # Installed, ScarSegLogic lies beside the modules; in the source tree two folders up.
    sys.path.extend(str(folder) for folder in Path(__file__).resolve().parents if (folder / "ScarSegLogic").is_dir())
    import ScarSegLogic  # noqa: F401


class ScarSegLV(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent: object) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("ScarSeg LV")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Cardiac")]
        parent.dependencies = ["Segmentations", "Markups", "Tables", "Plots", "SegmentEditor"]
        parent.contributors = ["The ScarSeg contributors"]
        parent.helpText = _(
            "Finds and measures scar in the left ventricle on late gadolinium enhancement (LGE) MRI. For research use "
            "only, not a medical device. Shortcut while the module is shown: Shift+A accepts a slice and goes on."
        )
        parent.acknowledgementText = _('Model weights carry their own licences; see "About this model" in the module.')
        slicer.app.connect("startupCompleted()", _on_startup_completed)


def _on_startup_completed() -> None:
    from ScarSegLVLib.sample_data import register_sample_data

    register_sample_data()


class ScarSegLVWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Loads the panel and connects it with the scene; the sections do the rest."""

    def __init__(self, parent: object = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.session = None
        self.sections = ()

    def setup(self) -> None:
        """Called when the module is shown for the first time."""
        from ScarSegLVLib.panel import Panel

        ScriptedLoadableModuleWidget.setup(self)
        ui_widget = slicer.util.loadUI(self.resourcePath("UI/ScarSegLV.ui"))
        self.layout.addWidget(ui_widget)
        self.ui = slicer.util.childWidgetVariables(ui_widget)
        self.logic = ScarSegLVLogic()
        self.panel = Panel(self.ui, self.logic)
        ui_widget.setMRMLScene(slicer.mrmlScene)
        self._observe_scene()
        self.panel.open_shown_study()

    def cleanup(self) -> None:
        """Called before the widget is destroyed or reloaded."""
        self.removeObservers()
        self.panel.close()

    def enter(self) -> None:
        self.panel.enter()

    def exit(self) -> None:
        self.panel.exit()

    def _observe_scene(self) -> None:
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._on_scene_start_close)
        self.addObserver(scene, scene.EndCloseEvent, self._on_scene_end)
        self.addObserver(scene, scene.EndImportEvent, self._on_scene_end)

    def _on_scene_start_close(self, _caller: object, _event: str) -> None:
        self.panel.session.open(None)

    def _on_scene_end(self, _caller: object, _event: str) -> None:
        self.panel.open_shown_study()


class ScarSegLVLogic(ScriptedLoadableModuleLogic):
    """Makes and finds the studies of a scene; usable without the panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        # Each volume has a parameter node of its own, so that studies do not mix.
        self.isSingletonParameterNode = False

    def study_for(self, volume: slicer.vtkMRMLScalarVolumeNode) -> object:
        """The ``Study`` of a volume, made where there is none."""
        from ScarSegLVLib.study import VOLUME, Study, study_of_volume

        study = study_of_volume(slicer.mrmlScene, volume)
        if study is None:
            study = Study(slicer.mrmlScene.AddNode(self.createParameterNode()))
            study.set(VOLUME, volume)
        return study
