"""Points, slices and edits: what a reader changes is measured anew, logged, and must be accepted."""

from __future__ import annotations

import time

import numpy as np
import pytest
import slicer
from PySide6.QtCore import Qt

from ScarSegLogic import terminology

USE, ACCEPTED = 3, 4


def drag(desk, role: str, offset_mm: tuple[float, float, float]) -> tuple[float, ...]:
    """Drag a point as the mouse does: many small moves, then the end of the interaction; where it then is."""
    node = desk.study.get(role)
    start = np.array(node.GetNthControlPointPositionWorld(0))
    for share in (0.25, 0.5, 1.0):
        node.SetNthControlPointPositionWorld(0, *(start + share * np.array(offset_mm)))
    assert desk.session.is_settled, "nothing is computed during the drag"
    node.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)
    desk.wait()
    return tuple(node.GetNthControlPointPositionWorld(0))


def opposite_wall(desk) -> np.ndarray:
    """Centre of the slice's wall that lies across from the remote region, in RAS."""
    geometry = desk.phantom.labels.geometry
    remote = np.array(desk.study.get("RemoteRegion").GetNthControlPointPositionWorld(0))
    k = round(float(geometry.ras_to_index(remote)[0]))
    wall = np.argwhere(desk.phantom.labels.array[k] == 2)
    points = geometry.index_to_ras(np.column_stack([np.full(len(wall), k), wall]))
    return points[np.linalg.norm(points - remote, axis=1).argmax()]


def tick(desk, row: int, column: int, on: bool) -> None:
    desk.ui.sliceTable.item(row, column).setCheckState(Qt.Checked if on else Qt.Unchecked)


def test_the_remote_region_is_proposed_then_confirmed_without_changing_a_number(measured) -> None:
    before = measured.study.result
    assert measured.ui.remoteState.text == "proposed"
    place = measured.study.get("RemoteRegion").GetNthControlPointPositionWorld(0)
    voxel = tuple(np.rint(measured.phantom.labels.geometry.ras_to_index(place)).astype(int))
    assert measured.study.remote_mask[voxel], "the point is shown in the wall, not in the blood that the wall surrounds"
    measured.ui.confirmRemoteButton.click()
    assert measured.ui.remoteState.text == "confirmed"
    assert measured.study.result.burden == before.burden
    assert measured.ui.resultState.text.startswith("Up to date.")


def test_dragging_the_remote_region_updates_the_result_at_the_end_of_the_drag(measured) -> None:
    before = measured.study.result
    centre = np.array(measured.study.get("RemoteRegion").GetNthControlPointPositionWorld(0))
    place = drag(measured, "RemoteRegion", tuple(opposite_wall(measured) - centre))
    result = measured.study.result
    assert result.request.remote_ras == pytest.approx(place)
    assert result.remote.source == "given"
    assert result.threshold.value != before.threshold.value
    assert measured.ui.remoteState.text == "placed by the reader"
    assert measured.ui.resultState.text.startswith("Up to date.")
    measured.press(measured.ui.confirmRemoteButton)
    assert measured.study.result.threshold == before.threshold


def test_dragging_the_rv_insertion_turns_the_segments(measured) -> None:
    before = measured.study.result
    assert before.aha17.rv_insertion_source == "predicted"
    centre = measured.phantom.truth.shape.anterior_insertion_ras
    place = drag(measured, "RVInsertion", (15.0, -15.0, 0.0))
    result = measured.study.result
    assert result.aha17.rv_insertion_source == "given"
    assert result.aha17.rv_insertion_ras == pytest.approx(place)
    assert result.burden == before.burden
    assert result.aha17.segments != before.aha17.segments
    assert centre is not None


def test_confirming_the_rv_insertion_keeps_every_number(measured) -> None:
    before = measured.study.result
    measured.press(measured.ui.confirmRvInsertionButton)
    result = measured.study.result
    assert result.aha17.rv_insertion_source == "given"
    assert result.aha17.segments == before.aha17.segments
    assert measured.ui.rvInsertionState.text == "confirmed"


def test_an_excluded_slice_leaves_every_number_and_keeps_its_voxels(measured) -> None:
    before, scar = measured.study.result, measured.mask(terminology.SCAR)
    row = int(np.argmax([entry.burden.infarct_volume_ml for entry in before.slices]))
    tick(measured, row, USE, False)
    measured.wait()
    result = measured.study.result
    index = before.slices[row].index
    assert result.request.excluded_slices == (index,)
    assert result.slices[row].excluded
    assert result.burden.infarct_volume_ml < before.burden.infarct_volume_ml
    np.testing.assert_array_equal(measured.mask(terminology.SCAR)[index], scar[index])
    assert measured.ui.sliceTable.item(row, 2).text() == "left out"
    tick(measured, row, USE, True)
    measured.wait()
    assert measured.study.result.burden == before.burden


def test_scar_outside_a_wall_that_was_made_smaller_goes(measured) -> None:
    wall, scar = measured.mask(terminology.MYOCARDIUM), measured.mask(terminology.SCAR)
    index = int(scar.sum(axis=(1, 2)).argmax())
    wall[index] &= ~scar[index]
    measured.write(terminology.MYOCARDIUM, wall)
    measured.wait()
    measured.press(measured.ui.applyButton)
    infarct = measured.mask(terminology.SCAR) | measured.mask(terminology.MVO)
    assert not (infarct & ~wall).any()
    voxel_ml = measured.phantom.image.geometry.voxel_volume_ml
    assert infarct.sum() * voxel_ml == pytest.approx(measured.study.result.burden.infarct_volume_ml)
    measured.wait()
    assert measured.ui.resultState.text.startswith("Up to date.")


@pytest.mark.slow
def test_a_heart_that_is_found_anew_has_its_excluded_slices_too(measured) -> None:
    index = measured.study.result.slices[1].index
    tick(measured, 1, USE, False)
    measured.wait()
    measured.study.change_state(auto_recompute=False)
    measured.write(terminology.MYOCARDIUM, np.zeros(measured.phantom.labels.array.shape, bool))
    measured.wait()
    assert "Scar segmented" in measured.press(measured.ui.applyButton)
    assert measured.study.result.request.excluded_slices == (index,)
    assert measured.mask(terminology.MYOCARDIUM)[index].any()
    assert measured.mask(terminology.CAVITY)[index].any()
    tick(measured, 1, USE, True)
    measured.press(measured.ui.recomputeButton)
    entry = next(entry for entry in measured.study.result.slices if entry.index == index)
    assert entry.burden.myocardium_volume_ml > 0


def test_the_plot_follows_numbers_that_were_out_of_date(measured) -> None:
    measured.ui.resultTabs.currentIndex = 1
    plot = measured.ui.plotWidget.plotView()

    def picture() -> bytes:
        end_s = time.monotonic() + 0.3
        measured.wait_until(lambda: time.monotonic() > end_s)
        return bytes(plot.grab().toImage().constBits())

    before = picture()
    measured.erase_scar_in_one_slice()
    measured.wait()
    after = picture()
    assert after != before
    plot.fitToContent()
    assert picture() == after, "it is drawn as it would be now"


def test_a_tick_changes_the_cells_and_does_not_replace_them(measured) -> None:
    table, seen = measured.ui.sliceTable, []
    before = [table.item(0, column) for column in range(5)]
    # Qt asks the item for its row after it told of its change: the item must still be there.
    table.connect("cellChanged(int,int)", lambda row, column: seen.append((row, column)))
    tick(measured, 0, USE, False)
    assert (0, USE) in seen
    assert [table.item(0, column) for column in range(5)] == before
    assert table.item(0, 2).text() == "left out"


def test_slices_are_accepted_one_by_one_by_a_named_reader(measured) -> None:
    assert not measured.ui.sliceTable.item(0, ACCEPTED).flags() & Qt.ItemIsEnabled
    assert measured.ui.acceptSliceButton.toolTip == "Enter the name of the reader first."
    measured.ui.readerLineEdit.text = "Dr. One"
    measured.panel.review.take_reader()
    count = measured.ui.sliceTable.rowCount
    for row in range(count - 1):
        tick(measured, row, ACCEPTED, True)
    assert measured.ui.reportState.text == f"DRAFT: 1 of {count} slices not accepted yet."
    tick(measured, count - 1, ACCEPTED, True)
    assert measured.ui.reportState.text.startswith("FINAL: accepted by Dr. One")
    tick(measured, 0, ACCEPTED, False)
    assert measured.ui.reportState.text.startswith("DRAFT: 1 of")
    tick(measured, 0, ACCEPTED, True)
    measured.ui.readerLineEdit.text = "Dr. Two"
    measured.panel.review.take_reader()
    assert measured.ui.reportState.text == f"DRAFT: {count} of {count} slices not accepted yet."


def test_an_edit_revokes_the_slices_it_touched_and_no_other(measured) -> None:
    measured.accept_all("Dr. Test")
    accepted = measured.study.review.accepted_slices()
    erased = int(measured.mask(terminology.SCAR).sum(axis=(1, 2)).max())
    index = measured.erase_scar_in_one_slice()
    measured.wait()
    review = measured.study.review
    assert review.accepted_slices() == accepted - {index}
    edit = review.edits[-1]
    assert (edit.what, edit.first_slice, edit.last_slice) == ("scar edited by hand", index, index)
    assert edit.voxels_changed == erased
    assert "scar edited by hand" in measured.ui.editLog.plainText


def test_a_method_that_rewrites_scar_revokes_without_logging_an_edit(measured) -> None:
    measured.accept_all("Dr. Test")
    logged = measured.study.review.edits
    measured.ui.nSdSlider.value = 2.0
    assert measured.ui.resultState.text.startswith("Out of date: changed settings: n sd.")
    assert not measured.ui.resultTabs.enabled
    measured.press(measured.ui.applyButton)
    assert measured.study.review.edits == logged
    assert measured.ui.reportState.text.startswith("DRAFT")


def test_without_automatic_recomputation_numbers_stay_stale_until_the_button(measured) -> None:
    measured.ui.autoRecomputeCheckBox.click()
    before = measured.study.result.burden
    index = measured.erase_scar_in_one_slice()
    measured.wait()
    assert measured.study.result.burden == before
    assert measured.ui.resultState.text.startswith(f"Out of date: segments changed in slice {index}.")
    assert "Recompute first" in measured.ui.exportButton.toolTip
    assert measured.ui.acceptSliceButton.toolTip
    assert "Measured" in measured.press(measured.ui.recomputeButton)
    assert measured.study.result.burden.infarct_volume_ml < before.infarct_volume_ml


def test_replacing_edits_by_hand_is_asked(measured, desktop) -> None:
    index = measured.erase_scar_in_one_slice()
    measured.wait()
    cancel, accept = 0x00400000, 0x00000400
    desktop.popups.answer_next(cancel)
    measured.ui.applyButton.click()
    measured.wait()
    assert not measured.mask(terminology.SCAR)[index].any()
    desktop.popups.answer_next(accept)
    assert "Scar segmented" in measured.press(measured.ui.applyButton)
    assert measured.mask(terminology.SCAR)[index].any()


def test_edits_made_while_the_module_was_closed_are_found_when_it_opens(measured) -> None:
    measured.accept_all("Dr. Test")
    study = measured.study
    measured.session.open(None)
    scar = measured.phantom.labels.array == 3
    index = int(scar.sum(axis=(1, 2)).argmax())
    mask = np.zeros_like(scar)
    measured.session.study = study
    mask |= measured.mask(terminology.SCAR)
    mask[index] = False
    measured.write(terminology.SCAR, mask)
    measured.session.study = None
    measured.ui.volumeSelector.setCurrentNode(measured.volume)
    measured.panel.open_shown_study()
    measured.wait()
    assert index not in measured.study.review.accepted_slices()
    assert measured.study.review.edits[-1].first_slice == index


def test_a_point_is_placed_by_a_click_and_one_that_was_removed_comes_back(measured) -> None:
    place = tuple(measured.study.get("RVInsertion").GetNthControlPointPositionWorld(0))
    measured.ui.placeRvInsertionButton.click()
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    node = measured.study.get("RVInsertion")
    assert node.GetNumberOfControlPoints() == 0
    node.AddControlPointWorld((place[0] + 10.0, *place[1:]))
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    measured.wait()
    given = measured.study.result.aha17
    assert given.rv_insertion_source == "given"
    assert given.rv_insertion_ras == pytest.approx((place[0] + 10.0, *place[1:]))
    slicer.mrmlScene.RemoveNode(node)
    measured.press(measured.ui.recomputeButton)
    assert measured.study.get("RVInsertion").GetNthControlPointPositionWorld(0) == pytest.approx(given.rv_insertion_ras)
