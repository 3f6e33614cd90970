"""One answer, one step back."""

from __future__ import annotations

import numpy as np
import pytest
import slicer

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.mrml.segmentations import mask_from_segment
from ScarSegLogic.mrml.undo import save_state_of
from Testing.tests.mrml.contents import stored_bytes

SURFACE = "Closed surface"


def test_one_answer_is_one_undo_state_and_undo_and_redo_restore_the_bytes(app, segmentation, volume, heart, box_mask):
    editor = app.segment_editor(segmentation, volume)
    first = {
        heart["cavity"]: box_mask((5, 7, 9), slice(1, 4), slice(1, 4), slice(1, 4)),
        heart["scar"]: box_mask((5, 7, 9), slice(2, 3), slice(4, 6), slice(1, 8)),
    }
    write_masks(segmentation, first, volume, save_state=save_state_of(editor))
    slicer.vtkSlicerSegmentationsModuleLogic.CollapseBinaryLabelmaps(segmentation, False)
    before = stored_bytes(segmentation)
    editor.ClearUndoState()
    assert not editor.CanUndo()

    second = {segment_id: np.roll(mask, 1, axis=2) for segment_id, mask in first.items()}
    second[heart["mvo"]] = first[heart["scar"]]
    write_masks(segmentation, second, volume, save_state=save_state_of(editor))
    after = stored_bytes(segmentation)
    assert after != before

    editor.Undo()
    assert stored_bytes(segmentation) == before
    assert not editor.CanUndo()
    editor.Redo()
    assert stored_bytes(segmentation) == after


def test_a_chain_of_answers_is_undone_step_by_step(app, segmentation, volume, heart, box_mask):
    editor = app.segment_editor(segmentation, volume)
    scar, myocardium = heart["scar"], heart["myocardium"]
    states = [stored_bytes(segmentation)]
    for row in range(4):
        masks = {
            scar: box_mask((5, 7, 9), slice(2, 3), slice(row, row + 2), slice(1, 8)),
            myocardium: box_mask((5, 7, 9), slice(1, 4), slice(0, row + 3), slice(row, 8)),
        }
        write_masks(segmentation, masks, volume, save_state=save_state_of(editor))
        states.append(stored_bytes(segmentation))

    for state in reversed(states[:-1]):
        editor.Undo()
        assert stored_bytes(segmentation) == state
    for state in states[1:]:
        editor.Redo()
        assert stored_bytes(segmentation) == state


def test_undo_brings_back_the_surface_that_was_shown(app, segmentation, volume, heart, box_mask):
    editor = app.segment_editor(segmentation, volume)
    mask = box_mask((5, 7, 9), slice(1, 4), slice(1, 6), slice(1, 4))
    write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=save_state_of(editor))
    segmentation.CreateClosedSurfaceRepresentation()
    before = segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"]).GetBounds()

    write_masks(segmentation, {heart["scar"]: np.roll(mask, 3, axis=2)}, volume, save_state=save_state_of(editor))
    assert segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"]).GetBounds() != before
    editor.Undo()

    assert segmentation.GetClosedSurfaceInternalRepresentation(heart["scar"]).GetBounds() == before


def test_a_state_that_cannot_be_saved_stops_the_writing(app, segmentation, volume, heart, box_mask):
    editor = app.segment_editor(None, volume)
    mask = box_mask((5, 7, 9), slice(1, 2), slice(1, 2), slice(1, 2))

    with pytest.raises(ScarSegError, match="could not save a state for undo"):
        write_masks(segmentation, {heart["scar"]: mask}, volume, save_state=save_state_of(editor))

    assert not mask_from_segment(segmentation, heart["scar"], volume).any()
