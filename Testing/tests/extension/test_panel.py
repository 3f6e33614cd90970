"""The panel: what it shows, what a click does, and that widgets and node follow each other."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ScarSegLogic import terminology
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.quantification.request import ScarMethod

SHOWN_FOR = {
    "model": {"scarModelSelector", "scarModelBox"},
    "nsd": {"nSdSlider"},
    "fwhm": {"baselineSelector", "fwhmScopeSelector"},
    "otsu": set(),
    "ewa": set(),
    "manual": {"manualThresholdSpinBox"},
}


def click(widget) -> None:
    """A real press and release of the left mouse button."""
    QTest.mouseClick(widget, Qt.LeftButton)


@pytest.mark.parametrize("method", list(SHOWN_FOR))
def test_each_method_shows_only_its_own_parameters(desk, method: str) -> None:
    desk.choose_method(method)
    names = set().union(*SHOWN_FOR.values())
    assert {name for name in names if not getattr(desk.ui, name).isHidden()} == SHOWN_FOR[method]
    assert desk.study.request.method is ScarMethod(method)


def test_the_model_card_tells_training_accuracy_and_licence(desk) -> None:
    card = desk.ui.anatomyModelCard.plainText
    accuracy = find_package("lv_anatomy_emidec", task="lv_anatomy").manifest.metrics["myocardium_dice"]
    for words in ("EMIDEC", str(accuracy), "CC-BY-NC-SA-4.0", "not for commercial use"):
        assert words in card
    desk.ui.anatomyModelSelector.currentIndex = desk.ui.anatomyModelSelector.findData("lv_anatomy_phantom")
    assert "Apache-2.0" in desk.ui.anatomyModelCard.plainText
    assert desk.study.request.anatomy_model == "lv_anatomy_phantom"


def test_the_licence_of_a_model_is_asked_once_and_respected(desk, desktop) -> None:
    slicer.app.userSettings().remove("ScarSeg/NoticeAgreed")
    cancel, accept = 0x00400000, 0x00000400
    desktop.popups.answer_next(cancel)
    assert "Nothing was started" in desk.press(desk.ui.segmentHeartButton)
    desktop.popups.answer_next(accept)
    assert "Heart segmented" in desk.press(desk.ui.segmentHeartButton)
    assert "Heart segmented" in desk.press(desk.ui.segmentHeartButton)
    asked = [popup.text for popup in desktop.popups.shown]
    assert len(asked) == 2
    assert "not for commercial use" in asked[0]


def test_the_wheel_changes_no_combo_box(desk) -> None:
    combo = desk.ui.methodSelector
    before = combo.currentIndex
    for turn in (-120, 120):
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(0, 0),
            QPoint(0, turn),
            Qt.NoButton,
            Qt.NoModifier,
            Qt.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(combo, event)
    assert combo.currentIndex == before


def test_widgets_follow_the_node_and_the_node_follows_them_without_storms(desk) -> None:
    rings: list[str] = []
    tag = desk.study.node.AddObserver("ModifiedEvent", lambda _node, event: rings.append(event))
    desk.choose_method("nsd")
    desk.ui.nSdSlider.value = 3.5
    assert desk.study.request.n_sd == 3.5
    assert len(rings) == 2
    desk.study.change_request(n_sd=2.5, device="cpu")
    assert desk.ui.nSdSlider.value == 2.5
    assert desk.ui.deviceSelector.itemData(desk.ui.deviceSelector.currentIndex) == "cpu"
    assert len(rings) == 3
    desk.study.node.RemoveObserver(tag)


def test_a_click_on_apply_shows_scar_in_the_view(drawn, desktop) -> None:
    def red_pixels() -> int:
        """Pixels in the colour of scar over all slice views."""
        count = 0
        for name in ("Red", "Green", "Yellow"):
            pixels = desktop.view(name).pixels().astype(int)
            red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
            count += int(((red > green + 60) & (red > blue + 60)).sum())
        return count

    before = red_pixels()
    drawn.ui.applyButton.setFocus()
    click(drawn.ui.applyButton)
    assert drawn.ui.applyButton.text == "Cancel"
    assert not drawn.ui.progressBar.isHidden()
    assert "is running" in drawn.ui.segmentScarButton.toolTip
    assert "Scar segmented" in drawn.wait()
    row = int(np.argmax([entry.burden.infarct_volume_ml for entry in drawn.study.result.slices]))
    drawn.ui.sliceTable.setCurrentCell(row, 0)
    desktop.process_events()
    assert red_pixels() > before + 50
    assert drawn.ui.applyButton.text == "Apply"


def test_segment_scar_without_a_heart_points_to_apply(desk) -> None:
    assert not desk.ui.segmentScarButton.enabled
    assert 'press "Segment heart" first' in desk.ui.segmentScarButton.toolTip
    assert desk.ui.applyButton.enabled


def test_apply_alone_finds_heart_and_scar(desk) -> None:
    assert "Scar segmented" in desk.press(desk.ui.applyButton)
    truth = desk.phantom.labels.array >= 2
    found = desk.mask(terminology.MYOCARDIUM)
    assert 2 * (truth & found).sum() / (truth.sum() + found.sum()) > 0.6
    scar = desk.mask(terminology.SCAR) | desk.mask(terminology.MVO)
    assert not (scar & ~found).any()


def test_studies_do_not_mix(measured) -> None:
    other_image = make_lv_phantom(LVPhantomConfig(seed=8, matrix_size=96, observer_count=0, with_truth=False)).image
    other = slicer.util.addVolumeFromArray(other_image.array, other_image.geometry.ijk_to_ras, "Second patient")
    first = measured.study
    measured.ui.volumeSelector.setCurrentNode(other)
    assert measured.study.node is not first.node
    assert (measured.study.result, measured.study.segmentation) == (None, None)
    assert measured.ui.sliceTable.rowCount == 0
    measured.choose_method("fwhm")
    measured.ui.volumeSelector.setCurrentNode(measured.volume)
    assert measured.study.node is first.node
    assert measured.study.request.method is ScarMethod.NSD
    assert measured.ui.resultState.text.startswith("Up to date.")
    assert measured.ui.sliceTable.rowCount == len(first.result.slices)
    measured.ui.volumeSelector.setCurrentNode(other)
    # Slicer's selector lets its node go for a moment whenever a scene is imported.
    measured.ui.volumeSelector.setCurrentNode(None)
    assert measured.study is None
    slicer.mrmlScene.InvokeEvent(slicer.mrmlScene.EndImportEvent)
    assert measured.study.volume is other, "the study that was shown last, not the first"


def test_no_segment_becomes_the_users_myocardium_by_itself(drawn) -> None:
    segmentation = drawn.study.segmentation.GetSegmentation()
    own = segmentation.AddEmptySegment("own", "My wall")
    drawn.ui.myocardiumSelector.setCurrentSegmentID(own)
    assert drawn.study.state.myocardium_segment_id == own
    other_image = make_lv_phantom(LVPhantomConfig(seed=8, matrix_size=96, observer_count=0, with_truth=False)).image
    other = slicer.util.addVolumeFromArray(other_image.array, other_image.geometry.ijk_to_ras, "Second patient")
    drawn.ui.volumeSelector.setCurrentNode(other)
    from ScarSegLVLib.segments import make_segments

    make_segments(drawn.study, terminology.SEGMENT_KINDS)
    drawn.wait()
    assert drawn.study.state.myocardium_segment_id == "", "the other study has no such segment"
    drawn.ui.volumeSelector.setCurrentNode(drawn.volume)
    assert drawn.ui.myocardiumSelector.currentSegmentID() == own
    segmentation.RemoveSegment(own)
    drawn.wait()
    assert drawn.study.state.myocardium_segment_id == "", "nobody chose another segment"
    assert drawn.ui.myocardiumSelector.currentSegmentID() == ""


def test_the_charts_of_other_modules_stay_out_of_the_panel(measured) -> None:
    view = measured.study.get("PlotView")
    chart = view.GetPlotChartNodeID()
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", "another module's")
    slicer.app.applicationLogic().GetSelectionNode().SetActivePlotChartID(other.GetID())
    slicer.app.applicationLogic().PropagatePlotChartSelection()
    assert view.GetPlotChartNodeID() == chart


def test_the_shortcut_lives_only_while_the_module_is_shown(measured, desktop) -> None:
    measured.ui.readerLineEdit.text = "Dr. Keys"
    measured.panel.review.take_reader()
    desktop.window.activateWindow()
    assert QTest.qWaitForWindowActive(desktop.window)
    measured.ui.sliceTable.setFocus()
    QTest.keyClick(desktop.window, Qt.Key_A, Qt.ShiftModifier)
    desktop.process_events()
    assert len(measured.study.review.accepted_slices()) == 1
    slicer.util.selectModule("SegmentEditor")
    QTest.keyClick(desktop.window, Qt.Key_A, Qt.ShiftModifier)
    desktop.process_events()
    assert len(measured.study.review.accepted_slices()) == 1
    assert "(Shift+A)" in measured.ui.acceptSliceButton.text


def test_edit_hands_over_with_scar_masked_by_the_myocardium(measured) -> None:
    measured.ui.editScarButton.click()
    node = slicer.mrmlScene.GetSingletonNode("SegmentEditor", "vtkMRMLSegmentEditorNode")
    assert slicer.util.selectedModule() == "SegmentEditor"
    assert node.GetSegmentationNode() is measured.study.segmentation
    assert node.GetSourceVolumeNode() is measured.volume
    assert node.GetSelectedSegmentID() == measured.segment_id(terminology.SCAR)
    assert node.GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment
    assert node.GetMaskSegmentID() == measured.segment_id(terminology.MYOCARDIUM)
    assert node.GetOverwriteMode() == slicer.vtkMRMLSegmentEditorNode.OverwriteNone
    slicer.util.selectModule("ScarSegLV")
    measured.ui.editHeartButton.click()
    assert node.GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere
    assert node.GetSelectedSegmentID() == measured.segment_id(terminology.MYOCARDIUM)


def test_one_undo_gives_the_scar_of_before_back(measured) -> None:
    before = measured.mask(terminology.SCAR)
    measured.ui.autoRecomputeCheckBox.checked = False
    measured.ui.nSdSlider.value = 2.0
    measured.press(measured.ui.applyButton)
    assert (measured.mask(terminology.SCAR) != before).any()
    slicer.util.getModuleWidget("SegmentEditor").editor.undo()
    measured.wait()
    np.testing.assert_array_equal(measured.mask(terminology.SCAR), before)
