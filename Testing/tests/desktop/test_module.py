"""A scripted module runs on the stand-in as in Slicer: panel, selectors, clicks, reload, self-tests, pop-ups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from Testing.desktop.application import Desktop

OBLIQUE = np.array([[1.2, 0.4, 0.0, -10.0], [-0.4, 1.2, 0.0, 5.0], [0.0, 0.0, 8.0, 2.0], [0.0, 0.0, 0.0, 1.0]])


def add_volume(name: str = "LGE", value: float = 7.0) -> Any:
    """Add a small oblique volume of one value to the scene."""
    import slicer.util

    return slicer.util.addVolumeFromArray(np.full((3, 8, 9), value, np.float32), OBLIQUE, name)


def click(widget: Any) -> None:
    """Click a widget with the left mouse button."""
    QTest.mouseClick(widget, Qt.LeftButton)


def test_the_module_finds_its_form_and_its_place(probe: Any) -> None:
    import slicer.util

    assert slicer.util.getModuleWidget("DeskProbe") is probe
    assert slicer.modules.DeskProbeWidget is probe
    assert slicer.util.getModuleLogic("DeskProbe") is probe.logic
    assert slicer.util.modulePath("DeskProbe").endswith("DeskProbe/DeskProbe.py")
    assert slicer.util.selectedModule() == "DeskProbe"
    assert (probe.ui.factor.value, probe.ui.factor.suffix, probe.ui.factor.maximum) == (5.0, " SD", 10.0)
    assert probe.ui.folder.filters == probe.ui.folder.Dirs | probe.ui.folder.Writable


def test_a_click_on_the_button_runs_the_slot(desktop: Desktop, probe: Any) -> None:
    volume = add_volume()
    click(probe.ui.applyButton)
    assert probe.logic.getParameterNode().GetParameter("maximum") == ""
    probe.ui.volumeSelector.setCurrentNode(volume)
    assert probe.ui.applyButton.enabled
    click(probe.ui.applyButton)
    desktop.wait_until(lambda: "applied" in probe.events)
    assert probe.logic.getParameterNode().GetParameter("maximum") == "7.0"


def test_the_node_selector_follows_the_scene(probe: Any) -> None:
    first, second = add_volume("first"), add_volume("second")
    probe.ui.volumeSelector.setCurrentNode(second)
    second.SetName("renamed")
    import slicer

    assert [node.GetName() for node in probe.ui.volumeSelector.nodes()] == ["first", "renamed"]
    slicer.mrmlScene.RemoveNode(second)
    assert probe.ui.volumeSelector.currentNode() is None
    probe.ui.volumeSelector.noneEnabled = False
    assert probe.ui.volumeSelector.currentNode() is first
    probe.ui.volumeSelector.noneEnabled = True
    assert ("volume", "second") in probe.events
    assert probe.events[-1] == ("volume", "first")


def test_the_node_selector_offers_classes_and_attributes_only(desktop: Desktop) -> None:
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.setMRMLScene(desktop.scene)
    volume = add_volume()
    label_map = desktop.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    desktop.scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert selector.nodes() == (volume, label_map)
    selector.showChildNodeTypes = False
    assert selector.nodes() == (volume,)
    selector.addAttribute("vtkMRMLScalarVolumeNode", "kind", "LGE")
    assert selector.nodes() == ()
    volume.SetAttribute("kind", "LGE")
    selector.setMRMLScene(None)
    assert not selector.enabled
    selector.setMRMLScene(desktop.scene)
    assert selector.currentNode() is volume


def test_the_segment_selector_offers_the_segments_of_its_node(desktop: Desktop, probe: Any) -> None:
    received: list[str] = []
    probe.ui.segmentSelector.connect("currentSegmentChanged(QString)", received.append)
    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "heart")
    probe.ui.segmentSelector.setCurrentNode(node)
    node.GetSegmentation().AddEmptySegment("cavity", "LV cavity")
    node.GetSegmentation().AddEmptySegment("scar", "Scar")
    assert probe.ui.segmentSelector.segmentIDs() == ("cavity", "scar")
    probe.ui.segmentSelector.setCurrentSegmentID("scar")
    node.GetSegmentation().RemoveSegment("scar")
    assert received == ["cavity", "scar", "cavity"]


def test_the_segment_selector_takes_the_first_segment_where_the_chosen_one_is_missing(
    desktop: Desktop, probe: Any
) -> None:
    received: list[str] = []
    selector = probe.ui.segmentSelector
    selector.noneEnabled = selector.multiSelection = True
    selector.multiSelection = False
    first, second = (desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode") for _ in range(2))
    for segment_id in ("cavity", "own"):
        first.GetSegmentation().AddEmptySegment(segment_id, segment_id)
    selector.setCurrentNode(first)
    assert selector.currentSegmentID() == ""
    selector.setCurrentSegmentID("own")
    selector.setCurrentSegmentID("nowhere")
    assert selector.currentSegmentID() == "own"
    selector.setCurrentNode(second)
    assert selector.currentSegmentID() == "own", "it is remembered while there is nothing to choose from"
    selector.connect("currentSegmentChanged(QString)", received.append)
    second.GetSegmentation().AddEmptySegment("scar", "Scar")
    assert received == ["scar"]
    selector.multiSelection = True
    selector.multiSelection = False
    assert (selector.currentSegmentID(), received) == ("", ["scar"])
    selector.noneEnabled = False


def test_tables_and_segments_are_shown(desktop: Desktop, probe: Any) -> None:
    import slicer.util

    table = desktop.scene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.array([1.5, 2.5])], ["scar_ml"])
    probe.ui.table.setMRMLTableNode(table)
    model = probe.ui.table.model()
    assert (model.rowCount(), model.columnCount(), model.headerData(0, Qt.Horizontal)) == (2, 1, "scar_ml")
    assert model.data(model.index(1, 0)) == "2.5"
    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.CreateDefaultDisplayNodes()
    node.GetSegmentation().AddEmptySegment("scar", "Scar")
    probe.ui.segments.setSegmentationNode(node)
    probe.ui.segments.setSelectedSegmentIDs(["scar"])
    assert probe.ui.segments.selectedSegmentIDs() == ("scar",)
    probe.ui.segments.tableWidget().item(0, 0).setCheckState(Qt.Unchecked)
    assert not node.GetDisplayNode().GetSegmentVisibility("scar")


def test_collapsing_hides_the_content_and_unfolding_keeps_what_was_hidden(desktop: Desktop, probe: Any) -> None:
    probe.ui.methodLabel.hide()
    QTest.mouseClick(probe.ui.inputs, Qt.LeftButton, pos=QPoint(40, 8))
    desktop.process_events()
    assert probe.ui.inputs.collapsed
    assert not probe.ui.volumeSelector.visible
    probe.ui.inputs.collapsed = False
    assert probe.ui.volumeSelector.visible
    assert not probe.ui.methodLabel.visible
    probe.ui.methodLabel.show()
    assert probe.ui.advanced.collapsed
    assert not probe.ui.option.visible
    probe.ui.advanced.collapsed = False
    assert probe.ui.option.visible
    assert probe.ui.option.enabled
    probe.ui.advanced.collapsed = True


def test_the_wheel_over_a_combo_box_changes_nothing(desktop: Desktop, probe: Any) -> None:
    turn_wheel(probe.ui.method, -120)
    desktop.process_events()
    assert probe.ui.method.currentText == "Otsu"


def test_the_slider_reports_a_change_once(probe: Any) -> None:
    probe.ui.factor.value = 3.0
    probe.ui.factor.value = 3.0
    assert probe.events == [("factor", 3.0)]
    probe.ui.factor.value = 5.0


def test_reload_cleans_up_and_makes_a_new_panel(desktop: Desktop, probe: Any) -> None:
    probe.onReload()
    import slicer

    renewed = slicer.modules.DeskProbeWidget
    assert renewed is not probe
    assert probe.events[-1] == "cleanup"
    renewed.ui.volumeSelector.setCurrentNode(add_volume())
    assert renewed.ui.applyButton.enabled
    desktop.scene.Clear(0)
    assert "closed" in renewed.events
    assert "closed" not in probe.events


def test_leaving_a_module_calls_exit_and_entering_calls_enter(desktop: Desktop, probe: Any) -> None:
    desktop.open_module("SegmentEditor")
    desktop.open_module("DeskProbe")
    import slicer

    assert slicer.modules.DeskProbeWidget.events[-2:] == ["exit", "enter"]
    assert probe.parent.isEntered


def test_self_tests_run_as_under_testing(desktop: Desktop, probe: Any) -> None:  # noqa: ARG001
    assert desktop.run_self_tests("DeskProbe") == ["test_scene_is_empty", "test_testing_is_enabled"]
    assert not desktop.app.testingEnabled()


def test_a_failing_self_test_raises(desktop: Desktop, probe: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    import sys

    tests = sys.modules["DeskProbe"].DeskProbeTest
    monkeypatch.setattr(tests, "test_scene_is_empty", lambda self: self.fail("volumes are left"))
    with pytest.raises(AssertionError, match="volumes are left"):
        desktop.run_self_tests("DeskProbe")
    assert not desktop.app.testingEnabled()


def test_an_error_is_shown_as_a_recorded_pop_up(desktop: Desktop, probe: Any) -> None:
    probe.ui.volumeSelector.setCurrentNode(add_volume(value=-1.0))
    click(probe.ui.applyButton)
    (popup,) = desktop.popups.shown
    assert popup.text == "Apply failed.\n\nThe volume has negative values."
    assert "ValueError" in popup.detailed_text
    assert str(desktop.slot_errors[0]) == "The volume has negative values."


def test_questions_get_the_prepared_answer(desktop: Desktop) -> None:
    import qt
    import slicer.util

    desktop.popups.answer_next(qt.QMessageBox.Cancel, "/data/out")
    assert slicer.util.confirmOkCancelDisplay("Go on?") is False
    assert qt.QFileDialog.getExistingDirectory(None, "Export to") == "/data/out"
    assert slicer.util.confirmYesNoDisplay("Really?") is True
    assert [popup.text for popup in desktop.popups.shown if popup.text] == ["Go on?", "Really?"]
    with pytest.raises(RuntimeError, match="without a prepared answer"):
        qt.QFileDialog.getExistingDirectory(None, "Export to")


def test_a_scene_survives_saving_and_loading(desktop: Desktop, probe: Any, tmp_path: Path) -> None:
    import slicer.util

    add_volume("LGE änderung")
    probe.logic.getParameterNode().SetParameter("method", "fwhm")
    bundle = tmp_path / "a scene.mrb"
    assert slicer.util.saveScene(str(bundle))
    desktop.scene.Clear(0)
    slicer.util.loadScene(str(bundle))
    volume = slicer.util.getNode("LGE änderung")
    assert slicer.util.arrayFromVolume(volume).tolist() == np.full((3, 8, 9), 7.0).tolist()
    assert probe.logic.getParameterNode().GetParameter("method") == "fwhm"


def turn_wheel(widget: Any, angle: int) -> None:
    """Turn the wheel over the middle of a widget, by an angle in eighths of a degree."""
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    middle = QPointF(widget.width / 2, widget.height / 2)
    place = QPointF(widget.mapToGlobal(middle.toPoint()))
    event = QWheelEvent(middle, place, QPoint(), QPoint(0, angle), Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)
