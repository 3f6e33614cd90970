"""ScarSeg LV: find and measure scar of the left ventricle in LGE MRI. Thin: see ScarSegLVLib and ScarSegModuleLib."""

from __future__ import annotations

import sys
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

try:
    import ScarSegLogic
    import ScarSegModuleLib
except ImportError:
    # Installed, both lie beside the modules; in the source tree two folders up and one.
    for part in ("ScarSegLogic", "ScarSegModuleLib"):
        sys.path.extend(str(folder) for folder in Path(__file__).resolve().parents if (folder / part).is_dir())
    import ScarSegLogic  # noqa: F401
    import ScarSegModuleLib  # noqa: F401


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
    from ScarSegModuleLib.sample_data import register_sample_data

    register_sample_data()


class ScarSegLVWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Loads the panel and connects it with the scene; the sections do the rest."""

    def __init__(self, parent: object = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None

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
        if self.parent.isEntered:
            # After a reload nobody else says so.
            self.panel.enter()

    def cleanup(self) -> None:
        """Called before the widget is destroyed or reloaded."""
        self.removeObservers()
        if self.panel is not None:
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
        self.panel.open_shown_study(make=self.parent.isEntered)

    def onReload(self) -> None:  # noqa: N802
        """Reload the parts too, the shared ones among them; the worker lives on."""
        for name in [name for name in sys.modules if name.split(".")[0] in ("ScarSegLVLib", "ScarSegModuleLib")]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class ScarSegLVLogic(ScriptedLoadableModuleLogic):
    """Makes and finds the studies of a scene; usable without the panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        # Each volume has a parameter node of its own, so that studies do not mix.
        self.isSingletonParameterNode = False

    def study_for(self, volume: slicer.vtkMRMLScalarVolumeNode) -> object:
        """The ``Study`` of a volume, made where there is none."""
        from ScarSegLVLib.study import Study
        from ScarSegModuleLib.stored_study import VOLUME

        study = Study.of_volume(slicer.mrmlScene, volume)
        if study is None:
            study = Study(slicer.mrmlScene.AddNode(self.createParameterNode()))
            study.set(VOLUME, volume)
        return study


class ScarSegLVTest(ScriptedLoadableModuleTest):
    """A phantom study from the volume to the report, with the real worker; runs in Slicer and on the stand-in."""

    def setUp(self) -> None:
        from ScarSegLVLib.self_test_desk import SelfTestDesk

        self.desk = SelfTestDesk()

    def tearDown(self) -> None:
        slicer.mrmlScene.Clear(0)

    def test_heart_and_scar_by_model(self) -> None:
        """Apply finds heart and scar; the burden lies near the phantom's truth."""
        from ScarSegModuleLib.dependencies import missing_for_model

        missing = missing_for_model()
        if missing:
            self.delayDisplay(f"Skipped: {missing}")
            return
        message = self.desk.press(self.desk.ui.segmentHeartButton)
        self.assertIn("Heart segmented", message)
        self.desk.choose_method("model")
        message = self.desk.press(self.desk.ui.segmentScarButton)
        self.assertIn("Scar segmented", message)
        truth = self.desk.phantom.truth.volumes.scar_fraction_percent
        self.assertLess(abs(self.desk.study.result.burden.scar_fraction_percent - truth), 8.0)

    def test_scar_by_nsd_is_what_the_workflow_measures(self) -> None:
        """The module's numbers are those of ``run_lv`` on the same arrays."""
        self._measure_by_nsd()
        from ScarSegLogic.quantification.result_json import result_to_json
        from ScarSegLogic.workflow.lv import run_lv

        study = self.desk.study
        direct = run_lv(self.desk.phantom.image, study.request, myocardium=self.desk.phantom.labels)
        for key in ("infarct_volume_ml", "scar_fraction_percent", "threshold", "per_slice", "aha17"):
            self.assertEqual(result_to_json(study.result)[key], result_to_json(direct)[key], key)

    def test_edits_are_logged_and_recomputed(self) -> None:
        """Erased scar leaves the numbers, is logged, and makes them the reader's own."""
        self._measure_by_nsd()
        before = self.desk.study.result.burden.infarct_volume_ml
        index = self.desk.erase_scar_in_one_slice()
        self.desk.wait()
        result = self.desk.study.result
        self.assertLess(result.burden.infarct_volume_ml, before)
        self.assertTrue(result.edited_by_hand)
        self.assertEqual((self.desk.study.review.edits[-1].first_slice, "Up to date."), (index, self._state()))

    def test_report_is_draft_until_all_slices_are_accepted(self) -> None:
        """Every slice in use, accepted by a named reader, makes it FINAL; an edit makes it DRAFT again."""
        self._measure_by_nsd()
        ui = self.desk.ui
        self.assertFalse(ui.acceptSliceButton.enabled)
        self.desk.session.change(self._exclude_first_slice)
        self.desk.wait()
        self.desk.accept_all("Dr. Test")
        self.assertIn("FINAL", ui.reportState.text)
        self.desk.erase_scar_in_one_slice()
        self.desk.wait()
        self.assertIn("DRAFT: 1 of", ui.reportState.text)

    def test_export_writes_the_files(self) -> None:
        """Report, table and segmentation lie in a new folder."""
        import tempfile

        self._measure_by_nsd()
        with tempfile.TemporaryDirectory() as folder:
            self.desk.ui.exportFolder.currentPath = folder
            message = self.desk.press(self.desk.ui.exportButton)
            self.assertIn("Exported", message)
            names = {path.name for path in Path(folder).rglob("*") if path.is_file()}
        self.assertLessEqual({"report.html", "per_slice.csv", "segmentation.nrrd"}, names)

    def test_a_reloaded_scene_recomputes_the_same_numbers(self) -> None:
        """Everything survives an .mrb, and a recomputation changes no number."""
        import tempfile

        from ScarSegLogic.quantification.result_json import result_to_json

        self._measure_by_nsd()
        self.desk.accept_all("Dr. Test")
        before, review = result_to_json(self.desk.study.result), self.desk.study.review
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "study.mrb")
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear(0)
            slicer.util.loadScene(path)
        self.assertEqual((self.desk.study.review, self._state()), (review, "Up to date."))
        self.desk.press(self.desk.ui.recomputeButton)
        after = result_to_json(self.desk.study.result)
        # A scene's files keep positions to about 15 digits; every number measured is the same.
        for key in before.keys() - {"elapsed_s", "remote", "shapes", "aha17"}:
            self.assertEqual(after[key], before[key], key)
        for key in ("mean", "sd", "voxel_count"):
            self.assertEqual(after["remote"][key], before["remote"][key], key)
        self.assertEqual(after["aha17"]["segments"], before["aha17"]["segments"])

    def _measure_by_nsd(self) -> None:
        """Skips the test where a package is missing: a self-test installs none."""
        from ScarSegModuleLib.dependencies import missing_for_methods

        missing = missing_for_methods()
        if missing:
            self.skipTest(missing)
        self.desk.draw_true_heart()
        self.desk.choose_method("nsd")
        message = self.desk.press(self.desk.ui.applyButton)
        self.assertIn("Scar segmented", message)

    def _state(self) -> str:
        return self.desk.ui.resultState.text

    def _exclude_first_slice(self, study: object) -> None:
        from ScarSegLVLib.review_log import set_excluded

        set_excluded(study, study.result.slices[0].index, True)
